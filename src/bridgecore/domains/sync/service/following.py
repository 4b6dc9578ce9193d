"""What becomes of plans when their connections or tenants change or go."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.sync.repository import claims, plans


async def connection_changed(session: AsyncSession, tenant_id: UUID, connection_id: UUID) -> None:
    """Whatever kept the connection from being read may be cured: try at once."""
    await plans.make_due(session, tenant_id, connection_id)
    await claims.wake(session)


async def tenant_changed(session: AsyncSession, tenant_id: UUID) -> None:
    """A larger plan or a lifted suspension is what its connections may have waited for."""
    if await plans.make_asleep_due(session, tenant_id):
        await claims.wake(session)


async def forget_connections(
    session: AsyncSession, connections: Sequence[tuple[UUID, UUID]]
) -> None:
    await plans.forget_connections(session, connections)


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    await plans.forget_tenants(session, tenant_ids)
