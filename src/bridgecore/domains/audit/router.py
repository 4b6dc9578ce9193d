"""Reading the trail: staff see all of it, a tenant's administrators their own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from bridgecore.domains.audit import service
from bridgecore.domains.audit.schemas import AuditEntryOut, AuditFilter
from bridgecore.infra.auth import Actor, requires_member, requires_staff
from bridgecore.infra.web import Feed, SessionDep

router = APIRouter(tags=["audit"])

Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/admin/audit", summary="Audit trail of the platform")
async def staff_trail(
    actor: Annotated[Actor, Depends(requires_staff("audit:read"))],
    session: SessionDep,
    wanted: Annotated[AuditFilter, Depends()],
    cursor: str | None = None,
    limit: Limit = 100,
) -> Feed[AuditEntryOut]:
    return await service.trail(session, wanted, cursor, limit)


@router.get("/api/v1/audit", summary="Audit trail of your tenant")
async def tenant_trail(
    actor: Annotated[Actor, Depends(requires_member("audit:read"))],
    session: SessionDep,
    wanted: Annotated[AuditFilter, Depends()],
    cursor: str | None = None,
    limit: Limit = 100,
) -> Feed[AuditEntryOut]:
    own = wanted.model_copy(update={"tenant_id": actor.tenant_id})
    return await service.trail(session, own, cursor, limit)
