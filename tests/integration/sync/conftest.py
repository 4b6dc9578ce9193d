"""A simulated Odoo with a tenant at it, and an engine that does what is due when told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from sqlalchemy import text

from bridgecore.domains.connections import service as connections
from bridgecore.domains.sync import service as sync
from bridgecore.domains.sync.service import Engine
from bridgecore.domains.sync.service.schema import LOOK_EVERY
from bridgecore.infra.resources import Resources
from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.odoo import DATABASE, USERS, found_company
from tests.factories.tenants import SignedIn, TenantFactory

PARTNERS = "res.partner"
CREDENTIALS = {"database": DATABASE, "username": "admin", "password": "admin"}


@dataclass(slots=True)
class Copy:
    """A tenant's Odoo connection and what the lake holds of it."""

    resources: Resources
    client: httpx.AsyncClient
    simulator: OdooSimulator
    tenant_id: UUID
    connection_id: UUID
    owner: SignedIn
    engine: Engine
    people: TenantFactory

    async def call(self, method: str, path: str, status: int | None = None, **options: Any) -> Any:
        """One call as the owner; `path` is below `/api/v1`."""
        answer = await self.client.request(
            method, f"/api/v1{path}", headers=self.owner.headers, **options
        )
        if status is None:
            assert answer.is_success, answer.text
        else:
            assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def plan(self, *entities: str, **more: Any) -> Any:
        """Synchronise these entities alone."""
        body = {"entities": [{"entity": name} for name in entities], **more}
        return await self.call("PUT", "/integrations/odoo/sync/plan", json=body)

    async def sync(self, **body: Any) -> Any:
        """Ask for a run, let it happen, and tell how it ended."""
        run = await self.call("POST", "/integrations/odoo/sync/trigger", json=body)
        return await self.ended(run["id"])

    async def ended(self, run_id: str) -> Any:
        await self.engine.drain()
        return await self.call("GET", f"/integrations/sync/{run_id}")

    async def finished(self, run_id: str, seconds: float = 60.0) -> Any:
        """How a run ended that another engine is at."""
        async with asyncio.timeout(seconds):
            while True:
                run = await self.call("GET", f"/integrations/sync/{run_id}")
                if run["completed_at"] is not None:
                    return run
                await asyncio.sleep(0.05)

    async def parity(self, content: str = "full") -> Any:
        """Compare now; the report."""
        run = await self.call("POST", "/integrations/odoo/sync/parity", json={"content": content})
        ended = await self.ended(run["id"])
        assert ended["status"] in ("completed", "partial"), ended
        return await self.call("GET", f"/lake/parity/{ended['options']['report_id']}")

    async def standing(self) -> Any:
        return await self.call("GET", "/integrations/odoo/sync")

    async def entity(self, name: str = PARTNERS) -> Any:
        plan = await self.call("GET", "/integrations/odoo/sync/plan")
        return next(each for each in plan["entities"] if each["entity"] == name)

    async def rows(self, entity: str = PARTNERS) -> dict[str, dict[str, Any]]:
        """What the lake holds of an entity, tombstones included, by key."""
        async with self.resources.database.tenant(self.tenant_id) as session:
            found = await session.execute(
                text(
                    "SELECT key, data::text AS data, is_active, deleted_at, delete_reason, version"
                    " FROM lake_records WHERE connection_id = :c AND entity = :e"
                ),
                {"c": self.connection_id, "e": entity},
            )
            return {
                row.key: {
                    "data": orjson.loads(row.data),
                    "is_active": row.is_active,
                    "deleted": row.deleted_at is not None,
                    "reason": row.delete_reason,
                    "version": row.version,
                }
                for row in found
            }

    async def due(self) -> None:
        """Let the time of the next run have come, and nothing else."""
        async with self.resources.database.tenant(self.tenant_id) as session:
            await session.execute(text("UPDATE sync_plans SET due_at = clock_timestamp()"))

    async def later(self) -> None:
        """Make everything that waits for its time due."""
        await self.due()
        async with self.resources.database.tenant(self.tenant_id) as session:
            await session.execute(text("UPDATE sync_entities SET retry_at = NULL"))
            await session.execute(text("UPDATE sync_set_asides SET retry_at = clock_timestamp()"))

    async def look_due(self) -> None:
        """Let the fields have been looked at so long ago that they are due again."""
        async with self.resources.database.tenant(self.tenant_id) as session:
            await session.execute(
                text("UPDATE sync_entities SET source_seen_at = source_seen_at - :ago"),
                {"ago": LOOK_EVERY},
            )

    async def later_and_drain(self) -> None:
        await self.later()
        await self.engine.drain()


@asynccontextmanager
async def copying(
    resources: Resources,
    client: httpx.AsyncClient,
    people: TenantFactory,
    simulator: OdooSimulator,
) -> AsyncIterator[Copy]:
    company = await found_company(client, people, simulator, {**CREDENTIALS, "url": simulator.url})
    async with resources.database.tenant(company.id) as session:
        connection = await connections.named_connection(session, company.id, "odoo")
        await sync.ensure_plan(session, company.id, connection.id, "odoo")
        # each test has its own engine; a plan of another test is none of its business
        await session.execute(text("UPDATE sync_plans SET due_at = NULL"))
    engine = Engine(resources)
    copy = Copy(
        resources, client, simulator, company.id, connection.id, company.owner, engine, people
    )
    try:
        yield copy
    finally:
        async with resources.database.platform() as session:
            await session.execute(
                text(
                    "UPDATE sync_plans SET is_enabled = false, due_at = NULL WHERE tenant_id = :t"
                ),
                {"t": company.id},
            )
        await engine.close()


@pytest.fixture(params=[17, 19])
async def copy(
    request: pytest.FixtureRequest,
    resources: Resources,
    client: httpx.AsyncClient,
    tenant_factory: TenantFactory,
) -> AsyncIterator[Copy]:
    """A tenant at an Odoo of its own: nothing read yet."""
    async with (
        OdooSimulator(request.param, DATABASE, users=USERS) as simulator,
        copying(resources, client, tenant_factory, simulator) as made,
    ):
        yield made
