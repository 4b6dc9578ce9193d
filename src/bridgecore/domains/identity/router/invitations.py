"""Invitations: sent by members to their tenant and by staff to any, and accepted by anybody."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response, status

from bridgecore.domains.audit.service import audited, unaudited
from bridgecore.domains.identity.router.callers import requires_member_or_staff
from bridgecore.domains.identity.schemas.invitations import (
    InvitationAnswer,
    InvitationFilter,
    InvitationIn,
    InvitationList,
    InvitationOut,
    InvitationShown,
    InvitationToken,
    Invited,
    Joined,
)
from bridgecore.domains.identity.service import invitations, joining
from bridgecore.infra.auth import Actor, current_actor
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Page, PagingDep, SessionDep

router = APIRouter(prefix="/api/v1", tags=["invitations"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_member_or_staff("members:read"))]
Writer = Annotated[Actor, Depends(requires_member_or_staff("members:write"))]
LinkToken = Annotated[str, Path(min_length=1, max_length=200, description="Of the mailed link.")]


@router.get("/auth/invitations", summary="List invitations")
async def list_invitations(
    actor: Reader,
    session: SessionDep,
    wanted: Annotated[InvitationFilter, Depends()],
    paging: PagingDep,
) -> Page[InvitationOut]:
    items, total = await invitations.list_invitations(
        session, actor, wanted, paging.skip, paging.limit
    )
    return Page(items=items, total=total)


@router.post(
    "/auth/invitations", status_code=status.HTTP_201_CREATED, summary="Invite somebody by mail"
)
@audited("invitation.created")
async def invite(
    actor: Writer, session: SessionDep, resources: ResourcesDep, body: InvitationIn
) -> InvitationOut:
    return await invitations.invite(session, resources, actor, body)


@router.post("/auth/invitations/bulk", summary="Invite a list of people; each gets an answer")
@audited("invitation.created")
async def invite_list(
    actor: Writer, session: SessionDep, resources: ResourcesDep, body: InvitationList
) -> Invited:
    return await invitations.invite_list(session, resources, actor, body)


@router.post("/auth/invitations/look-up", summary="What a mailed link offers")
@unaudited("changes nothing; it is a POST to keep the link out of addresses")
async def look_up(
    resources: ResourcesDep, response: Response, body: InvitationToken
) -> InvitationShown:
    response.headers["Cache-Control"] = "no-store"
    return await joining.look_up(resources, body.token.get_secret_value())


@router.post("/auth/invitations/accept", summary="Accept an invitation; then sign in")
@audited("invitation.accepted", "user.created")
async def accept(request: Request, resources: ResourcesDep, body: InvitationAnswer) -> Joined:
    """New people choose a password. Who has an account gives theirs, or comes signed in."""
    signed_in = "authorization" in request.headers
    actor = await current_actor(request) if signed_in else None
    return await joining.accept(resources, actor, body)


@router.get("/auth/invitations/{token}", summary="What a mailed link offers, by address")
async def shown(resources: ResourcesDep, response: Response, token: LinkToken) -> InvitationShown:
    response.headers["Cache-Control"] = "no-store"
    return await joining.look_up(resources, token)


@router.get("/invitations/{invitation_id}", summary="Get an invitation")
async def get_invitation(actor: Reader, session: SessionDep, invitation_id: UUID) -> InvitationOut:
    return await invitations.get_invitation(session, invitation_id, tenant_id=actor.tenant_id)


@router.post("/invitations/{invitation_id}/resend", summary="Mail another link; earlier ones end")
@audited("invitation.resent")
async def resend(
    actor: Writer, session: SessionDep, resources: ResourcesDep, invitation_id: UUID
) -> InvitationOut:
    return await invitations.resend(session, resources, actor, invitation_id)


@router.delete(
    "/invitations/{invitation_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Take an invitation back; its link ends at once",
)
@audited("invitation.revoked")
async def revoke(actor: Writer, session: SessionDep, invitation_id: UUID) -> None:
    await invitations.revoke(session, actor, invitation_id)
