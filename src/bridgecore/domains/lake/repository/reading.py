"""Reads of records in the order of their versions, and of what the lake holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, literal_column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.lake.models import LakeClock, LakeEntity
from bridgecore.domains.lake.models import LakeRecord as Stored
from bridgecore.domains.lake.schemas import DeleteReason, EntityState, LakeRecord


@dataclass(frozen=True, slots=True)
class Access:
    """Which entities may be read: all, or those named, and all of the named connections.

    `closed` are read by nobody.
    """

    allowed: Collection[str] | None
    unrestricted: Collection[UUID]
    closed: Collection[str]


# the record itself as text: nobody here looks inside, so nobody decodes it
COLUMNS = (
    Stored.connection_id,
    Stored.entity,
    Stored.key,
    cast(Stored.data, Text).label("data"),
    Stored.version,
    Stored.is_active,
    Stored.deleted_at,
    Stored.delete_reason,
    Stored.source_created_at,
    Stored.source_changed_at,
    Stored.first_seen_at,
    Stored.seen_at,
    Stored.stored_at,
)

# as a constant: the index of versions is for whoever asks for them alone
VERSIONED = Stored.version > literal_column("0")


def record_of(row: Any) -> LakeRecord:
    """From a row of COLUMNS."""
    return LakeRecord(
        connection_id=row.connection_id,
        entity=row.entity,
        key=row.key,
        data=row.data.encode(),
        version=row.version,
        is_active=row.is_active,
        deleted_at=row.deleted_at,
        delete_reason=DeleteReason(row.delete_reason) if row.delete_reason else None,
        source_created_at=row.source_created_at,
        source_changed_at=row.source_changed_at,
        first_seen_at=row.first_seen_at,
        seen_at=row.seen_at,
        stored_at=row.stored_at,
    )


def readable(access: Access) -> ColumnElement[bool]:
    """What narrows records to those that may be read."""
    bounds: list[ColumnElement[bool]] = [Stored.entity.not_in(list(access.closed))]
    if access.allowed is not None:
        bounds.append(
            or_(
                Stored.entity.in_(list(access.allowed)),
                Stored.connection_id.in_(list(access.unrestricted)),
            )
        )
    return and_(*bounds)


_SORTING = text(
    "SELECT set_config('enable_sort', :on, true), set_config('enable_bitmapscan', :on, true)"
)


@asynccontextmanager
async def in_index_order(session: AsyncSession) -> AsyncIterator[None]:
    """Have queries read in the order of an index and stop at their limit.

    Before its first statistics a table looks small, and PostgreSQL would rather sort all of a
    first load for every page of it.
    """
    await session.execute(_SORTING, {"on": "off"})
    yield
    await session.execute(_SORTING, {"on": "on"})


async def changes(
    session: AsyncSession,
    tenant_id: UUID,
    after: int,
    limit: int,
    entities: Sequence[str] | None,
    connection_id: UUID | None,
    access: Access | None,
) -> list[LakeRecord]:
    query = (
        select(*COLUMNS)
        .where(Stored.tenant_id == tenant_id, Stored.version > after, VERSIONED)
        .order_by(Stored.version)
        .limit(limit)
    )
    if entities is not None:
        query = query.where(Stored.entity.in_(entities))
    if connection_id is not None:
        query = query.where(Stored.connection_id == connection_id)
    if access is not None:
        query = query.where(readable(access))
    async with in_index_order(session):
        return [record_of(row) for row in await session.execute(query)]


async def clock(session: AsyncSession, tenant_id: UUID) -> tuple[int, int]:
    """The tenant's newest version, and that of the latest forgotten tombstone."""
    query = select(LakeClock.version, LakeClock.forgotten_version).where(
        LakeClock.tenant_id == tenant_id
    )
    row = (await session.execute(query)).one_or_none()
    return (0, 0) if row is None else (row.version, row.forgotten_version)


async def entities(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID | None
) -> list[EntityState]:
    query = (
        select(LakeEntity)
        .where(LakeEntity.tenant_id == tenant_id)
        .order_by(LakeEntity.connection_id, LakeEntity.entity)
        .execution_options(populate_existing=True)
    )
    if connection_id is not None:
        query = query.where(LakeEntity.connection_id == connection_id)
    return [
        EntityState(
            connection_id=row.connection_id,
            entity=row.entity,
            records=row.records,
            archived=row.archived,
            deleted=row.deleted,
            bytes=row.bytes,
            version=row.version,
            source_changed_at=row.source_changed_at,
            seen_at=row.seen_at,
        )
        for row in await session.scalars(query)
    ]
