"""Dead letters of every tenant, for staff. What is in them is not shown."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from bridgecore.domains.audit.service import audited
from bridgecore.domains.webhooks.schemas import Fault, Many, ManyIn, StaffEventOut
from bridgecore.domains.webhooks.service import dead_letters
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.web import Feed, SessionDep

router = APIRouter(prefix="/admin/webhooks", tags=["webhooks"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_staff("jobs:read"))]
Writer = Annotated[Actor, Depends(requires_staff("jobs:write"))]


@router.get("/dead-letter", summary="List dead letters of every tenant, newest first")
async def list_dead_letters(
    actor: Reader,
    session: SessionDep,
    tenant_id: UUID | None = None,
    fault: Fault | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Feed[StaffEventOut]:
    return await dead_letters.listed_for_staff(
        session, tenant_id, fault=fault, cursor=cursor, limit=limit
    )


@router.post("/retry/bulk", summary="Process dead letters of any tenants again")
@audited("webhook_events.retried")
async def retry_dead_letters(actor: Writer, session: SessionDep, body: ManyIn) -> Many:
    return Many(events=await dead_letters.retry(session, actor, body))
