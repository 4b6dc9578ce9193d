"""A tenant that stores what its plan allows gets no more, and loses nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import text

from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.usage import service as usage
from bridgecore.domains.usage.events import STORAGE_EXCEEDED
from tests.integration.sync.conftest import PARTNERS, Copy
from tests.integration.sync.odoo import InOdoo


async def put_on_plan(copy: Copy, code: str) -> int | None:
    """Returns how many bytes the plan allows."""
    async with copy.resources.database.platform() as session:
        plan = next(each for each in await tenancy.list_plans(session) if each.code == code)
        await session.execute(
            text("UPDATE tenants SET plan_id = :plan WHERE id = :tenant"),
            {"plan": plan.id, "tenant": copy.tenant_id},
        )
    return plan.max_storage_bytes


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

    odoo.create(3)
    await copy.later_and_drain()
    assert await copy.rows() == before
    standing = await copy.standing()
    assert f"{limit:,}" in standing["error"], standing

    await put_on_plan(copy, "enterprise")
    assert (await copy.sync())["status"] == "completed"
    assert len(await copy.rows()) == len(before) + 3
