"""What the lake forgets, in small transactions: each holds a tenant's clock for a moment only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.lake.repository import reading, upkeep, writing
from bridgecore.domains.lake.schemas import MOST_ROWS, ConnectionRef, DeleteReason
from bridgecore.domains.lake.service.writing import remove
from bridgecore.domains.usage import service as usage
from bridgecore.infra.db import Database
from bridgecore.kit.clock import utcnow

TOMBSTONES_KEEP = timedelta(days=90)
_TENANTS_A_ROUND = 1_000


async def forget_tombstones(database: Database, now: datetime) -> int:
    """Delete tombstones of more than 90 days ago. Returns how many went."""
    before = now - TOMBSTONES_KEEP
    count = 0
    while True:
        async with database.platform() as session:
            tenants = await upkeep.tenants_with_tombstones(session, before, _TENANTS_A_ROUND)
        for tenant_id in tenants:
            gone = MOST_ROWS
            while gone == MOST_ROWS:
                async with database.tenant(tenant_id) as session:
                    await writing.take_clock(session, tenant_id)
                    gone = await upkeep.forget_tombstones(session, tenant_id, before, MOST_ROWS)
                count += gone
        if len(tenants) < _TENANTS_A_ROUND:
            return count


async def retire_connection(database: Database, connection: ConnectionRef) -> int:
    """Make empty tombstones of all records of a removed connection: how many were emptied."""
    async with database.tenant(connection.tenant_id) as session:
        states = await reading.entities(session, connection.tenant_id, connection.id)
        await upkeep.forget_hints(session, connection.tenant_id, connection.id)
    return sum([await _retire(database, connection, state.entity) for state in states])


async def _retire(database: Database, connection: ConnectionRef, entity: str) -> int:
    count = 0
    place = (connection.tenant_id, connection.id, entity)
    while True:
        async with database.tenant(connection.tenant_id) as session:
            await writing.take_clock(session, connection.tenant_id)
            keys = await upkeep.not_emptied(session, *place, MOST_ROWS)
            if not keys:
                await upkeep.count_bytes(session, *place)
                return count
            reason = DeleteReason.CONNECTION_REMOVED
            await remove(session, connection, entity, keys, reason, observed_at=utcnow())
            await upkeep.empty(session, *place, keys)
        count += len(keys)


async def measure_storage(database: Database, tenant_id: UUID | None = None) -> None:
    """Tell usage how many bytes of records each tenant stores, or one alone."""
    async with database.platform() as session:
        await usage.measure_storage(session, "lake", await upkeep.stored_bytes(session, tenant_id))


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    """Delete what this domain holds of purged tenants. Needs a platform session."""
    await upkeep.forget_tenants(session, tenant_ids)
