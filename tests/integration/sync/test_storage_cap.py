"""A tenant that stores what its plan allows gets no more, loses nothing and stays up to date."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from bridgecore.domains.sync import jobs
from bridgecore.domains.sync.service.run import NO_ROOM
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.events import TENANT_STATE_CHANGED
from bridgecore.domains.tenancy.schemas import TenantFields
from bridgecore.domains.usage import service as usage
from bridgecore.domains.usage.events import STORAGE_EXCEEDED
from bridgecore.infra.outbox import Event
from bridgecore.kit.clock import utcnow
from tests.integration.sync.conftest import PARTNERS, Copy
from tests.integration.sync.odoo import InOdoo

ASIDE = "/integrations/sync/set-asides"


async def put_on_plan(copy: Copy, code: str) -> int | None:
    """Returns how many bytes the plan allows."""
    async with copy.resources.database.platform() as session:
        plan = next(each for each in await tenancy.list_plans(session) if each.code == code)
        await tenancy.change_tenant(
            session, copy.resources, None, copy.tenant_id, fields=TenantFields(plan_id=plan.id)
        )
    return plan.max_storage_bytes


async def tell_of_the_change(copy: Copy) -> None:
    """What a worker does with the last change of the tenant that was announced."""
    (consumer,) = jobs.consumers(copy.resources)
    assert TENANT_STATE_CHANGED in consumer.types
    async with copy.resources.database.platform() as session:
        payload = await session.scalar(
            text(
                "SELECT payload FROM outbox_events WHERE type = :type AND tenant_id = :tenant"
                " ORDER BY id DESC LIMIT 1"
            ),
            {"type": TENANT_STATE_CHANGED, "tenant": copy.tenant_id},
        )
        assert payload is not None
        event = Event(uuid4(), TENANT_STATE_CHANGED, copy.tenant_id, payload, utcnow())
        await consumer.handle(session, [event])


async def measured(copy: Copy, size: int) -> None:
    async with copy.resources.database.platform() as session:
        await usage.measure_storage(session, "backups", {copy.tenant_id: size})


async def told(copy: Copy, tenant_id: UUID) -> list[dict[str, Any]]:
    async with copy.resources.database.platform() as session:
        rows = await session.scalars(
            text("SELECT payload FROM outbox_events WHERE type = :type AND tenant_id = :tenant"),
            {"type": STORAGE_EXCEEDED, "tenant": tenant_id},
        )
        return list(rows)


async def test_nothing_is_added_over_the_cap_and_nothing_is_lost(copy: Copy) -> None:
    odoo = InOdoo(copy.simulator)
    renamed, archived, deleted = odoo.create(3)
    await copy.plan(PARTNERS)
    limit = await put_on_plan(copy, "free")
    assert limit is not None
    await measured(copy, limit - 1)
    assert (await copy.sync())["status"] == "completed"
    before = await copy.rows()
    assert before
    # what a run added counts with its end
    used = (await copy.call("GET", "/usage"))["storage"]
    assert used["used_bytes"] == limit - 1 + used["by_kind"]["lake"] > limit
    reached = {"used_bytes": used["used_bytes"], "limit_bytes": limit}
    assert await told(copy, copy.tenant_id) == [reached]

    await measured(copy, limit)  # told when it comes to the limit, not every time it is there
    assert await told(copy, copy.tenant_id) == [reached]

    # what is there goes on following its source; only what is added finds no room
    added = {str(key) for key in odoo.create(3)}
    odoo.write([renamed], name="Renamed while full")
    odoo.write([archived], active=False)
    odoo.unlink([deleted])
    run = await copy.sync()
    assert (run["status"], run["set_aside"]) == ("partial", 3)
    rows = await copy.rows()
    assert rows.keys() == before.keys()
    assert rows[str(renamed)]["data"]["name"] == "Renamed while full"
    assert rows[str(archived)]["is_active"] is False
    assert rows[str(deleted)]["deleted"] is True
    aside = (await copy.call("GET", ASIDE))["items"]
    assert {each["key"] for each in aside} == added
    assert {each["reason"] for each in aside} == {NO_ROOM}
    report = await copy.parity()
    assert report["missing"] == 0
    assert report["entities"][PARTNERS]["set_aside"] == 3

    # a larger plan is noticed at once
    await put_on_plan(copy, "enterprise")
    await tell_of_the_change(copy)
    await copy.engine.drain()
    assert (await copy.rows()).keys() == rows.keys() | added
    assert (await copy.call("GET", ASIDE))["items"] == []
    assert (await copy.parity())["status"] == "equal"


async def test_a_first_load_stops_where_the_room_ends_and_goes_on_from_there(copy: Copy) -> None:
    everyone = InOdoo(copy.simulator).create(1_200)
    await copy.plan(PARTNERS)
    limit = await put_on_plan(copy, "free")
    assert limit is not None
    await measured(copy, limit - 1)
    assert (await copy.sync())["status"] == "partial"
    page = len(await copy.rows())
    assert 0 < page < len(everyone)
    entity = await copy.entity()
    assert "no room for more of res.partner" in entity["error"]
    assert "larger plan" in entity["what_to_do"]
    assert (await copy.standing())["entities_in_trouble"] == [PARTNERS]
    assert len(await copy.rows()) == page

    await put_on_plan(copy, "enterprise")
    await tell_of_the_change(copy)
    await copy.engine.drain()
    assert (await copy.rows()).keys() > {str(key) for key in everyone}
    assert (await copy.parity())["status"] == "equal"
    assert (await copy.standing())["entities_in_trouble"] == []
