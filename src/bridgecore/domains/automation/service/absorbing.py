"""Facts follow the lake: what n8n's records tell is taken over in the order of their versions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Hint
from bridgecore.domains.automation.events import WORKFLOW_STATE_CHANGED
from bridgecore.domains.automation.repository import (
    executions as execution_facts,
)
from bridgecore.domains.automation.repository import feeds, rollups, states
from bridgecore.domains.automation.repository import workflows as workflow_facts
from bridgecore.domains.automation.schemas.facts import (
    ExecutionFact,
    WorkflowFact,
    execution_fact,
    workflow_fact,
)
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import ConnectionFilter
from bridgecore.domains.lake import service as lake
from bridgecore.domains.lake.schemas import ConnectionRef, LakeRecord
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.db import Database
from bridgecore.infra.outbox import announce
from bridgecore.kit.clock import isoformat

N8N = "n8n"
EXECUTION, WORKFLOW = "execution", "workflow"
BATCH = 2_000
_MOST_SERVERS = 1_000


async def follow(database: Database, tenant_id: UUID) -> int:
    """Take over everything the lake has that the facts don't; how many records that were.

    A transaction for each batch, so whoever looks sees it grow. May run twice at once.
    """
    taken = 0
    while True:
        async with database.tenant(tenant_id) as session:
            found = await _next(session, tenant_id)
        taken += found
        if found < BATCH:
            return taken


async def _next(session: AsyncSession, tenant_id: UUID) -> int:
    servers = await n8n_of(session, tenant_id)
    if not servers:
        return 0
    tenant = await tenancy.get_tenant(session, tenant_id)
    feed = await feeds.take_feed(session, tenant_id, tenant.time_zone)
    changes = await lake.read_changes(
        session, tenant_id, feed.version, limit=BATCH, entities=[WORKFLOW, EXECUTION]
    )
    if changes:
        await absorb(session, tenant_id, feed.time_zone, changes, servers)
        await feeds.move_feed(session, tenant_id, changes[-1].version)
    return len(changes)


async def open_feed(session: AsyncSession, tenant_id: UUID) -> None:
    """Lock the tenant's feed, which begins with this if there was none."""
    tenant = await tenancy.get_tenant(session, tenant_id)
    await feeds.take_feed(session, tenant_id, tenant.time_zone)


async def absorb(
    session: AsyncSession,
    tenant_id: UUID,
    time_zone: str,
    changes: Sequence[LakeRecord],
    among: Collection[UUID],
) -> None:
    """Facts of the tenant as these records of its n8n servers (`among`) tell them.

    Coming twice changes nothing. An execution that is gone from the lake stays: it is history.
    """
    executions: list[ExecutionFact] = []
    workflows: list[WorkflowFact] = []
    for change in changes:
        if change.connection_id not in among:
            continue
        if change.entity == WORKFLOW:
            workflow = workflow_fact(
                change.connection_id, change.key, change.data, change.deleted_at
            )
            if workflow is not None:
                workflows.append(workflow)
        elif change.entity == EXECUTION and change.deleted_at is None:
            execution = execution_fact(change.connection_id, change.data, change.first_seen_at)
            if execution is not None:
                executions.append(execution)
    await workflow_facts.store(session, tenant_id, workflows)
    if executions:
        await _absorb_executions(session, tenant_id, time_zone, executions)


async def _absorb_executions(
    session: AsyncSession, tenant_id: UUID, time_zone: str, found: Sequence[ExecutionFact]
) -> None:
    touched = await execution_facts.store(session, tenant_id, time_zone, found)
    await rollups.count_again(session, tenant_id, time_zone, touched)
    await feeds.reach_back(session, tenant_id, min(fact.started_at for fact in found))
    ran = sorted({(each.connection_id, each.workflow_id) for each in touched})
    for connection_id in {
        server for server, _ in await workflow_facts.meet(session, tenant_id, ran)
    }:
        # its name is wanted sooner than n8n's lists are read again by themselves
        server = ConnectionRef(tenant_id, connection_id)
        await lake.note_hints(session, server, [Hint(WORKFLOW, None)])
    for row in await states.look_at(session, tenant_id, ran):
        await announce(session, WORKFLOW_STATE_CHANGED, _state(row), tenant_id=tenant_id)


async def keep_time_zone(database: Database, tenant_id: UUID) -> None:
    """Make hours and days again where the tenant has moved to another time zone."""
    async with database.tenant(tenant_id) as session:
        if not await n8n_of(session, tenant_id):
            return
        tenant = await tenancy.get_tenant(session, tenant_id)
        feed = await feeds.take_feed(session, tenant_id, tenant.time_zone)
        if feed.time_zone != tenant.time_zone:
            await rollups.count_all_again(session, tenant_id, tenant.time_zone)
            await feeds.set_time_zone(session, tenant_id, tenant.time_zone)


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    """Delete everything of tenants that are gone for good."""
    await feeds.forget(session, tenant_ids)


async def forget_server(session: AsyncSession, tenant_id: UUID, connection_id: UUID) -> None:
    """Delete everything of a server that was removed."""
    await feeds.forget(session, [tenant_id], connection_id)


async def n8n_of(session: AsyncSession, tenant_id: UUID) -> frozenset[UUID]:
    """The tenant's connections to n8n."""
    wanted = ConnectionFilter(tenant_id=tenant_id, connector=N8N)
    rows, _ = await connections.list_connections(session, wanted, 0, _MOST_SERVERS)
    return frozenset(row.id for row in rows)


def _state(row: Row[Any]) -> dict[str, Any]:
    return {
        "connection_id": str(row.connection_id),
        "workflow_id": row.workflow_id,
        "name": row.name,
        "outcome": row.outcome,
        "streak": row.streak,
        "execution_id": str(row.last_number),
        "last_run_at": isoformat(row.last_run_at),
    }
