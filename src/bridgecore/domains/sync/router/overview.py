"""Runs and how background synchronisation stands, over all connections of a tenant."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from bridgecore.domains.audit.service import audited
from bridgecore.domains.sync import service
from bridgecore.domains.sync.router.parts import Cursor, Limit, Reader, Writer
from bridgecore.domains.sync.schemas import (
    BackgroundHealthOut,
    BackgroundStatusOut,
    Kind,
    RunFilter,
    RunOut,
    RunStatus,
    Trigger,
)
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Feed, SessionDep

router = APIRouter(prefix="/api/v1/integrations", tags=["sync"], route_class=IdempotentRoute)
staff = APIRouter(prefix="/admin/tenants/{tenant_id}/sync", tags=["sync"])

Staff = Annotated[Actor, Depends(requires_staff("connections:read"))]


@router.get("/background-sync/status", summary="How every connection's synchronisation stands")
async def background_status(
    actor: Reader, session: SessionDep, resources: ResourcesDep
) -> BackgroundStatusOut:
    assert actor.tenant_id is not None
    return await service.background_status(session, resources, actor.tenant_id)


@router.get("/background-sync/health", summary="Synchronisation in figures")
async def background_health(
    actor: Reader, session: SessionDep, resources: ResourcesDep
) -> BackgroundHealthOut:
    assert actor.tenant_id is not None
    return await service.background_health(session, resources, actor.tenant_id)


@router.get("/sync/logs", summary="Runs, newest first")
async def logs(
    actor: Reader,
    session: SessionDep,
    connection_id: UUID | None = None,
    status: RunStatus | None = None,
    trigger: Trigger | None = None,
    kind: Kind | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Feed[RunOut]:
    """Scheduled runs that found nothing to do are one entry, with how often they `repeated`."""
    assert actor.tenant_id is not None
    wanted = RunFilter(connection_id=connection_id, status=status, trigger=trigger, kind=kind)
    return await service.logs(session, actor.tenant_id, wanted, cursor, limit)


@router.get("/sync/{sync_id}", summary="Get a run")
async def get_run(actor: Reader, session: SessionDep, sync_id: UUID) -> RunOut:
    assert actor.tenant_id is not None
    return await service.get_run(session, actor.tenant_id, sync_id)


@router.post("/sync/{sync_id}/cancel", summary="End a run")
@audited("sync.cancelled")
async def cancel(actor: Writer, session: SessionDep, sync_id: UUID) -> RunOut:
    """It ends after the page it is at; what it stored stays, and the next run goes on there."""
    assert actor.tenant_id is not None
    return await service.cancel(session, actor, actor.tenant_id, sync_id)


@staff.get("", summary="How every connection of a tenant stands")
async def tenant_status(
    actor: Staff, session: SessionDep, resources: ResourcesDep, tenant_id: UUID
) -> BackgroundStatusOut:
    await service.require_tenant(session, tenant_id)
    return await service.background_status(session, resources, tenant_id)


@staff.get("/logs", summary="Runs of a tenant, newest first")
async def tenant_logs(
    actor: Staff,
    session: SessionDep,
    tenant_id: UUID,
    connection_id: UUID | None = None,
    status: RunStatus | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Feed[RunOut]:
    await service.require_tenant(session, tenant_id)
    wanted = RunFilter(connection_id=connection_id, status=status)
    return await service.logs(session, tenant_id, wanted, cursor, limit)
