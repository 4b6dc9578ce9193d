"""Runs: first load, what changed, what went, and what a person sees of it."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from bridgecore.connectors.contract import Hint
from bridgecore.domains.lake import service as lake
from bridgecore.domains.lake.schemas import ConnectionRef
from tests.integration.sync.conftest import PARTNERS, Copy
from tests.integration.sync.odoo import InOdoo


async def test_a_first_load_brings_the_default_plan(copy: Copy) -> None:
    run = await copy.sync()
    assert run["status"] == "completed", run
    plan = await copy.call("GET", "/integrations/odoo/sync/plan")
    planned = {each["entity"]: each for each in plan["entities"]}
    assert {PARTNERS, "res.users", "crm.lead", "sale.order"} <= set(planned)
    for each in planned.values():
        assert each["state"] == "ok", each
        assert each["title"]
        assert each["group"]
    assert len(await copy.rows()) == planned[PARTNERS]["records"] > 0
    standing = await copy.standing()
    assert standing["state"] == "waiting"
    assert standing["lag_seconds"] is not None
    assert (await copy.parity())["status"] == "equal"


async def test_what_a_person_chose_while_the_source_was_asked_is_all_that_is_copied(
    copy: Copy,
) -> None:
    await copy.due()
    copy.simulator.journal.clear()
    fault = copy.simulator.fault("latency", seconds=0.3)
    first = asyncio.create_task(copy.engine.drain())
    while True:
        await asyncio.sleep(0.01)
        if copy.simulator.journal.count():
            break
    await copy.plan(PARTNERS)
    copy.simulator.faults.remove(fault.id)
    await first
    await copy.due()
    await copy.engine.drain()
    plan = await copy.call("GET", "/integrations/odoo/sync/plan")
    assert [each["entity"] for each in plan["entities"] if each["is_enabled"]] == [PARTNERS]
    assert len(await copy.rows()) > 0


async def test_changes_archives_and_deletions_are_told_apart(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS)
    changed, archived, deleted = odoo.create(3)
    await copy.sync()
    odoo.write([changed], name="Changed")
    odoo.write([archived], active=False)
    odoo.unlink([deleted])
    new = odoo.create()[0]
    run = await copy.sync()
    assert run["status"] == "completed", run
    rows = await copy.rows()
    assert rows[str(changed)]["data"]["name"] == "Changed"
    assert (rows[str(archived)]["is_active"], rows[str(archived)]["deleted"]) == (False, False)
    assert (rows[str(deleted)]["deleted"], rows[str(deleted)]["reason"]) == (True, "deleted")
    assert not rows[str(new)]["deleted"]
    assert run["removed"] == 1
    # three changed, one of them new
    assert run["changed"] == 3


async def test_a_run_with_nothing_to_do_writes_nothing(copy: Copy) -> None:
    await copy.plan(PARTNERS)
    await copy.sync()
    before = await copy.rows()
    run = await copy.sync()
    assert (run["changed"], run["removed"]) == (0, 0)
    assert await copy.rows() == before


async def test_quiet_scheduled_runs_are_one_entry_of_the_history(copy: Copy) -> None:
    await copy.plan(PARTNERS)
    await copy.sync()
    for _ in range(3):
        await copy.later()
        await copy.engine.drain()
    logs = await copy.call("GET", "/integrations/sync/logs", params={"trigger": "schedule"})
    assert [each["status"] for each in logs["items"]] == ["completed"]
    assert logs["items"][0]["repeated"] == 2


async def test_a_deletion_undone_in_the_source_is_undone_here(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS)
    key = odoo.create()[0]
    await copy.sync()
    row = odoo.database.store.tables[PARTNERS].rows[key]
    odoo.remove_unseen([key])
    await copy.sync()
    assert (await copy.rows())[str(key)]["deleted"]
    odoo.database.store.put(PARTNERS, key, row)
    odoo.database.store.commit()
    await copy.sync()
    assert not (await copy.rows())[str(key)]["deleted"]


async def test_a_late_commit_with_an_old_time_is_not_missed(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS)
    await copy.sync()
    odoo.create()
    await copy.later()
    await copy.engine.drain()
    late = odoo.do(PARTNERS, "create", [{"name": "Late"}], late=120.0)[0]
    # the schedule alone, without a look for deletions
    await copy.later()
    await copy.engine.drain()
    assert (await copy.rows())[str(late)]["data"]["name"] == "Late"


async def test_hints_bring_those_records_alone(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS, "res.country")
    changed, deleted, quiet = odoo.create(3)
    await copy.sync()
    odoo.write([changed], name="Hinted")
    odoo.unlink([deleted])
    odoo.write([quiet], name="Nobody said")
    ref = ConnectionRef(copy.tenant_id, copy.connection_id)
    async with copy.resources.database.tenant(copy.tenant_id) as session:
        await lake.note_hints(
            session,
            ref,
            [
                Hint(PARTNERS, str(changed)),
                Hint(PARTNERS, str(changed)),
                Hint(PARTNERS, str(deleted), deleted=True),
                Hint("x.unknown", "1"),
            ],
        )
    await copy.engine.drain()
    rows = await copy.rows()
    assert rows[str(changed)]["data"]["name"] == "Hinted"
    assert rows[str(deleted)]["deleted"]
    assert rows[str(quiet)]["data"]["name"] == "Made 2"
    async with copy.resources.database.tenant(copy.tenant_id) as session:
        assert await lake.take_hints(session, ref) == []


async def test_a_waiting_run_can_be_cancelled_and_an_ended_one_not(copy: Copy) -> None:
    await copy.plan(PARTNERS)
    run = await copy.call("POST", "/integrations/odoo/sync/trigger")
    again = await copy.call("POST", "/integrations/odoo/sync/trigger")
    assert again["id"] == run["id"]
    ended = await copy.call("POST", f"/integrations/sync/{run['id']}/cancel")
    assert ended["status"] == "cancelled"
    await copy.call("POST", f"/integrations/sync/{run['id']}/cancel", 409)
    await copy.call("POST", f"/integrations/sync/{uuid4()}/cancel", 404)


async def test_what_is_taken_out_of_the_plan_leaves_with_that_reason_and_comes_back(
    copy: Copy,
) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS, "res.users")
    await copy.sync()
    gone = odoo.create()[0]
    await copy.sync()
    odoo.unlink([gone])
    await copy.sync()
    before = await copy.rows()
    # switched off, nothing happens to it
    await copy.plan("res.users", is_enabled=False)
    await copy.later_and_drain()
    assert await copy.rows() == before
    await copy.plan("res.users", is_enabled=True)
    await copy.engine.drain()
    left = await copy.rows()
    assert {row["reason"] for key, row in left.items() if key != str(gone)} == {"not_selected"}
    assert left[str(gone)]["reason"] == "deleted"
    assert not any(row["deleted"] for row in (await copy.rows("res.users")).values())
    # an older state in the feed is no state to go on from: all of it is read again
    odoo.write([1], name="Meanwhile")
    await copy.plan(PARTNERS, "res.users")
    run = await copy.sync()
    assert run["status"] == "completed", run
    back = await copy.rows()
    assert {key for key, row in back.items() if row["deleted"]} == {str(gone)}
    assert back["1"]["data"]["name"] == "Meanwhile"
    assert min(back[key]["version"] for key in back if key != str(gone)) > max(
        row["version"] for row in left.values()
    )


async def test_fields_chosen_are_the_fields_kept(copy: Copy) -> None:
    body = {"entities": [{"entity": PARTNERS, "fields": ["name", "email"]}]}
    await copy.call("PUT", "/integrations/odoo/sync/plan", json=body)
    await copy.sync()
    for row in (await copy.rows()).values():
        assert {"name", "email"} <= set(row["data"])
        assert "phone" not in row["data"]
    body = {"entities": [{"entity": PARTNERS, "fields": ["name", "phone"]}]}
    await copy.call("PUT", "/integrations/odoo/sync/plan", json=body)
    await copy.sync()
    for row in (await copy.rows()).values():
        assert "phone" in row["data"]
        assert "email" not in row["data"]


async def test_discovery_tells_groups_and_fields(copy: Copy) -> None:
    found = await copy.call("GET", "/integrations/odoo/sync/discover")
    names = [each["entity"] for group in found["groups"] for each in group["entities"]]
    assert PARTNERS in names
    one = await copy.call("GET", "/integrations/odoo/sync/discover", params={"entity": "res.users"})
    fields = {each["name"]: each for each in one["groups"][0]["entities"][0]["fields"]}
    assert fields["login"]["by_default"]
    assert not any(each["by_default"] for each in fields.values() if each["sensitive"])


async def test_people_are_matched_to_users_of_odoo(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    odoo.do("res.users", "create", [{"name": "Owner", "login": copy.owner.email}])
    found = await copy.call("POST", "/integrations/odoo/sync-users")
    assert found["matched"] == 1
    again = await copy.call("POST", "/integrations/odoo/sync-users")
    assert (again["matched"], again["unchanged"]) == (0, 1)


async def test_status_and_health_are_told(copy: Copy) -> None:
    await copy.plan(PARTNERS)
    await copy.sync()
    status = await copy.call("GET", "/integrations/background-sync/status")
    assert [each["connector"] for each in status["connections"]] == ["odoo"]
    health = await copy.call("GET", "/integrations/background-sync/health")
    assert (health["status"], health["connections"], health["healthy"]) == ("ok", 1, 1)
    assert health["success_rate"] == 1.0


async def test_a_connection_nobody_has_tested_is_tested_by_its_first_run(copy: Copy) -> None:
    async def told() -> tuple[str, str | None]:
        found = await copy.call("GET", f"/integrations/{copy.connection_id}")
        return found["status"], found["server_version"]

    await copy.plan(PARTNERS)
    assert await told() == ("unknown", None)
    await copy.sync()
    status, version = await told()
    assert status == "ok"
    assert version is not None
    checked = (await copy.call("GET", f"/integrations/{copy.connection_id}"))["checked_at"]
    await copy.sync()
    again = (await copy.call("GET", f"/integrations/{copy.connection_id}"))["checked_at"]
    assert again == checked  # once is enough


async def test_an_untested_connection_that_fails_says_why(copy: Copy) -> None:
    await copy.plan(PARTNERS)
    copy.simulator.fault("down")
    await copy.sync()
    found = await copy.call("GET", f"/integrations/{copy.connection_id}")
    assert found["status"] == "failing"
    assert found["status_detail"]
