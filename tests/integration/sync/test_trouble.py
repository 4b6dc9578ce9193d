"""What goes wrong in a source, and what a person is shown of it with what to do."""

from __future__ import annotations

import pytest

from bridgecore.connectors.contract import Hint
from bridgecore.domains.lake import service as lake
from bridgecore.domains.lake.schemas import ConnectionRef
from tests.integration.sync.conftest import PARTNERS, Copy
from tests.integration.sync.odoo import InOdoo

TAGS = "res.partner.category"


async def test_a_large_removal_stops_and_asks(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS, delete_floor=10)
    made = odoo.create(100)
    await copy.sync()
    odoo.remove_unseen(made)
    odoo.write([1], name="Still read")
    run = await copy.sync()
    assert run["status"] == "needs_confirmation", run
    entity = await copy.entity()
    assert entity["state"] == "needs_confirmation"
    assert entity["deletes"]["count"] == 100
    rows = await copy.rows()
    assert not any(rows[str(key)]["deleted"] for key in made)
    assert rows["1"]["data"]["name"] == "Still read"
    assert (await copy.standing())["state"] == "needs_confirmation"

    await copy.call(
        "POST",
        "/integrations/odoo/sync/deletes",
        202,
        json={"entity": PARTNERS, "decision": "refuse"},
    )
    assert (await copy.sync())["status"] == "completed"
    rows = await copy.rows()
    assert not any(rows[str(key)]["deleted"] for key in made)

    more = odoo.create(200)
    await copy.sync()
    odoo.remove_unseen(more)
    assert (await copy.sync())["status"] == "needs_confirmation"
    confirmed = await copy.call(
        "POST",
        "/integrations/odoo/sync/deletes",
        202,
        json={"entity": PARTNERS, "decision": "confirm"},
    )
    ended = await copy.ended(confirmed["id"])
    assert (ended["status"], ended["removed"]) == ("completed", 300)
    rows = await copy.rows()
    assert all(rows[str(key)]["deleted"] for key in (*made, *more))
    await copy.call(
        "POST",
        "/integrations/odoo/sync/deletes",
        409,
        json={"entity": PARTNERS, "decision": "confirm"},
    )


async def test_a_right_taken_away_stops_one_entity_and_deletes_nothing(copy: Copy) -> None:
    await copy.plan(PARTNERS, TAGS)
    await copy.sync()
    before = await copy.rows(TAGS)
    assert before
    fault = copy.simulator.fault(
        "error", model=TAGS, error="odoo.exceptions.AccessError", message="You may not."
    )
    InOdoo(copy.simulator).write([1], name="Goes on")
    run = await copy.sync()
    assert run["status"] == "partial", run
    assert (await copy.rows())["1"]["data"]["name"] == "Goes on"
    entity = await copy.entity(TAGS)
    assert entity["state"] == "denied"
    assert "may no longer read" in entity["what_to_do"]
    assert await copy.rows(TAGS) == before
    standing = await copy.standing()
    assert standing["entities_in_trouble"] == [TAGS]
    assert standing["lag_seconds"] < 60

    copy.simulator.faults.remove(fault.id)
    assert (await copy.sync())["status"] == "completed"
    assert (await copy.entity(TAGS))["state"] == "ok"


async def test_a_renamed_field_stops_nothing_and_is_shown(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS)
    await copy.sync()
    odoo.rename_field(PARTNERS, "ref", "x_reference")
    key = odoo.create(x_reference="R1")[0]
    # a scheduled run has not looked at the fields for long enough to know
    await copy.later()
    await copy.engine.drain()
    rows = await copy.rows()
    assert rows[str(key)]["data"]["x_reference"] == "R1"
    assert all("ref" not in row["data"] for row in rows.values())
    drift = (await copy.entity())["drift"]
    assert [(each["field"], each["kind"], each["to"]) for each in drift] == [
        ("ref", "renamed", "x_reference")
    ]
    assert "x_reference" in drift[0]["what_to_do"]


async def test_a_renamed_field_is_noticed_by_a_run_for_hints(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS)
    await copy.sync()
    odoo.rename_field(PARTNERS, "ref", "x_reference")
    key = odoo.create(x_reference="R1")[0]
    async with copy.resources.database.tenant(copy.tenant_id) as session:
        connection = ConnectionRef(copy.tenant_id, copy.connection_id)
        await lake.note_hints(session, connection, [Hint(PARTNERS, str(key))])
    await copy.engine.drain()
    standing = await copy.standing()
    assert (standing["state"], standing["failures"]) == ("waiting", 0)
    drift = (await copy.entity())["drift"]
    assert [(each["field"], each["to"]) for each in drift] == [("ref", "x_reference")]
    assert (await copy.rows())[str(key)]["data"]["x_reference"] == "R1"
    # the others are read again for the same fields
    await copy.later_and_drain()
    assert all("ref" not in row["data"] for row in (await copy.rows()).values())


async def test_a_renamed_field_is_noticed_though_no_record_changes(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS)
    await copy.sync()
    odoo.rename_field(PARTNERS, "ref", "x_reference")
    await copy.look_due()
    await copy.later_and_drain()
    drift = (await copy.entity())["drift"]
    assert [(each["field"], each["to"]) for each in drift] == [("ref", "x_reference")]
    rows = await copy.rows()
    assert all("x_reference" in row["data"] for row in rows.values() if not row["deleted"])


async def test_a_chosen_field_that_is_gone_is_left_out(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    body = {"entities": [{"entity": PARTNERS, "fields": ["name", "ref"]}]}
    await copy.call("PUT", "/integrations/odoo/sync/plan", json=body)
    await copy.sync()
    odoo.rename_field(PARTNERS, "ref", "x_reference")
    run = await copy.sync()
    assert run["status"] == "completed", run
    entity = await copy.entity()
    assert entity["fields"] == ["name", "ref"]
    assert entity["drift"][0]["field"] == "ref"


async def test_a_source_that_is_down_is_tried_again_and_catches_up(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS)
    await copy.sync()
    copy.simulator.fault("down")
    odoo.write([1], name="While away")
    waits = []
    for _ in range(4):
        await copy.due()
        await copy.engine.drain()
        standing = await copy.standing()
        assert standing["state"] == "failing", standing
        assert standing["what_to_do"]
        waits.append(standing["next_run_at"])
    assert (await copy.standing())["failures"] == 4
    logs = await copy.call("GET", "/integrations/sync/logs", params={"status": "failed"})
    assert logs["items"][0]["error_message"]
    copy.simulator.faults.clear()
    await copy.due()
    await copy.engine.drain()
    standing = await copy.standing()
    assert (standing["state"], standing["failures"]) == ("waiting", 0)
    assert (await copy.rows())["1"]["data"]["name"] == "While away"


@pytest.mark.parametrize("kind", ["page", "half", "nonsense"])
async def test_nonsense_is_the_source_s_fault_and_ends_by_itself(copy: Copy, kind: str) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS)
    await copy.sync()
    before = await copy.rows()
    odoo.write([1], name="Meanwhile")
    for asked in ({"method": "search_read"}, {"method": "fields_get"}, {"model": PARTNERS}):
        copy.simulator.fault(kind, **asked)
        run = await copy.sync()
        assert run["status"] == "failed", run
        assert "our side" not in run["error_message"]
        assert "Open the address in a browser" in run["what_to_do"]
        assert (await copy.standing())["state"] == "failing"
        copy.simulator.faults.clear()
    after = await copy.rows()
    assert {key: row["deleted"] for key, row in after.items()} == {
        key: row["deleted"] for key, row in before.items()
    }
    # nobody has to do anything once it answers again
    await copy.due()
    await copy.engine.drain()
    assert (await copy.standing())["state"] == "waiting"
    assert (await copy.rows())["1"]["data"]["name"] == "Meanwhile"


async def test_lost_credentials_wait_for_a_person_and_go_on_once_given(copy: Copy) -> None:
    await copy.plan(PARTNERS)
    await copy.sync()
    copy.simulator.set_password("acme", "admin", "another")
    run = await copy.sync()
    assert run["status"] == "failed"
    assert "Enter it again" in run["what_to_do"]
    assert (await copy.standing())["state"] == "needs_person"
    connection = await copy.call("GET", f"/integrations/{copy.connection_id}")
    assert connection["status"] == "reauthorise"
    await copy.call("POST", "/integrations/odoo/configure", json={"password": "another"})
    assert (await copy.sync())["status"] == "completed"
    assert (await copy.standing())["state"] == "waiting"


async def test_a_poisoned_record_is_set_aside_and_tried_again(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS)
    key, fine = odoo.create(2)
    odoo.poison(key)
    run = await copy.sync()
    assert run["status"] == "partial", run
    assert run["set_aside"] == 1
    rows = await copy.rows()
    assert str(fine) in rows
    assert str(key) not in rows
    listed = await copy.call("GET", "/integrations/sync/set-asides")
    assert [(each["entity"], each["key"]) for each in listed["items"]] == [(PARTNERS, str(key))]
    assert listed["items"][0]["reason"]

    odoo.cure(key)
    told = await copy.call("POST", "/integrations/odoo/sync/set-asides/retry", json={})
    assert told["count"] == 1
    assert (await copy.ended(told["sync_id"]))["status"] == "completed"
    assert str(key) in await copy.rows()
    assert (await copy.call("GET", "/integrations/sync/set-asides"))["items"] == []


async def test_a_connection_switched_off_is_left_alone(copy: Copy) -> None:
    await copy.plan(PARTNERS)
    await copy.sync()
    await copy.call("PUT", f"/integrations/{copy.connection_id}", json={"is_active": False})
    run = await copy.sync()
    assert run["status"] == "failed"
    assert (await copy.standing())["state"] == "off"


async def test_an_odd_answer_to_the_first_test_fails_no_run(copy: Copy) -> None:
    await copy.plan(PARTNERS)
    copy.simulator.fault("nonsense", model="res.users")
    assert (await copy.sync())["status"] == "completed"
    connection = await copy.call("GET", f"/integrations/{copy.connection_id}")
    assert connection["status"] == "failing"
    assert connection["status_detail"]
