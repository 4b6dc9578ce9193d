"""Where somebody is signed in, and ending it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, status

from bridgecore.domains.audit.service import audited
from bridgecore.domains.identity.router.callers import Somebody
from bridgecore.domains.identity.schemas.sign_in import SessionOut
from bridgecore.domains.identity.service import members, sessions
from bridgecore.domains.identity.service.api_keys import tenant_of
from bridgecore.infra.auth import Actor, requires_member
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Page, PagingDep, PlatformSessionDep, SessionDep

router = APIRouter(tags=["sessions"])

Reader = Annotated[Actor, Depends(requires_member("sessions:read"))]
Writer = Annotated[Actor, Depends(requires_member("sessions:write"))]


@router.get("/api/v1/auth/sessions", summary="Where you are signed in, in any tenant")
async def own_sessions(
    actor: Somebody, session: PlatformSessionDep, paging: PagingDep
) -> Page[SessionOut]:
    items, total = await sessions.list_sessions(
        session, actor, user_id=actor.id, skip=paging.skip, limit=paging.limit
    )
    return Page(items=items, total=total)


@router.delete(
    "/api/v1/auth/sessions/{session_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="End one of your sessions",
)
@audited("session.ended")
async def end_own_session(
    actor: Somebody, session: PlatformSessionDep, resources: ResourcesDep, session_id: UUID
) -> None:
    await sessions.end_own_session(session, resources, actor, session_id)


@router.delete(
    "/api/v1/auth/sessions",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="End all your sessions but this one",
)
@audited("session.ended")
async def end_other_sessions(
    actor: Somebody, session: PlatformSessionDep, resources: ResourcesDep
) -> None:
    await sessions.end_other_sessions(session, resources, actor)


@router.get("/api/v1/members/{member_id}/sessions", summary="Where a member is signed in")
async def member_sessions(
    actor: Reader, session: SessionDep, member_id: UUID, paging: PagingDep
) -> Page[SessionOut]:
    await members.get_member(session, tenant_of(actor), member_id)
    items, total = await sessions.list_sessions(
        session, actor, membership_id=member_id, skip=paging.skip, limit=paging.limit
    )
    return Page(items=items, total=total)


@router.delete(
    "/api/v1/members/{member_id}/sessions/{session_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="End a session of a member",
)
@audited("session.ended")
async def end_member_session(
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    member_id: UUID,
    session_id: UUID,
) -> None:
    await members.end_member_session(session, resources, actor, member_id, session_id)
