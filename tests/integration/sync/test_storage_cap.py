"""A tenant that stores what its plan allows gets no more, and loses nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from bridgecore.domains.sync import jobs
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.events import TENANT_STATE_CHANGED
from bridgecore.domains.tenancy.schemas import TenantFields
from bridgecore.domains.usage import service as usage
from bridgecore.domains.usage.events import STORAGE_EXCEEDED
from bridgecore.infra.outbox import Event
from bridgecore.kit.clock import utcnow
from tests.integration.sync.conftest import PARTNERS, Copy
from tests.integration.sync.odoo import InOdoo


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
    asked = await copy.call("POST", "/integrations/odoo/sync/trigger", 400, json={})
    assert asked["code"] == "TENANT_LIMIT_EXCEEDED"
    assert f"{limit:,}" in asked["detail"]

    all_of_them = await copy.call("POST", "/admin/sync/start", 400)
    assert all_of_them["code"] == "TENANT_LIMIT_EXCEEDED"

    odoo.create(3)
    await copy.later_and_drain()
    assert await copy.rows() == before
    standing = await copy.standing()
    assert f"{limit:,}" in standing["error"], standing
    assert "larger plan" in standing["what_to_do"]

    # left alone for an hour, but for a change of the plan
    await copy.engine.drain()
    await put_on_plan(copy, "enterprise")
    await tell_of_the_change(copy)
    await copy.engine.drain()
    assert len(await copy.rows()) == len(before) + 3
    assert (await copy.standing())["error"] is None
