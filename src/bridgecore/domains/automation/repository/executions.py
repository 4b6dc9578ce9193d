"""Executions: stored once each, whatever was known of them before, and listed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Row, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Select

from bridgecore.domains.automation.models import Execution, Workflow
from bridgecore.domains.automation.repository.measures import as_json
from bridgecore.domains.automation.schemas.facts import ExecutionFact
from bridgecore.domains.automation.schemas.metrics import ExecutionFilter, Runs


class TouchedHour(NamedTuple):
    """An hour in which something of a workflow changed; `production` tells which of its runs."""

    connection_id: UUID
    workflow_id: str
    production: bool
    hour: datetime


# one JSON text: arrays of a dozen columns take the driver longer than the database
_STORE = text(
    """
    WITH fact AS MATERIALIZED (
           SELECT * FROM json_to_recordset(CAST(:facts AS json)) AS fact (
               connection_id uuid, number bigint, workflow_id text, status text, mode text,
               production bool, started_at timestamptz, stopped_at timestamptz,
               duration_ms bigint, wait_till timestamptz, retry_of bigint, recovered_by bigint)),
         -- one that goes on after a wait starts anew: the hour it was in loses it
         before AS (
           SELECT e.connection_id, e.workflow_id, e.production, e.started_at
             FROM fact JOIN automation_executions e
               ON e.tenant_id = :tenant_id AND e.connection_id = fact.connection_id
              AND e.number = fact.number),
         stored AS (
           INSERT INTO automation_executions AS e
                  (tenant_id, connection_id, number, workflow_id, status, mode, production,
                   started_at, stopped_at, duration_ms, waited, wait_till, retry_of, recovered_by)
           SELECT :tenant_id, connection_id, number, workflow_id, status, mode, production,
                  started_at, stopped_at, duration_ms, status = 'waiting', wait_till, retry_of,
                  recovered_by
             FROM fact
           ON CONFLICT (tenant_id, connection_id, number) DO UPDATE
              SET workflow_id = excluded.workflow_id, status = excluded.status,
                  mode = excluded.mode, production = excluded.production,
                  started_at = excluded.started_at, stopped_at = excluded.stopped_at,
                  duration_ms = excluded.duration_ms, waited = e.waited OR excluded.waited,
                  wait_till = excluded.wait_till, retry_of = excluded.retry_of,
                  recovered_by = excluded.recovered_by
           RETURNING e.connection_id, e.workflow_id, e.production, e.started_at)
    SELECT DISTINCT connection_id, workflow_id, production,
           date_trunc('hour', started_at, :zone) AS hour
      FROM (SELECT * FROM before UNION ALL SELECT * FROM stored) AS touched
     ORDER BY 1, 2, 3, 4
    """
)


async def store(
    session: AsyncSession, tenant_id: UUID, zone: str, facts: Sequence[ExecutionFact]
) -> list[TouchedHour]:
    """Facts as they are now. Returns the hours of that time zone's clock that they touch."""
    latest = {(fact.connection_id, fact.number): fact for fact in facts}
    told = [
        {
            "connection_id": fact.connection_id,
            "number": fact.number,
            "workflow_id": fact.workflow_id,
            "status": fact.status,
            "mode": fact.mode,
            "production": fact.production,
            "started_at": fact.started_at,
            "stopped_at": fact.stopped_at,
            "duration_ms": fact.duration_ms,
            "wait_till": fact.wait_till,
            "retry_of": fact.retry_of,
            "recovered_by": fact.recovered_by,
        }
        for fact in latest.values()
    ]
    rows = await session.execute(
        _STORE, {"tenant_id": tenant_id, "zone": zone, "facts": as_json(told)}
    )
    return [TouchedHour(*row) for row in rows]


def _filtered(tenant_id: UUID, wanted: ExecutionFilter) -> Select[Execution, str | None]:
    query = (
        select(Execution, Workflow.name.label("workflow_name"))
        .outerjoin(
            Workflow,
            (Workflow.tenant_id == Execution.tenant_id)
            & (Workflow.connection_id == Execution.connection_id)
            & (Workflow.workflow_id == Execution.workflow_id),
        )
        .where(Execution.tenant_id == tenant_id)
        .order_by(
            Execution.started_at.desc(), Execution.number.desc(), Execution.connection_id.desc()
        )
        .execution_options(populate_existing=True)
    )
    if wanted.status:
        query = query.where(Execution.status.in_([status.value for status in wanted.status]))
        if all(status.value in ("error", "crashed") for status in wanted.status):
            query = query.where(Execution.failed)
    if wanted.runs is not Runs.ALL:
        query = query.where(Execution.production.is_(wanted.runs is Runs.PRODUCTION))
    if wanted.workflow_id is not None:
        query = query.where(Execution.workflow_id == wanted.workflow_id)
    if wanted.connection_id is not None:
        query = query.where(Execution.connection_id == wanted.connection_id)
    if wanted.start is not None:
        query = query.where(Execution.started_at >= wanted.start)
    if wanted.end is not None:
        query = query.where(Execution.started_at < wanted.end)
    return query


async def page(
    session: AsyncSession,
    tenant_id: UUID,
    wanted: ExecutionFilter,
    after: tuple[datetime, int, UUID] | None,
    limit: int,
) -> Sequence[Row[Execution, str | None]]:
    """Executions, the newest first, from beyond `after`."""
    query = _filtered(tenant_id, wanted).limit(limit)
    if after is not None:
        place = tuple_(Execution.started_at, Execution.number, Execution.connection_id)
        query = query.where(place < tuple_(*after))
    return (await session.execute(query)).all()


async def stream(
    session: AsyncSession, tenant_id: UUID, wanted: ExecutionFilter, *, at_once: int = 1_000
) -> AsyncIterator[Sequence[Row[Execution, str | None]]]:
    """All of them, some at a time."""
    result = await session.stream(_filtered(tenant_id, wanted).execution_options(yield_per=at_once))
    async for some in result.partitions(at_once):
        yield some
