"""The request log: written in batches, read newest first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, Select, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.usage.models import UsageLog
from bridgecore.domains.usage.schemas import UsageFilter


class Line(msgspec.Struct, frozen=True, gc=False):
    """One row to be written. Cheap to make: a busy process makes thousands of them a second."""

    occurred_at: datetime
    id: UUID
    tenant_id: UUID | None
    actor_id: UUID | None
    actor_kind: str
    method: str
    route: str
    path: str
    model: str
    operation: str
    status: int
    duration_ms: float
    upstream_ms: float | None
    source: str
    request_bytes: int
    response_bytes: int
    client_address: str
    user_agent: str
    correlation_id: str
    code: str | None


_TYPES = {
    "occurred_at": "timestamptz",
    "id": "uuid",
    "tenant_id": "uuid",
    "actor_id": "uuid",
    "status": "smallint",
    "duration_ms": "real",
    "upstream_ms": "real",
    "request_bytes": "bigint",
    "response_bytes": "bigint",
}
_COLUMNS = Line.__struct_fields__
# COPY and row-level security exclude each other. One JSON value costs the event loop a tenth of
# what arrays do, whose items the driver turns into text one by one.
_INSERT = text(
    f"INSERT INTO usage_logs ({', '.join(_COLUMNS)})"  # noqa: S608
    f" SELECT {', '.join(_COLUMNS)} FROM json_to_recordset(CAST(:lines AS json)) AS given ("
    + ", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in _COLUMNS)
    + ")"
)
encode: Callable[[Line], bytes] = msgspec.json.Encoder().encode


async def insert(session: AsyncSession, lines: Sequence[bytes]) -> None:
    """Write lines, each as `encode` made it."""
    await session.execute(_INSERT, {"lines": f"[{b','.join(lines).decode()}]"})


_STORED = text(
    """
    WITH given AS (
        SELECT * FROM unnest(CAST(:moments AS timestamptz[]), CAST(:ids AS uuid[]))
               AS given (occurred_at, id))
    SELECT id FROM usage_logs JOIN given USING (occurred_at, id)
    UNION
    SELECT id FROM error_logs JOIN given USING (occurred_at, id)
    """
)


async def stored(session: AsyncSession, keys: Sequence[tuple[datetime, UUID]]) -> set[UUID]:
    """Which of these have a line in either log."""
    rows = await session.scalars(
        _STORED, {"moments": [key[0] for key in keys], "ids": [key[1] for key in keys]}
    )
    return set(rows)


async def page(
    session: AsyncSession,
    wanted: UsageFilter,
    *,
    start: datetime,
    end: datetime,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[UsageLog]:
    """Lines of [start, end) behind `before`, newest first."""
    query = (
        _filtered(select(UsageLog), wanted)
        .where(UsageLog.occurred_at >= start, UsageLog.occurred_at < end)
        .order_by(UsageLog.occurred_at.desc(), UsageLog.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(UsageLog.occurred_at, UsageLog.id) < before)
    return (await session.scalars(query)).all()


EXPORTED = tuple(column.key for column in UsageLog.__table__.columns)


async def stream(
    session: AsyncSession, wanted: UsageFilter, start: datetime, end: datetime
) -> AsyncIterator[Sequence[Row[Any]]]:
    """All lines of [start, end), newest first, in parts, through a cursor of the server."""
    query = (
        _filtered(select(*UsageLog.__table__.columns), wanted)
        .where(UsageLog.occurred_at >= start, UsageLog.occurred_at < end)
        .order_by(UsageLog.occurred_at.desc(), UsageLog.id.desc())
        .execution_options(yield_per=1000)
    )
    result = await session.stream(query)
    async for part in result.partitions():
        yield part


def _filtered(query: Select[Any], wanted: UsageFilter) -> Select[Any]:
    for name in ("tenant_id", "method", "status", "route", "model", "correlation_id"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(getattr(UsageLog, name) == value)
    if wanted.tenants_only:
        query = query.where(UsageLog.tenant_id.is_not(None))
    if wanted.status_class is not None:
        least = wanted.status_class * 100
        query = query.where(UsageLog.status >= least, UsageLog.status < least + 100)
        if least >= 400:
            query = query.where(text("usage_logs.status >= 400"))  # names the index's rows
    if wanted.min_duration is not None:
        query = query.where(UsageLog.duration_ms >= wanted.min_duration)
        if wanted.min_duration >= 1000:
            query = query.where(text("usage_logs.duration_ms >= 1000"))  # the same
    if wanted.model:
        query = query.where(text("usage_logs.model <> ''"))  # the same
    return query
