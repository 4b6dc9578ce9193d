"""Workflows and single executions, as lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Select

from bridgecore.domains.automation.models import Execution, Workflow
from bridgecore.domains.automation.schemas.metrics import ExecutionFilter, Runs


async def of_tenant(session: AsyncSession, tenant_id: UUID) -> list[Workflow]:
    """Every workflow ever seen, in order of their names."""
    rows = await session.scalars(
        select(Workflow)
        .where(Workflow.tenant_id == tenant_id)
        .order_by(Workflow.name, Workflow.workflow_id, Workflow.connection_id)
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def one(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, workflow_id: str
) -> Workflow | None:
    """One workflow, locked to be changed."""
    return await session.scalar(
        select(Workflow)
        .where(
            Workflow.tenant_id == tenant_id,
            Workflow.connection_id == connection_id,
            Workflow.workflow_id == workflow_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def of_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> Sequence[Any]:
    """What an overview shows of workflows: one row each, only what it needs."""
    rows = await session.execute(
        select(
            Workflow.tenant_id,
            Workflow.connection_id,
            Workflow.workflow_id,
            Workflow.name,
            Workflow.active,
            Workflow.archived,
            Workflow.deleted_at,
            Workflow.every_seconds,
            Workflow.source_minutes,
            Workflow.minutes_saved,
            Workflow.hourly_rate,
            Workflow.currency,
            Workflow.outcome,
            Workflow.streak,
            Workflow.last_run_at,
            Workflow.last_failure_at,
        ).where(Workflow.tenant_id.in_(tenant_ids))
    )
    return rows.all()


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


async def executions(
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


async def stream_executions(
    session: AsyncSession, tenant_id: UUID, wanted: ExecutionFilter, *, at_once: int = 1_000
) -> AsyncIterator[Sequence[Row[Execution, str | None]]]:
    """All of them, some at a time."""
    result = await session.stream(_filtered(tenant_id, wanted).execution_options(yield_per=at_once))
    async for some in result.partitions(at_once):
        yield some
