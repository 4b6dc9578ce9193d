"""Reads of the lake, for the routes and for the domains above."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.lake.repository import reading
from bridgecore.domains.lake.schemas import EntityState, LakeRecord


async def read_changes(
    session: AsyncSession,
    tenant_id: UUID,
    after: int,
    *,
    limit: int = 1_000,
    entities: Sequence[str] | None = None,
    connection_id: UUID | None = None,
) -> list[LakeRecord]:
    """Records whose latest change is after version `after`, in order, tombstones included.

    Nothing with a version up to the last one given appears later. Tombstones are kept 90 days:
    a reader that was away longer starts from 0 and forgets what it does not meet.
    """
    return await reading.changes(session, tenant_id, after, limit, entities, connection_id, None)


async def latest_version(session: AsyncSession, tenant_id: UUID) -> int:
    """The tenant's newest committed version; 0 before the first."""
    return await reading.latest_version(session, tenant_id)


async def entities(
    session: AsyncSession, tenant_id: UUID, *, connection_id: UUID | None = None
) -> list[EntityState]:
    """What the lake holds, by connection and entity."""
    return await reading.entities(session, tenant_id, connection_id)
