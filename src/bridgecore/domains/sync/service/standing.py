"""How synchronisation stands: of each connection, of a tenant, of the platform."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import ConnectionFilter, ConnectionOut
from bridgecore.domains.sync.models import SyncEntity, SyncPlan
from bridgecore.domains.sync.repository import plans, runs, set_asides
from bridgecore.domains.sync.schemas import (
    BackgroundHealthOut,
    BackgroundStatusOut,
    ConnectionSyncOut,
)
from bridgecore.domains.sync.service.plans import plan_of
from bridgecore.domains.sync.service.runs import run_out
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

_TROUBLE = ("failing", "denied", "missing")


async def require_tenant(session: AsyncSession, tenant_id: UUID) -> None:
    """Raises TenantNotFound: staff name a tenant, and one that nobody has stands in no way."""
    await tenancy.get_tenant(session, tenant_id)


async def connection_standing(
    session: AsyncSession, tenant_id: UUID, name: str
) -> ConnectionSyncOut:
    """Raises ConnectionNotFound."""
    connection = await connections.named_connection(session, tenant_id, name)
    plan = await plan_of(session, tenant_id, connection)
    entities = await plans.entities(session, tenant_id, connection.id)
    aside = await set_asides.counts(session, tenant_id, connection.id)
    return await _standing(session, connection, plan, list(entities), sum(aside.values()))


async def background_status(
    session: AsyncSession, resources: Resources, tenant_id: UUID
) -> BackgroundStatusOut:
    """Every connection of the tenant that has a plan."""
    wanted = ConnectionFilter(tenant_id=tenant_id)
    rows, _ = await connections.list_connections(session, wanted, 0, 1_000)
    known = {row.id: row for row in rows}
    entities: dict[UUID, list[SyncEntity]] = {}
    for entity in await plans.entities(session, tenant_id):
        entities.setdefault(entity.connection_id, []).append(entity)
    aside: dict[UUID, int] = {}
    for (connection_id, _name), count in (await set_asides.counts(session, tenant_id)).items():
        aside[connection_id] = aside.get(connection_id, 0) + count
    return BackgroundStatusOut(
        is_running=resources.settings.sync_enabled,
        connections=[
            await _standing(
                session,
                known[plan.connection_id],
                plan,
                entities.get(plan.connection_id, []),
                aside.get(plan.connection_id, 0),
            )
            for plan in await plans.plans(session, tenant_id)
            if plan.connection_id in known
        ],
    )


async def background_health(
    session: AsyncSession, resources: Resources, tenant_id: UUID
) -> BackgroundHealthOut:
    """The same in figures."""
    status = await background_status(session, resources, tenant_id)
    enabled = [each for each in status.connections if each.is_enabled]
    counts = dict(await runs.counts_since(session, tenant_id, utcnow() - timedelta(days=1)))
    total = sum(counts.values())
    failing = sum(each.state == "failing" for each in enabled)
    person = sum(each.state == "needs_person" for each in enabled)
    asking = sum(each.state == "needs_confirmation" for each in enabled)
    healthy = len(enabled) - failing - person - asking
    lags = [each.lag_seconds for each in enabled if each.lag_seconds is not None]
    return BackgroundHealthOut(
        status="ok" if healthy == len(enabled) else "failing" if healthy == 0 else "degraded",
        connections=len(enabled),
        healthy=healthy,
        failing=failing,
        needs_person=person,
        needs_confirmation=asking,
        set_aside=sum(each.set_aside for each in status.connections),
        lag_seconds=max(lags, default=None),
        runs_last_day=counts,
        success_rate=round(1 - counts.get("failed", 0) / total, 4) if total else None,
    )


async def _standing(
    session: AsyncSession,
    connection: ConnectionOut,
    plan: SyncPlan,
    entities: list[SyncEntity],
    aside: int,
) -> ConnectionSyncOut:
    now = utcnow()
    held = plan.lease_until is not None and plan.lease_until > now
    unfinished = await runs.unfinished(session, plan.tenant_id, plan.connection_id)
    enabled = [row for row in entities if row.is_enabled]
    return ConnectionSyncOut(
        connection_id=plan.connection_id,
        connection_name=connection.name,
        connector=plan.connector,
        is_enabled=plan.is_enabled and connection.is_active,
        state=_state(plan, connection, enabled, held=held),
        lag_seconds=lag(plan, now),
        caught_up_at=plan.caught_up_at,
        succeeded_at=plan.succeeded_at,
        next_run_at=plan.due_at,
        interval_seconds=plan.interval_seconds,
        failures=plan.failures,
        failing_since=plan.failing_since,
        error=plan.error,
        what_to_do=plan.what_to_do,
        set_aside=aside,
        entities_in_trouble=[row.entity for row in enabled if row.state in _TROUBLE],
        current_run=run_out(unfinished[0]) if unfinished else None,
    )


def lag(plan: SyncPlan, now: datetime) -> float | None:
    """How old the copy is, in seconds; None before the first load was complete."""
    if plan.caught_up_at is None:
        return None
    return round(max(0.0, (now - plan.caught_up_at).total_seconds()), 3)


def _state(
    plan: SyncPlan, connection: ConnectionOut, entities: list[SyncEntity], *, held: bool
) -> Any:
    if not plan.is_enabled or not connection.is_active:
        return "off"
    if plan.needs_person:
        return "needs_person"
    if plan.failures:
        return "failing"
    if any(row.state == "needs_confirmation" for row in entities):
        return "needs_confirmation"
    if held:
        return "running"
    return "waiting" if plan.succeeded_at is not None else "new"
