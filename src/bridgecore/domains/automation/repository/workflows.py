"""Workflows: as they are now, and those that are known by their executions alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.automation.models import Workflow
from bridgecore.domains.automation.repository.measures import as_json
from bridgecore.domains.automation.schemas.facts import WorkflowFact


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


async def store(session: AsyncSession, tenant_id: UUID, facts: Sequence[WorkflowFact]) -> None:
    """Names, switches and schedules as they are now; what people set here stays."""
    if not facts:
        return
    latest = {(fact.connection_id, fact.workflow_id): fact for fact in facts}
    await session.execute(
        text(
            """
            INSERT INTO automation_workflows AS w
                   (tenant_id, connection_id, workflow_id, name, active, archived, deleted_at,
                    tags, every_seconds, source_minutes)
            VALUES (:tenant_id, :connection_id, :workflow_id, :name, :active, :archived,
                    :deleted_at, CAST(:tags AS jsonb), :every_seconds, :source_minutes)
            ON CONFLICT (tenant_id, connection_id, workflow_id) DO UPDATE
               SET name = excluded.name, active = excluded.active, archived = excluded.archived,
                   deleted_at = excluded.deleted_at, tags = excluded.tags,
                   every_seconds = excluded.every_seconds,
                   source_minutes = excluded.source_minutes
            """
        ),
        [
            {
                "tenant_id": tenant_id,
                "connection_id": fact.connection_id,
                "workflow_id": fact.workflow_id,
                "name": fact.name,
                "active": fact.active,
                "archived": fact.archived,
                "deleted_at": fact.deleted_at,
                "tags": as_json(fact.tags),
                "every_seconds": fact.every_seconds,
                "source_minutes": fact.source_minutes,
            }
            for fact in latest.values()
        ],
    )


async def meet(
    session: AsyncSession, tenant_id: UUID, among: Sequence[tuple[UUID, str]]
) -> list[tuple[UUID, str]]:
    """Keep a place for workflows, by connection and id. Returns those never heard of before."""
    rows = await session.execute(
        text(
            "INSERT INTO automation_workflows (tenant_id, connection_id, workflow_id)"
            " SELECT :tenant_id, * FROM unnest(CAST(:connections AS uuid[]),"
            " CAST(:workflows AS text[])) ON CONFLICT DO NOTHING"
            " RETURNING connection_id, workflow_id"
        ),
        {
            "tenant_id": tenant_id,
            "connections": [connection_id for connection_id, _ in among],
            "workflows": [workflow_id for _, workflow_id in among],
        },
    )
    return [(row.connection_id, row.workflow_id) for row in rows]
