"""Synchronising everything at once: a tenant's own, or as staff any tenant's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, status

from bridgecore.domains.audit.service import audited
from bridgecore.domains.sync import service
from bridgecore.domains.sync.router.parts import Writer
from bridgecore.domains.sync.schemas import OwnStartIn, StartedOut, StartIn
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.web import SessionDep

router = APIRouter(tags=["sync"], route_class=IdempotentRoute)

Staff = Annotated[Actor, Depends(requires_staff("connections:write"))]


@router.post(
    "/api/v1/admin/sync/start",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Synchronise every connection of your company now",
)
@audited("sync.requested")
async def start_own(
    actor: Writer, session: SessionDep, body: OwnStartIn | None = None
) -> StartedOut:
    """For staff there is `/admin/sync/start`."""
    wanted = body or OwnStartIn()
    return await service.start_all(
        session,
        actor,
        tenant_id=actor.tenant_id,
        connector=wanted.connector,
        full=wanted.full,
    )


@router.post(
    "/admin/sync/start",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Synchronise a tenant's connections now, or every tenant's",
)
@audited("sync.requested")
async def start(actor: Staff, session: SessionDep, body: StartIn | None = None) -> StartedOut:
    wanted = body or StartIn()
    return await service.start_all(
        session,
        actor,
        tenant_id=wanted.tenant_id,
        connector=wanted.connector,
        full=wanted.full,
    )
