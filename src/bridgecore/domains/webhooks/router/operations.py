"""How webhooks go, and what to do about what failed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from bridgecore.domains.audit.service import audited
from bridgecore.domains.webhooks.schemas import (
    DeadLetterRetryIn,
    DeadLetterStats,
    EventOut,
    Fault,
    Many,
    ManyIn,
    Statistics,
    WebhookStatus,
)
from bridgecore.domains.webhooks.service import dead_letters, overview
from bridgecore.infra.auth import Actor, requires_member
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Feed, SessionDep

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_member("webhooks:read"))]
Writer = Annotated[Actor, Depends(requires_member("webhooks:write"))]
Limit = Annotated[int, Query(ge=1, le=500)]
ModelName = Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$")]


@router.get("/status", summary="Who may send, and whether processing keeps up")
async def webhook_status(
    actor: Reader, session: SessionDep, resources: ResourcesDep
) -> WebhookStatus:
    assert actor.tenant_id is not None
    return await overview.status(session, resources, actor.tenant_id)


@router.get("/statistics", summary="Events by hour: received, what they led to, how late")
async def webhook_statistics(
    actor: Reader,
    session: SessionDep,
    hours: Annotated[int, Query(ge=1, le=2160)] = 24,
    connection_id: UUID | None = None,
) -> Statistics:
    assert actor.tenant_id is not None
    return await overview.statistics(session, actor.tenant_id, hours, connection_id)


@router.get("/dead-letter", summary="List dead letters, newest first")
async def list_dead_letters(
    actor: Reader,
    session: SessionDep,
    model: ModelName = None,
    connection_id: UUID | None = None,
    fault: Fault | None = None,
    cursor: str | None = None,
    limit: Limit = 100,
) -> Feed[EventOut]:
    assert actor.tenant_id is not None
    return await dead_letters.listed(
        session,
        actor.tenant_id,
        model=model,
        connection_id=connection_id,
        fault=fault,
        cursor=cursor,
        limit=limit,
    )


@router.get("/dead-letter/stats", summary="How many dead letters there are, and why")
async def dead_letter_stats(actor: Reader, session: SessionDep) -> DeadLetterStats:
    assert actor.tenant_id is not None
    return await overview.dead_letters(session, actor.tenant_id)


@router.post("/dead-letter/discard", summary="Give dead letters up")
@audited("webhook_events.discarded")
async def discard_dead_letters(actor: Writer, session: SessionDep, body: ManyIn) -> Many:
    return Many(events=await dead_letters.discard(session, actor, body))


@router.post("/retry", summary="Process one dead letter again")
@audited("webhook_events.retried")
async def retry_dead_letter(actor: Writer, session: SessionDep, body: DeadLetterRetryIn) -> Many:
    return Many(events=await dead_letters.retry_one(session, actor, body.event_id))


@router.post("/retry/bulk", summary="Process dead letters again")
@audited("webhook_events.retried")
async def retry_dead_letters(actor: Writer, session: SessionDep, body: ManyIn) -> Many:
    return Many(events=await dead_letters.retry(session, actor, body))
