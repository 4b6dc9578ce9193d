"""Executions: stored once each, whatever was known of them before, and listed."""

# ruff: noqa: S608 - statements are put together from names of ours; values are bound

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Select

from bridgecore.domains.automation.models import Execution, Workflow
from bridgecore.domains.automation.schemas.facts import ExecutionFact
from bridgecore.domains.automation.schemas.metrics import ExecutionFilter, Runs


class TouchedHour(NamedTuple):
    """An hour in which something of a workflow changed; `production` tells which of its runs."""

    connection_id: UUID
    workflow_id: str
    production: bool
    hour: datetime


_FACTS = """
    unnest(CAST(:connections AS uuid[]), CAST(:numbers AS bigint[]), CAST(:workflows AS text[]),
           CAST(:statuses AS text[]), CAST(:modes AS text[]), CAST(:productions AS bool[]),
           CAST(:started AS timestamptz[]), CAST(:stopped AS timestamptz[]),
           CAST(:durations AS bigint[]), CAST(:waits AS timestamptz[]),
           CAST(:retries AS bigint[]), CAST(:recoveries AS bigint[]))
        AS fact (connection_id, number, workflow_id, status, mode, production, started_at,
                 stopped_at, duration_ms, wait_till, retry_of, recovered_by)
"""


async def store(
    session: AsyncSession, tenant_id: UUID, zone: str, facts: Sequence[ExecutionFact]
) -> list[TouchedHour]:
    """Facts as they are now. Returns the hours of that time zone's clock that they touch."""
    latest = list({(fact.connection_id, fact.number): fact for fact in facts}.values())
    bound: dict[str, Any] = {
        "tenant_id": tenant_id,
        "zone": zone,
        "connections": [fact.connection_id for fact in latest],
        "numbers": [fact.number for fact in latest],
    }
    # an execution that goes on after a wait starts anew: the hour it was in loses it
    before = await session.execute(
        text(
            """
            SELECT e.connection_id, e.workflow_id, e.production,
                   date_trunc('hour', e.started_at, :zone) AS hour
              FROM unnest(CAST(:connections AS uuid[]), CAST(:numbers AS bigint[]))
                   AS fact (connection_id, number)
              JOIN automation_executions e
                ON e.tenant_id = :tenant_id AND e.connection_id = fact.connection_id
               AND e.number = fact.number
            """
        ),
        bound,
    )
    touched = {TouchedHour(*row) for row in before}
    stored = await session.execute(
        text(
            f"""
            INSERT INTO automation_executions AS e
                   (tenant_id, connection_id, number, workflow_id, status, mode, production,
                    started_at, stopped_at, duration_ms, waited, wait_till, retry_of, recovered_by)
            SELECT :tenant_id, connection_id, number, workflow_id, status, mode, production,
                   started_at, stopped_at, duration_ms, status = 'waiting', wait_till, retry_of,
                   recovered_by
              FROM {_FACTS}
            ON CONFLICT (tenant_id, connection_id, number) DO UPDATE
               SET workflow_id = excluded.workflow_id, status = excluded.status,
                   mode = excluded.mode, production = excluded.production,
                   started_at = excluded.started_at, stopped_at = excluded.stopped_at,
                   duration_ms = excluded.duration_ms, waited = e.waited OR excluded.waited,
                   wait_till = excluded.wait_till, retry_of = excluded.retry_of,
                   recovered_by = excluded.recovered_by
            RETURNING connection_id, workflow_id, production,
                      date_trunc('hour', started_at, :zone) AS hour
            """
        ),
        {
            **bound,
            "workflows": [fact.workflow_id for fact in latest],
            "statuses": [fact.status for fact in latest],
            "modes": [fact.mode for fact in latest],
            "productions": [fact.production for fact in latest],
            "started": [fact.started_at for fact in latest],
            "stopped": [fact.stopped_at for fact in latest],
            "durations": [fact.duration_ms for fact in latest],
            "waits": [fact.wait_till for fact in latest],
            "retries": [fact.retry_of for fact in latest],
            "recoveries": [fact.recovered_by for fact in latest],
        },
    )
    return sorted(touched | {TouchedHour(*row) for row in stored})


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
