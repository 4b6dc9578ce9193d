"""What a member of staff was told."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from bridgecore.domains.alerts import service
from bridgecore.domains.alerts.router.parameters import LanguageDep, Limit
from bridgecore.domains.alerts.schemas import (
    NotificationFeed,
    NotificationOut,
    UnreadNotificationsOut,
)
from bridgecore.domains.audit.service import unaudited
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.web import SessionDep

router = APIRouter(prefix="/admin/notifications", tags=["alerts"], route_class=IdempotentRoute)

Person = Annotated[Actor, Depends(requires_staff())]


@router.get("", summary="What you were told, newest first")
async def list_notifications(
    actor: Person,
    session: SessionDep,
    language: LanguageDep,
    unread: bool = False,
    cursor: str | None = None,
    limit: Limit = 50,
) -> NotificationFeed:
    return await service.list_notifications(
        session, actor, unread=unread, cursor=cursor, limit=limit, language=language
    )


@router.get("/unread", summary="How much of it you have not read")
async def count_unread(actor: Person, session: SessionDep) -> UnreadNotificationsOut:
    return await service.count_unread(session, actor)


@router.post("/read", summary="Mark everything as read")
@unaudited("A person's own mark of having read.")
async def mark_all_read(actor: Person, session: SessionDep) -> UnreadNotificationsOut:
    return await service.mark_all_read(session, actor)


@router.post("/{notification_id}/read", summary="Mark a notification as read")
@unaudited("A person's own mark of having read.")
async def mark_read(
    actor: Person, session: SessionDep, language: LanguageDep, notification_id: UUID
) -> NotificationOut:
    return await service.mark_read(session, actor, notification_id, language)
