"""Members of the caller's tenant."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, status

from bridgecore.domains.audit.service import audited
from bridgecore.domains.identity.schemas.people import (
    MemberChange,
    MemberFilter,
    MemberIn,
    MemberOut,
)
from bridgecore.domains.identity.service import members
from bridgecore.domains.identity.service.api_keys import tenant_of
from bridgecore.infra.auth import Actor, requires_member
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Page, PagingDep, SessionDep

router = APIRouter(tags=["members"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_member("members:read"))]
Writer = Annotated[Actor, Depends(requires_member("members:write"))]


@router.get("/api/v1/members", summary="List members")
@router.get("/api/v1/auth/users", summary="List members (as older clients call it)")
async def list_members(
    actor: Reader,
    session: SessionDep,
    wanted: Annotated[MemberFilter, Depends()],
    paging: PagingDep,
) -> Page[MemberOut]:
    items, total = await members.list_members(
        session, tenant_of(actor), wanted, paging.skip, paging.limit
    )
    return Page(items=items, total=total)


@router.post("/api/v1/members", status_code=status.HTTP_201_CREATED, summary="Add a member")
@audited("member.added", "user.created")
async def add_member(
    actor: Writer, session: SessionDep, resources: ResourcesDep, body: MemberIn
) -> MemberOut:
    return await members.add_member(
        session,
        resources,
        actor,
        tenant_of(actor),
        email=body.email,
        full_name=body.full_name,
        role=body.role,
        password=body.password.get_secret_value() if body.password else None,
        must_change=body.password is not None,
    )


@router.get("/api/v1/members/{member_id}", summary="Get a member")
async def get_member(actor: Reader, session: SessionDep, member_id: UUID) -> MemberOut:
    return await members.get_member(session, tenant_of(actor), member_id)


@router.patch("/api/v1/members/{member_id}", summary="Change a member; tokens follow at once")
@audited("member.changed", "api_key.revoked")
async def change_member(
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    member_id: UUID,
    body: MemberChange,
) -> MemberOut:
    return await members.change_member(session, resources, actor, tenant_of(actor), member_id, body)


@router.delete(
    "/api/v1/members/{member_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Remove a member; their sessions and keys here end",
)
@audited("member.removed", "api_key.revoked")
async def remove_member(
    actor: Writer, session: SessionDep, resources: ResourcesDep, member_id: UUID
) -> None:
    await members.remove_member(session, resources, actor, tenant_of(actor), member_id)
