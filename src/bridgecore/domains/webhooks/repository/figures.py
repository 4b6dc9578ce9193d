"""Figures by hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

COUNTS = (
    "received",
    "duplicates",
    "rejected",
    "applied",
    "removed",
    "hinted",
    "echoes",
    "retried",
    "dead",
    "lag_ms_sum",
)
Place = tuple[UUID, UUID]


async def add_answers(
    session: AsyncSession, duplicates: Mapping[Place, int], rejected: Mapping[Place, int]
) -> None:
    """Add duplicates and rejected events to the current hour. Needs a platform session."""
    # in the order of their keys, so that processes that add at once do not deadlock
    places = sorted({*duplicates, *rejected})
    await session.execute(
        text(
            "INSERT INTO webhook_hours AS h (tenant_id, connection_id, hour, duplicates, rejected)"
            " SELECT g.t, g.c, date_trunc('hour', clock_timestamp(), 'UTC'), g.d, g.r"
            " FROM unnest(CAST(:t AS uuid[]), CAST(:c AS uuid[]), CAST(:d AS bigint[]),"
            " CAST(:r AS bigint[])) AS g(t, c, d, r)"
            " ON CONFLICT (tenant_id, connection_id, hour) DO UPDATE SET"
            " duplicates = h.duplicates + excluded.duplicates,"
            " rejected = h.rejected + excluded.rejected"
        ),
        {
            "t": [tenant for tenant, _ in places],
            "c": [connection for _, connection in places],
            "d": [duplicates.get(place, 0) for place in places],
            "r": [rejected.get(place, 0) for place in places],
        },
    )


async def add(
    session: AsyncSession,
    tenant_id: UUID,
    figures: Mapping[tuple[UUID, datetime], Mapping[str, int]],
) -> None:
    """Add to the figures of a tenant, by connection and hour; `lag_ms_max` is the largest."""
    for (connection_id, hour), counts in sorted(figures.items()):
        given = {name: counts.get(name, 0) for name in (*COUNTS, "lag_ms_max")}
        names = ", ".join(given)
        values = ", ".join(f":{name}" for name in given)
        sums = ", ".join(f"{name} = h.{name} + excluded.{name}" for name in COUNTS)
        await session.execute(
            text(
                f"INSERT INTO webhook_hours AS h (tenant_id, connection_id, hour, {names})"  # noqa: S608 - names of columns
                f" VALUES (:tenant_id, :connection_id, :hour, {values})"
                f" ON CONFLICT (tenant_id, connection_id, hour) DO UPDATE SET {sums},"
                " lag_ms_max = greatest(h.lag_ms_max, excluded.lag_ms_max)"
            ),
            {"tenant_id": tenant_id, "connection_id": connection_id, "hour": hour, **given},
        )


async def by_hour(
    session: AsyncSession, tenant_id: UUID, since: datetime, connection_id: UUID | None
) -> Sequence[Row[Any]]:
    """Figures of a tenant since an hour, newest first."""
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in COUNTS)
    found = await session.execute(
        text(
            f"SELECT hour, {sums}, max(lag_ms_max) AS lag_ms_max FROM webhook_hours"  # noqa: S608 - names of columns
            " WHERE tenant_id = :tenant AND hour >= :since"
            " AND (CAST(:connection AS uuid) IS NULL OR connection_id = :connection)"
            " GROUP BY hour ORDER BY hour DESC"
        ),
        {"tenant": tenant_id, "since": since, "connection": connection_id},
    )
    return found.all()


async def forget(session: AsyncSession, before: datetime) -> int:
    """Delete the hours before a moment. Needs a platform session. Returns how many."""
    result = await session.execute(
        text("DELETE FROM webhook_hours WHERE hour < :before"), {"before": before}
    )
    return int(getattr(result, "rowcount", 0))
