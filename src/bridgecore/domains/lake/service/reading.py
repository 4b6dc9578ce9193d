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
    a reader that was away longer (`forgotten_version`) starts from 0 and forgets what it does not
    meet.
    """
    return await reading.changes(session, tenant_id, after, limit, entities, connection_id, None)


async def latest_version(session: AsyncSession, tenant_id: UUID) -> int:
    """The tenant's newest committed version; 0 before the first."""
    return (await reading.clock(session, tenant_id))[0]


async def forgotten_version(session: AsyncSession, tenant_id: UUID) -> int:
    """The version of the latest tombstone no longer kept; 0 while all are.

    A reader that stands at a version before it, but not at 0, may have missed a deletion.
    """
    return (await reading.clock(session, tenant_id))[1]


async def entities(
    session: AsyncSession, tenant_id: UUID, *, connection_id: UUID | None = None
) -> list[EntityState]:
    """What the lake holds, by connection and entity."""
    return await reading.entities(session, tenant_id, connection_id)
