"""Counts of any period: whole days or hours as they are kept, the rests from executions."""

# ruff: noqa: S608 - statements are put together from names of ours; values are bound

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.automation.repository.measures import ADDED, COLUMNS, OF_EXECUTIONS
from bridgecore.domains.automation.schemas.metrics import Runs
from bridgecore.domains.automation.schemas.periods import DaySpan, HourSpan, Period


class Key(Enum):
    """What counts are told apart by: each column, where days or hours have it, and executions."""

    TENANT = (("tenant_id", "c.tenant_id", "e.tenant_id"),)
    PRODUCTION = (("production", "c.production", "e.production"),)
    WORKFLOW = (
        ("connection_id", "c.connection_id", "e.connection_id"),
        ("workflow_id", "c.workflow_id", "e.workflow_id"),
    )
    DAY = (("day", "c.day", "(e.started_at AT TIME ZONE span.zone)::date"),)
    HOUR = (("hour", "c.hour", "date_trunc('hour', e.started_at, span.zone)"),)
    HOUR_OF_DAY = (
        (
            "hour_of_day",
            "extract(hour FROM c.hour AT TIME ZONE span.zone)::int",
            "extract(hour FROM e.started_at AT TIME ZONE span.zone)::int",
        ),
    )


_RUNS = {
    Runs.PRODUCTION: " AND {row}.production",
    Runs.MANUAL: " AND NOT {row}.production",
    Runs.ALL: "",
}


async def read(
    session: AsyncSession,
    spans: Mapping[UUID, DaySpan] | Mapping[UUID, HourSpan],
    zones: Mapping[UUID, str],
    runs: Runs,
    *sets: Sequence[Key],
) -> Sequence[Row[Any]]:
    """Rows of keys and the columns of counts.

    A span for each tenant, all of one kind: days for the keys up to DAY, hours for the others.
    One reading is grouped by each of `sets` in turn: the columns of all of them are in each row,
    and those its own set does not have are NULL.
    """
    by_hour = any(isinstance(span, HourSpan) for span in spans.values())
    table, unit, type_ = (
        ("automation_hours", "hour", "timestamptz")
        if by_hour
        else ("automation_days", "day", "date")
    )
    bound: dict[str, Any] = {
        "tenants": list(spans),
        "zones": [zones[tenant] for tenant in spans],
        "firsts": [span.first for span in spans.values()],
        "afters": [span.after for span in spans.values()],
    }
    given = [
        "CAST(:tenants AS uuid[])",
        "CAST(:zones AS text[])",
        f"CAST(:firsts AS {type_}[])",
        f"CAST(:afters AS {type_}[])",
    ]
    names = ["tenant_id", "zone", "first", "after"]
    parts = ("head", "tail") if any(span.rests for span in spans.values()) else ()
    for part in parts:
        for edge, index in (("from", 0), ("to", 1)):
            name = f"{part}_{edge}"
            bound[name] = [getattr(span, part)[index] for span in spans.values()]
            given.append(f"CAST(:{name} AS timestamptz[])")
            names.append(name)
    columns = list(dict.fromkeys(column for keys in sets for key in keys for column in key.value))
    made = [name for name, _, _ in columns]
    branches = [
        f"SELECT {''.join(f'{kept}, ' for _, kept, _ in columns)}{COLUMNS}"
        f" FROM span JOIN {table} c ON c.tenant_id = span.tenant_id"
        f" AND c.{unit} >= span.first AND c.{unit} < span.after{_RUNS[runs].format(row='c')}"
    ]
    for part in parts:
        # tenant for tenant by its index: the planner would rather read all of the table
        branches.append(
            f"SELECT rest.* FROM span CROSS JOIN LATERAL ("
            f"SELECT {''.join(f'{raw} AS {name}, ' for name, _, raw in columns)}{OF_EXECUTIONS}"
            f" FROM automation_executions e WHERE e.tenant_id = span.tenant_id"
            f" AND e.started_at >= span.{part}_from AND e.started_at < span.{part}_to"
            f"{_RUNS[runs].format(row='e')}"
            f" GROUP BY {', '.join(str(n + 1) for n in range(len(made)))}"
            f") AS rest WHERE span.{part}_from < span.{part}_to"
        )
    grouped = ", ".join(
        f"({', '.join(name for key in keys for name, _, _ in key.value)})" for keys in sets
    )
    statement = (
        f"WITH span AS (SELECT * FROM unnest({', '.join(given)}) AS span ({', '.join(names)}))"
        f" SELECT {', '.join(made)}, {ADDED}"
        f" FROM ({' UNION ALL '.join(branches)}) AS pieces ({', '.join([*made, COLUMNS])})"
        f" GROUP BY GROUPING SETS ({grouped})"
    )
    return (await session.execute(text(statement), bound)).all()


Percentiles = tuple[int, int]
"""The nearest-rank p50 and p95 of durations, in milliseconds."""


async def percentiles(
    session: AsyncSession, tenant_id: UUID, periods: Sequence[Period], runs: Runs
) -> list[Percentiles | None]:
    """Those of a tenant in each of some periods."""
    rows = await session.execute(
        text(
            "SELECT asked.place, found.ranks"
            " FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))"
            ' WITH ORDINALITY AS asked (start, "end", place) CROSS JOIN LATERAL ('
            "SELECT percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY e.duration_ms)"
            " AS ranks FROM automation_executions e WHERE e.tenant_id = :tenant_id AND e.timed"
            f' AND e.started_at >= asked.start AND e.started_at < asked."end"'
            f"{_RUNS[runs].format(row='e')}) AS found ORDER BY asked.place"
        ),
        _asked(tenant_id, periods),
    )
    return [_ranks(row.ranks) for row in rows]


async def percentiles_by_workflow(
    session: AsyncSession, tenant_id: UUID, periods: Sequence[Period], runs: Runs
) -> list[dict[tuple[UUID, str], Percentiles]]:
    """Those of each of its workflows."""
    rows = await session.execute(
        text(
            "SELECT asked.place, found.*"
            " FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))"
            ' WITH ORDINALITY AS asked (start, "end", place) CROSS JOIN LATERAL ('
            "SELECT e.connection_id, e.workflow_id,"
            " percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY e.duration_ms) AS ranks"
            " FROM automation_executions e WHERE e.tenant_id = :tenant_id AND e.timed"
            f' AND e.started_at >= asked.start AND e.started_at < asked."end"'
            f"{_RUNS[runs].format(row='e')} GROUP BY 1, 2) AS found"
        ),
        _asked(tenant_id, periods),
    )
    found: list[dict[tuple[UUID, str], Percentiles]] = [{} for _ in periods]
    for row in rows:
        ranks = _ranks(row.ranks)
        if ranks is not None:
            found[row.place - 1][row.connection_id, row.workflow_id] = ranks
    return found


def _asked(tenant_id: UUID, periods: Sequence[Period]) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "starts": [period.start for period in periods],
        "ends": [period.end for period in periods],
    }


def _ranks(found: Sequence[int] | None) -> Percentiles | None:
    return (int(found[0]), int(found[1])) if found and found[0] is not None else None


async def p95_of_tenants(
    session: AsyncSession, periods: Mapping[UUID, Period], timed: Mapping[UUID, int]
) -> dict[UUID, int]:
    """The nearest-rank p95 of each tenant's production runs; `timed` is how many there are.

    Read from the slow end of an index that holds all it takes: a twentieth of the rows is looked
    at, not all of them. The times are compared in a way only that index serves, because the
    planner takes a period of unknown length for a short one and would rather sort all of it.
    """
    some = [tenant for tenant in periods if timed.get(tenant)]
    rows = await session.execute(
        text(
            """
            SELECT asked.tenant_id, found.duration_ms
              FROM unnest(CAST(:tenants AS uuid[]), CAST(:starts AS timestamptz[]),
                          CAST(:ends AS timestamptz[]), CAST(:above AS bigint[]))
                   AS asked (tenant_id, start, "end", above)
             CROSS JOIN LATERAL (
                   SELECT e.duration_ms FROM automation_executions e
                    WHERE e.tenant_id = asked.tenant_id AND e.timed AND e.production
                      AND e.started_at + interval '0' >= asked.start
                      AND e.started_at + interval '0' < asked."end"
                    ORDER BY e.duration_ms DESC, e.started_at DESC
                   OFFSET asked.above LIMIT 1) AS found
            """
        ),
        {
            "tenants": some,
            "starts": [periods[tenant].start for tenant in some],
            "ends": [periods[tenant].end for tenant in some],
            "above": [timed[tenant] + (-timed[tenant] * 95 // 100) for tenant in some],
        },
    )
    return {row.tenant_id: row.duration_ms for row in rows}


async def errors(
    session: AsyncSession,
    tenant_id: UUID,
    period: Period,
    runs: Runs,
    *,
    limit: int,
    each_workflow: bool = False,
) -> Sequence[Row[Any]]:
    """Equal errors, the most common first; of each workflow the first alone where asked so."""
    distinct = "DISTINCT ON (connection_id, workflow_id) " if each_workflow else ""
    order = "connection_id, workflow_id, count DESC" if each_workflow else "count DESC"
    rows = await session.execute(
        text(
            f"""
            SELECT {distinct}* FROM (
                SELECT e.error_message, e.error_node, e.connection_id, e.workflow_id,
                       count(*) AS count, max(e.started_at) AS started_at,
                       (array_agg(e.number ORDER BY e.started_at DESC, e.number DESC))[1] AS number
                  FROM automation_executions e
                 WHERE e.tenant_id = :tenant_id AND e.failed AND e.started_at >= :start
                   AND e.started_at < :end{_RUNS[runs].format(row="e")}
                 GROUP BY 1, 2, 3, 4) AS grouped
             ORDER BY {order}, error_message IS NULL, started_at DESC, number DESC
             LIMIT :limit
            """
        ),
        {"tenant_id": tenant_id, "start": period.start, "end": period.end, "limit": limit},
    )
    return rows.all()
