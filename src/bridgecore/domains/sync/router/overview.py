"""Runs and how background synchronisation stands, over all connections of a tenant."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

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
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Feed, SessionDep

router = APIRouter(prefix="/api/v1/integrations", tags=["sync"], route_class=IdempotentRoute)


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
