"""Whether the copy equals the source: found, listed, and repaired record by record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from bridgecore.connectors.contract import Span
from bridgecore.domains.sync.service.parity import part_of_day
from tests.integration.sync.conftest import PARTNERS, Copy
from tests.integration.sync.odoo import InOdoo

# further back than an ordinary read looks again
LONG_AGO = 86_400.0


async def test_what_differs_is_listed_and_repaired(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS)
    changed, lost, gone = odoo.create(3, late=LONG_AGO)
    await copy.sync()
    odoo.change_unseen(changed, name="Raw SQL")
    async with copy.resources.database.tenant(copy.tenant_id) as session:
        await session.execute(
            text("DELETE FROM lake_records WHERE entity = :e AND key = :k"),
            {"e": PARTNERS, "k": str(lost)},
        )
    # counts and times are equal: one is lost, another left over
    odoo.remove_unseen([gone])
    assert (await copy.parity("none"))["status"] == "equal"
    report = await copy.parity("full")
    assert report["status"] == "differs"
    assert (report["missing"], report["extra"], report["different"]) == (1, 1, 1)
    listed = await copy.call("GET", f"/lake/parity/{report['id']}/differences")
    assert {each["key"]: each["kind"] for each in listed["items"]} == {
        str(changed): "different",
        str(lost): "missing",
        str(gone): "extra",
    }
    run = await copy.call("POST", "/integrations/odoo/sync/repair")
    ended = await copy.ended(run["id"])
    assert ended["status"] == "completed", ended
    rows = await copy.rows()
    assert rows[str(changed)]["data"]["name"] == "Raw SQL"
    assert str(lost) in rows
    assert rows[str(gone)]["deleted"]
    assert (await copy.call("GET", f"/lake/parity/{report['id']}"))["unrepaired"] == 0
    assert (await copy.parity("full"))["status"] == "equal"
    await copy.call("POST", "/integrations/odoo/sync/repair", 404)


async def test_what_a_person_has_to_decide_does_not_stop_the_repair_of_the_rest(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS, delete_share=0, delete_floor=0)
    changed, gone = odoo.create(2, late=LONG_AGO)
    await copy.sync()
    odoo.change_unseen(changed, name="Raw SQL")
    odoo.remove_unseen([gone])
    report = await copy.parity("full")
    await copy.ended((await copy.call("POST", "/integrations/odoo/sync/repair"))["id"])
    listed = await copy.call("GET", f"/lake/parity/{report['id']}/differences")
    repaired = {each["key"]: each["repaired_at"] is not None for each in listed["items"]}
    assert repaired == {str(changed): True, str(gone): False}
    rows = await copy.rows()
    assert rows[str(changed)]["data"]["name"] == "Raw SQL"
    assert not rows[str(gone)]["deleted"]


async def test_rolling_content_covers_everything_in_a_week(copy: Copy) -> None:
    months = [
        Span(datetime(year, month, 1, tzinfo=UTC), None)
        for year in (2024, 2025)
        for month in range(1, 13)
    ]
    today = datetime(2026, 3, 2, tzinfo=UTC)
    days = [part_of_day([*months, Span()], today + timedelta(days=day)) for day in range(7)]
    seen = [span for day in days for span in day]
    assert sorted(seen, key=str) == sorted([*months, Span()], key=str)


async def test_a_silent_change_is_found_by_content_within_a_week(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS)
    key = odoo.create(late=LONG_AGO)[0]
    await copy.sync()
    odoo.change_unseen(key, name="Raw SQL")
    assert (await copy.parity("none"))["status"] == "equal"
    report = await copy.parity("full")
    assert report["different"] == 1
    feed = await copy.call("GET", "/lake/parity", params={"content": "full"})
    assert [each["id"] for each in feed["items"]] == [report["id"]]


async def test_counts_alone_show_what_was_lost(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS)
    lost = odoo.create(late=LONG_AGO)[0]
    await copy.sync()
    async with copy.resources.database.tenant(copy.tenant_id) as session:
        await session.execute(
            text("DELETE FROM lake_records WHERE entity = :e AND key = :k"),
            {"e": PARTNERS, "k": str(lost)},
        )
    report = await copy.parity("none")
    assert (report["missing"], report["extra"], report["different"]) == (1, 0, 0)
    # the next sweep would mend it unasked
    await copy.sync()
    assert (await copy.parity("full"))["status"] == "equal"
