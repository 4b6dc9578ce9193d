"""The lake's records by time of creation and by key, for comparison with their source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal_column, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Band, KeyState, Period, Span
from bridgecore.domains.lake.models import LakeRecord


def _live(tenant_id: UUID, connection_id: UUID, entity: str) -> ColumnElement[bool]:
    return and_(
        LakeRecord.tenant_id == tenant_id,
        LakeRecord.connection_id == connection_id,
        LakeRecord.entity == entity,
        LakeRecord.deleted_at.is_(None),
    )


def _within(span: Span | None) -> ColumnElement[bool]:
    if span is None:
        return true()
    if span.start is None and span.end is None:
        return LakeRecord.source_created_at.is_(None)
    bounds: list[ColumnElement[bool]] = []
    if span.start is not None:
        bounds.append(LakeRecord.source_created_at >= span.start)
    if span.end is not None:
        bounds.append(LakeRecord.source_created_at < span.end)
    return and_(*bounds)


async def bands(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    entity: str,
    period: Period,
    within: Span | None,
) -> list[Band]:
    # as SQL text, so that SELECT and GROUP BY are the same expression to PostgreSQL
    start: ColumnElement[datetime | None] = literal_column(
        f"date_trunc('{period.value}', lake_records.source_created_at AT TIME ZONE 'UTC')"
    )
    query = (
        select(start, func.count(), func.max(LakeRecord.source_changed_at))
        .where(_live(tenant_id, connection_id, entity), _within(within))
        .group_by(start)
        .order_by(start.nulls_first())
    )
    found = []
    for begin, count, latest in await session.execute(query):
        span = Span() if begin is None else period.span(begin.replace(tzinfo=UTC))
        found.append(Band(span, count, _whole(latest)))
    return found


async def keys(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    entity: str,
    span: Span | None,
    after: str | None,
    limit: int,
) -> list[KeyState]:
    query = (
        select(LakeRecord.key, LakeRecord.source_changed_at, LakeRecord.is_active)
        .where(_live(tenant_id, connection_id, entity), _within(span))
        .order_by(LakeRecord.key)
        .limit(limit)
    )
    if after is not None:
        query = query.where(LakeRecord.key > after)
    rows = await session.execute(query)
    return [KeyState(key, _whole(changed_at), active) for key, changed_at, active in rows]


def _whole(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(microsecond=0)


_COMPARE = text(
    """
    SELECT i.key, r.key IS NULL AS missing
      FROM lake_incoming i
      LEFT JOIN LATERAL (
            SELECT * FROM lake_records
             WHERE tenant_id = :tenant_id AND connection_id = :connection_id
               AND entity = :entity AND key = i.key AND deleted_at IS NULL
             LIMIT 1) AS r ON true
     WHERE i.batch = :batch
       AND (r.key IS NULL OR r.is_active <> i.is_active
            OR r.data <> i.data)
     ORDER BY i.position
    """
)


async def differing(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, entity: str, batch: int
) -> Sequence[tuple[str, bool]]:
    """Keys of a staged batch that differ from what is stored, and whether they are missing."""
    values: dict[str, Any] = {
        "tenant_id": tenant_id,
        "connection_id": connection_id,
        "entity": entity,
        "batch": batch,
    }
    return [(row.key, row.missing) for row in await session.execute(_COMPARE, values)]
