"""Counts of any period: whole days or hours as they are kept, the rests from executions."""

# ruff: noqa: S608 - statements are put together from names of ours; values are bound

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.automation.repository.measures import ADDED, COLUMNS, OF_EXECUTIONS
from bridgecore.domains.automation.schemas.metrics import Runs
from bridgecore.domains.automation.schemas.periods import DaySpan, HourSpan, Period


class Key(Enum):
    """What counts are told apart by: its columns, in days or hours, and in executions."""

    TENANT = ("tenant_id", "c.tenant_id", "e.tenant_id")
    WORKFLOW = (
        "connection_id, workflow_id",
        "c.connection_id, c.workflow_id",
        "e.connection_id, e.workflow_id",
    )
    DAY = ("day", "c.day", "(e.started_at AT TIME ZONE span.zone)::date")
    HOUR = ("hour", "c.hour", "date_trunc('hour', e.started_at, span.zone)")
    HOUR_OF_DAY = (
        "hour_of_day",
        "extract(hour FROM c.hour AT TIME ZONE span.zone)::int",
        "extract(hour FROM e.started_at AT TIME ZONE span.zone)::int",
    )


_RUNS = {
    Runs.PRODUCTION: " AND {row}.production",
    Runs.MANUAL: " AND NOT {row}.production",
    Runs.ALL: "",
}
_NAMES = {
    Key.TENANT: ("tenant_id",),
    Key.WORKFLOW: ("connection_id", "workflow_id"),
    Key.DAY: ("day",),
    Key.HOUR: ("hour",),
    Key.HOUR_OF_DAY: ("hour_of_day",),
}


async def read(
    session: AsyncSession,
    spans: Mapping[UUID, DaySpan] | Mapping[UUID, HourSpan],
    zones: Mapping[UUID, str],
    runs: Runs,
    keys: Sequence[Key] = (),
) -> Sequence[Row[Any]]:
    """Rows of `keys` and the columns of counts; with no keys exactly one row.

    A span for each tenant, all of one kind: days for the keys up to DAY, hours for the others.
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
    columns = [
        f"unnest(CAST(:tenants AS uuid[]), CAST(:zones AS text[]), CAST(:firsts AS {type_}[]),"
        f" CAST(:afters AS {type_}[])"
    ]
    names = "tenant_id, zone, first, after"
    parts = []
    if any(span.rests for span in spans.values()):
        for part in ("head", "tail"):
            ranges = [getattr(span, part) for span in spans.values()]
            bound[f"{part}_from"] = [each[0] for each in ranges]
            bound[f"{part}_to"] = [each[1] for each in ranges]
            columns.append(
                f"CAST(:{part}_from AS timestamptz[]), CAST(:{part}_to AS timestamptz[])"
            )
            names += f", {part}_from, {part}_to"
            parts.append(part)
    made = [name for key in keys for name in _NAMES[key]]
    counted = "".join(f"{key.value[1]}, " for key in keys)
    raw = "".join(f"{key.value[2]}, " for key in keys)
    branches = [
        f"SELECT {counted}{COLUMNS} FROM span JOIN {table} c ON c.tenant_id = span.tenant_id"
        f" AND c.{unit} >= span.first AND c.{unit} < span.after{_RUNS[runs].format(row='c')}"
    ]
    groups = ", ".join(str(number) for number in range(1, len(made) + 1))
    for part in parts:
        branches.append(
            f"SELECT {raw}{OF_EXECUTIONS} FROM span JOIN automation_executions e"
            f" ON e.tenant_id = span.tenant_id AND e.started_at >= span.{part}_from"
            f" AND e.started_at < span.{part}_to{_RUNS[runs].format(row='e')}"
            + (f" GROUP BY {groups}" if keys else "")
        )
    statement = (
        f"WITH span AS (SELECT * FROM {', '.join(columns)}) AS span ({names}))"
        f" SELECT {''.join(name + ', ' for name in made)}{ADDED}"
        f" FROM ({' UNION ALL '.join(branches)})"
        f" AS pieces ({', '.join([*made, COLUMNS])})"
        + (f" GROUP BY {', '.join(made)}" if made else "")
    )
    return (await session.execute(text(statement), bound)).all()


async def percentiles(
    session: AsyncSession, tenant_id: UUID, period: Period, runs: Runs
) -> tuple[int | None, int | None]:
    """The nearest-rank p50 and p95 of a tenant's durations, in milliseconds."""
    found = (
        await session.execute(
            text(
                "SELECT percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY e.duration_ms)"
                " FROM automation_executions e WHERE e.tenant_id = :tenant_id AND e.timed"
                f" AND e.started_at >= :start AND e.started_at < :end{_RUNS[runs].format(row='e')}"
            ),
            {"tenant_id": tenant_id, "start": period.start, "end": period.end},
        )
    ).scalar_one()
    return (int(found[0]), int(found[1])) if found and found[0] is not None else (None, None)


async def percentiles_by_workflow(
    session: AsyncSession, tenant_id: UUID, period: Period, runs: Runs
) -> dict[tuple[UUID, str], tuple[int, int]]:
    """The same of each workflow."""
    rows = await session.execute(
        text(
            "SELECT e.connection_id, e.workflow_id,"
            " percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY e.duration_ms) AS found"
            " FROM automation_executions e WHERE e.tenant_id = :tenant_id AND e.timed"
            f" AND e.started_at >= :start AND e.started_at < :end{_RUNS[runs].format(row='e')}"
            " GROUP BY 1, 2"
        ),
        {"tenant_id": tenant_id, "start": period.start, "end": period.end},
    )
    return {
        (row.connection_id, row.workflow_id): (int(row.found[0]), int(row.found[1])) for row in rows
    }


async def p95_of_tenants(
    session: AsyncSession, periods: Mapping[UUID, Period], timed: Mapping[UUID, int]
) -> dict[UUID, int]:
    """The nearest-rank p95 of each tenant's production runs; `timed` is how many there are.

    Read from the slow end of an index: a twentieth of the rows is looked at, not all of them.
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
                      AND e.started_at >= asked.start AND e.started_at < asked."end"
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


async def feeds(
    session: AsyncSession, tenant_ids: Sequence[UUID]
) -> dict[UUID, tuple[str, datetime | None]]:
    """The time zone of each tenant's hours and days, and its first run."""
    rows = await session.execute(
        text(
            "SELECT tenant_id, time_zone, first_run_at FROM automation_feeds"
            " WHERE tenant_id = ANY(:tenants)"
        ),
        {"tenants": list(tenant_ids)},
    )
    return {row.tenant_id: (row.time_zone, row.first_run_at) for row in rows}
