"""What apps ask. Existing ones send fields of their own, which are ignored."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from bridgecore.domains.webhooks.schemas import AppEvents, EventOut, Updates
from bridgecore.domains.webhooks.service import feeds
from bridgecore.infra.auth import Actor, counted_for_plan, requires_member
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import SessionDep

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

App = Annotated[Actor, Depends(requires_member("lake:read"))]
Reader = Annotated[Actor, Depends(requires_member("webhooks:read"))]
Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


@router.get(
    "/check-updates",
    summary="Whether anything is new",
    dependencies=[Depends(counted_for_plan)],
)
async def check_updates(
    actor: App,
    session: SessionDep,
    resources: ResourcesDep,
    device_id: Text = None,
    since: Text = None,
) -> Updates:
    """New since `since`, an event's id or a moment; else since `device_id` asked last.

    A device that asks for the first time, or none, is told of the last 24 hours.
    """
    return await feeds.updates(session, resources, actor, device=device_id, since=since or None)


@router.get("/events", summary="What was changed, newest first")
async def list_events(
    actor: App,
    session: SessionDep,
    model: Text = None,
    model_name: Text = None,
    event_type: Text = None,
    event: Text = None,
    status: Text = None,
    since: Text = None,
    connection_id: UUID | None = None,
    cursor: str | None = None,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AppEvents:
    """The content that was sent is shown to whoever may see webhooks."""
    return await feeds.listed(
        session,
        actor,
        model=model or model_name or None,
        operation=event_type or event or None,
        status=status or None,
        since=since or None,
        connection_id=connection_id,
        cursor=cursor,
        offset=offset,
        limit=limit,
    )


@router.get("/events/{event_id}", summary="Get an event, and what became of it")
async def get_event(actor: Reader, session: SessionDep, event_id: UUID) -> EventOut:
    return await feeds.one(session, actor, event_id)
