"""Single executions with what went wrong, and what a run of a workflow saves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.n8n.server import execution_url
from bridgecore.domains.audit import service as audit
from bridgecore.domains.automation.errors import WorkflowNotFound
from bridgecore.domains.automation.events import SAVINGS_CHANGED
from bridgecore.domains.automation.models import Execution
from bridgecore.domains.automation.repository import executions as repository
from bridgecore.domains.automation.repository import workflows
from bridgecore.domains.automation.schemas.clients import SavingsIn
from bridgecore.domains.automation.schemas.metrics import (
    ExecutionFilter,
    ExecutionOut,
    Savings,
    Status,
)
from bridgecore.domains.automation.service.clients import servers_of
from bridgecore.domains.automation.service.metrics import savings_of
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.auth import Actor
from bridgecore.infra.db import Database
from bridgecore.infra.outbox import announce
from bridgecore.infra.web import Feed
from bridgecore.kit.cursors import decode_cursor, encode_cursor

_CURSOR = "executions"


async def list_executions(
    session: AsyncSession,
    tenant_id: UUID,
    wanted: ExecutionFilter,
    cursor: str | None,
    limit: int,
) -> Feed[ExecutionOut]:
    """Executions, the newest first. Raises TenantNotFound, InvalidCursor."""
    await tenancy.get_tenant(session, tenant_id)
    after = None
    if cursor is not None:
        started_at, number, connection_id = decode_cursor(_CURSOR, cursor, (datetime, int, UUID))
        after = (started_at, number, connection_id)
    rows = await repository.page(session, tenant_id, wanted, after, limit + 1)
    roots = await _roots(session, tenant_id)
    items = [_out(row[0], row[1], roots) for row in rows[:limit]]
    following = None
    if len(rows) > limit:
        last: Execution = rows[limit - 1][0]
        key = (last.started_at, last.number, last.connection_id)
        following = encode_cursor(_CURSOR, key)
    return Feed(items=items, next_cursor=following)


async def export_executions(
    database: Database, tenant_id: UUID, wanted: ExecutionFilter
) -> AsyncIterator[Sequence[ExecutionOut]]:
    """All of them, some at a time, in a transaction of its own."""
    async with database.tenant(tenant_id) as session:
        roots = await _roots(session, tenant_id)
        async for some in repository.stream(session, tenant_id, wanted):
            yield [_out(row[0], row[1], roots) for row in some]


async def set_savings(
    session: AsyncSession,
    actor: Actor,
    tenant_id: UUID,
    connection_id: UUID,
    workflow_id: str,
    wanted: SavingsIn,
) -> Savings:
    """What one successful run of a workflow saves; null takes a value away.

    Figures of the past follow at once. Raises WorkflowNotFound.
    """
    workflow = await workflows.one(session, tenant_id, connection_id, workflow_id)
    if workflow is None:
        raise WorkflowNotFound
    workflow.minutes_saved = wanted.minutes_saved
    workflow.hourly_rate = wanted.hourly_rate
    workflow.currency = wanted.currency
    await session.flush()
    told = savings_of(workflow)
    changes: dict[str, Any] = {
        "connection_id": str(connection_id),
        "workflow_id": workflow_id,
        **wanted.model_dump(mode="json"),
    }
    await audit.record(
        session,
        actor,
        SAVINGS_CHANGED,
        target_type="workflow",
        target_id=workflow_id,
        tenant_id=tenant_id,
        changes=changes,
    )
    await announce(session, SAVINGS_CHANGED, changes, tenant_id=tenant_id)
    return told


async def _roots(session: AsyncSession, tenant_id: UUID) -> dict[UUID, str]:
    servers = (await servers_of(session, [tenant_id])).get(tenant_id, [])
    return {server.connection_id: server.url for server in servers if server.url}


def _out(row: Execution, name: str | None, roots: dict[UUID, str]) -> ExecutionOut:
    root = roots.get(row.connection_id)
    return ExecutionOut(
        connection_id=row.connection_id,
        id=str(row.number),
        workflow_id=row.workflow_id,
        workflow_name=name,
        status=Status(row.status),
        mode=row.mode,
        production=row.production,
        started_at=row.started_at,
        stopped_at=row.stopped_at,
        duration_ms=row.duration_ms,
        waited=row.waited,
        wait_till=row.wait_till,
        retry_of=None if row.retry_of is None else str(row.retry_of),
        recovered_by=None if row.recovered_by is None else str(row.recovered_by),
        error_message=row.error_message,
        error_name=row.error_name,
        error_node=row.error_node,
        error_description=row.error_description,
        explained=row.explained_at is not None,
        url=execution_url(root, row.workflow_id, str(row.number)) if root else None,
    )
