"""What a person was told: a member by a tenant's rules, one of staff by the platform's."""

# no postponed annotations: the parameters' types are made anew for each router

from collections.abc import Callable
from typing import Annotated, Any
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
from bridgecore.infra.auth import Actor, requires_member, requires_staff
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.web import SessionDep


def _routes(prefix: str, requires: Callable[..., Any]) -> APIRouter:
    """The routes below `prefix`, for whoever passes the dependency that `requires` makes."""
    router = APIRouter(prefix=prefix, tags=["alerts"], route_class=IdempotentRoute)
    person = Annotated[Actor, Depends(requires())]

    @router.get("", summary="What you were told, newest first")
    async def list_notifications(
        actor: person,
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
    async def count_unread(actor: person, session: SessionDep) -> UnreadNotificationsOut:
        return await service.count_unread(session, actor)

    @router.post("/read", summary="Mark everything as read")
    @unaudited("A person's own mark of having read.")
    async def mark_all_read(actor: person, session: SessionDep) -> UnreadNotificationsOut:
        return await service.mark_all_read(session, actor)

    @router.post("/{notification_id}/read", summary="Mark a notification as read")
    @unaudited("A person's own mark of having read.")
    async def mark_read(
        actor: person, session: SessionDep, language: LanguageDep, notification_id: UUID
    ) -> NotificationOut:
        return await service.mark_read(session, actor, notification_id, language)

    return router


router = APIRouter()
for each in (
    _routes("/api/v1/notifications", requires_member),
    _routes("/admin/notifications", requires_staff),
):
    router.include_router(each)
