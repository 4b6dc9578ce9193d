"""Making the figures of a finished hour or day, for every tenant in one statement.

Writers of the log hold shared locks on the hour and day they write to, and mark figures that are
there already as stale; whoever makes figures holds them alone. So no row comes between the
reading and the mark, and making figures again always gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.usage.models import Grain
from bridgecore.domains.usage.repository.measures import (
    COLUMNS,
    HISTOGRAM_OF_LOG,
    LOG_ROW,
    OF_LOG,
)

Kind = Literal["hour", "day"]
STEPS: dict[Kind, timedelta] = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
# first halves of advisory lock keys; the second is the number of the hour or day since 1970
_LOCKS: dict[Kind, int] = {"hour": 0x7568, "day": 0x7564}
_TABLES: dict[Kind, str] = {"hour": "usage_hourly", "day": "usage_daily"}


def _number(kind: Kind, moment: datetime) -> int:
    return int(moment.timestamp() // STEPS[kind].total_seconds())


async def announce_rows(session: AsyncSession, moments: Sequence[datetime]) -> None:
    """Take part in the hours and days of `moments` before writing rows of the log to them."""
    first, last = min(moments), max(moments)
    # those between, if any, are taken as well: rare, and nothing is wrong with it
    spans = [
        (kind, number)
        for kind in _LOCKS
        for number in range(_number(kind, first), _number(kind, last) + 1)
    ]
    # a statement of its own: the next has to see what was made while this one waited
    await session.execute(
        _TAKE_PART,
        {
            "kinds": [_LOCKS[kind] for kind, _ in spans],
            "numbers": [number for _, number in spans],
        },
    )
    await session.execute(
        _MARK_STALE,
        {
            "kinds": [kind for kind, _ in spans],
            "starts": [
                datetime.fromtimestamp(number * STEPS[kind].total_seconds(), UTC)
                for kind, number in spans
            ],
        },
    )


_TAKE_PART = text(
    """
    SELECT pg_advisory_xact_lock_shared(kind, number)
    FROM unnest(CAST(:kinds AS int[]), CAST(:numbers AS int[])) AS span (kind, number)
    """
)
_MARK_STALE = text(
    """
    UPDATE usage_rollups SET stale = true
    FROM unnest(CAST(:kinds AS text[]), CAST(:starts AS timestamptz[])) AS span (kind, start)
    WHERE usage_rollups.kind = span.kind AND usage_rollups.start = span.start AND NOT stale
    """
)


async def make(session: AsyncSession, kind: Kind, start: datetime) -> int:
    """Make the figures of the hour or day that begins at `start`. Returns how many rows.

    Those there were are replaced. Needs a platform session.
    """
    table, end = _TABLES[kind], start + STEPS[kind]
    await session.execute(
        text("SELECT pg_advisory_xact_lock(:kind, :number)"),
        {"kind": _LOCKS[kind], "number": _number(kind, start)},
    )
    column = "hour" if kind == "hour" else "day"
    value: Any = start if kind == "hour" else start.date()
    await session.execute(
        # naming every grain lets the index be used
        text(f"DELETE FROM {table} WHERE grain = ANY(:grains) AND {column} = :value"),  # noqa: S608
        {"grains": [grain.value for grain in Grain], "value": value},
    )
    # An hour of one tenant's endpoint often holds a few requests: a histogram would outweigh them.
    histogram = (
        f"CASE WHEN grouping(tenant_id) + grouping(route) > 0 THEN {HISTOGRAM_OF_LOG} END"
        if kind == "hour"
        else HISTOGRAM_OF_LOG
    )
    made = await session.execute(
        text(
            f"""
            INSERT INTO {table}
                ({column}, grain, tenant_id, method, route, model, {COLUMNS}, histogram)
            SELECT :value,
                   CASE WHEN grouping(tenant_id) = 0 THEN 'tenant' ELSE 'platform' END
                   || CASE WHEN grouping(route) = 0 THEN '_endpoint' ELSE '' END,
                   tenant_id, coalesce(method, ''), coalesce(route, ''), coalesce(model, ''),
                   {OF_LOG}, {histogram}
              FROM (SELECT {LOG_ROW} FROM usage_logs
                     WHERE occurred_at >= :start AND occurred_at < :end
                       AND tenant_id IS NOT NULL) AS log
             GROUP BY GROUPING SETS (
                   (), (method, route, model), (tenant_id), (tenant_id, method, route, model))
            HAVING count(*) > 0
             -- rows that are read together lie together
             ORDER BY 2, method, route, model, tenant_id
            """  # noqa: S608 - names of ours
        ),
        {"value": value, "start": start, "end": end},
    )
    await session.execute(
        text(
            "INSERT INTO usage_rollups (kind, start) VALUES (:kind, :start)"
            " ON CONFLICT (kind, start)"
            " DO UPDATE SET stale = false, made_at = clock_timestamp()"
        ),
        {"kind": kind, "start": start},
    )
    return int(getattr(made, "rowcount", 0))


async def missing(
    session: AsyncSession, kind: Kind, *, since: datetime, oldest: datetime
) -> Sequence[datetime]:
    """The beginnings of finished hours or days without fresh figures, oldest first.

    From `since` on, or from the first that ever got figures if that is longer ago, but none
    before `oldest`: there the log is gone, and figures made again would be empty.
    """
    rows = await session.scalars(
        text(
            """
            WITH known AS (SELECT start, stale FROM usage_rollups WHERE kind = :kind),
                 span AS (
                   SELECT make_interval(secs => :seconds) AS step,
                          greatest(least(:since, (SELECT min(start) FROM known)), :oldest) AS first,
                          date_trunc(:kind, clock_timestamp(), 'UTC') AS present)
            SELECT period.start
              FROM span, generate_series(first, present - step, step) AS period (start)
             WHERE NOT EXISTS (
                   SELECT FROM known WHERE known.start = period.start AND NOT known.stale)
             ORDER BY period.start
            """
        ),
        {
            "kind": kind,
            "since": since,
            "oldest": oldest,
            "seconds": STEPS[kind].total_seconds(),
        },
    )
    return [moment.astimezone(UTC) for moment in rows]


async def forget(
    session: AsyncSession, *, hours_before: datetime, days_before: datetime
) -> tuple[int, int]:
    """Delete figures of hours and days before these. Returns how many rows of each went."""
    gone = []
    for kind, before in (("hour", hours_before), ("day", days_before)):
        table, column = ("usage_hourly", "hour") if kind == "hour" else ("usage_daily", "day")
        result = await session.execute(
            text(f"DELETE FROM {table} WHERE grain = ANY(:grains) AND {column} < :before"),  # noqa: S608
            {
                "grains": [grain.value for grain in Grain],
                "before": before if kind == "hour" else before.date(),
            },
        )
        await session.execute(
            text("DELETE FROM usage_rollups WHERE kind = :kind AND start < :before"),
            {"kind": kind, "before": before},
        )
        gone.append(int(getattr(result, "rowcount", 0)))
    return gone[0], gone[1]
