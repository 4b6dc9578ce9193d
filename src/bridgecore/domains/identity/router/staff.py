"""People of the whole platform, and who runs it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status

from bridgecore.domains.audit.service import audited, unaudited
from bridgecore.domains.identity.schemas.access import PermissionOut, StaffRoleOut
from bridgecore.domains.identity.schemas.people import (
    Search,
    StaffChange,
    StaffIn,
    UserChange,
    UserFilter,
    UserOut,
)
from bridgecore.domains.identity.schemas.sign_in import Done
from bridgecore.domains.identity.service import people, staff
from bridgecore.domains.identity.service.permissions import STAFF_PERMISSIONS
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Page, PagingDep, SessionDep

router = APIRouter(prefix="/admin", tags=["people"], route_class=IdempotentRoute)

UserReader = Annotated[Actor, Depends(requires_staff("users:read"))]
UserWriter = Annotated[Actor, Depends(requires_staff("users:write"))]
StaffReader = Annotated[Actor, Depends(requires_staff("staff:read"))]
StaffWriter = Annotated[Actor, Depends(requires_staff("staff:write"))]


@router.get("/users", summary="List people of every tenant")
async def list_users(
    actor: UserReader,
    session: SessionDep,
    wanted: Annotated[UserFilter, Depends()],
    paging: PagingDep,
) -> Page[UserOut]:
    items, total = await people.list_users(session, wanted, paging.skip, paging.limit)
    return Page(items=items, total=total)


@router.get("/users/{user_id}", summary="Get a person")
async def get_user(actor: UserReader, session: SessionDep, user_id: UUID) -> UserOut:
    return await people.get_user(session, user_id)


@router.patch("/users/{user_id}", summary="Change or deactivate a person")
@audited("user.changed")
async def change_user(
    actor: UserWriter,
    session: SessionDep,
    resources: ResourcesDep,
    user_id: UUID,
    body: UserChange,
) -> UserOut:
    return await people.change_user(session, resources, actor, user_id, body)


@router.post("/users/{user_id}/send-password-link", summary="Send a link to set a new password")
@unaudited("changes nothing yet; setting the password is audited")
async def send_password_link(
    actor: UserWriter, session: SessionDep, resources: ResourcesDep, user_id: UUID
) -> Done:
    await people.send_password_link(session, resources, actor, user_id)
    return Done(message="A link is on its way.")


@router.delete(
    "/users/{user_id}/totp",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Switch off the second factor of somebody who lost it",
)
@audited("second_factor.disabled")
async def reset_second_factor(actor: UserWriter, session: SessionDep, user_id: UUID) -> None:
    await people.reset_second_factor(session, actor, user_id)


@router.get("/roles", summary="List the roles of staff and what they allow")
async def list_staff_roles(actor: StaffReader) -> Page[StaffRoleOut]:
    found = staff.staff_roles()
    return Page(items=found, total=len(found))


@router.get("/roles/permissions", summary="List every permission of staff")
async def list_staff_permissions(actor: StaffReader) -> Page[PermissionOut]:
    found = [
        PermissionOut(permission=permission, description=description)
        for permission, description in STAFF_PERMISSIONS.items()
    ]
    return Page(items=found, total=len(found))


@router.get("/staff", summary="List who runs the platform")
async def list_staff(
    actor: StaffReader,
    session: SessionDep,
    paging: PagingDep,
    search: Annotated[Search | None, Query()] = None,
) -> Page[UserOut]:
    items, total = await staff.list_staff(session, search, paging.skip, paging.limit)
    return Page(items=items, total=total)


@router.post("/staff", status_code=status.HTTP_201_CREATED, summary="Make somebody staff")
@audited("staff.added", "user.created")
async def add_staff(
    actor: StaffWriter, session: SessionDep, resources: ResourcesDep, body: StaffIn
) -> UserOut:
    return await staff.add_staff(session, resources, actor, body)


@router.get("/staff/{user_id}", summary="Get a member of staff")
async def get_staff(actor: StaffReader, session: SessionDep, user_id: UUID) -> UserOut:
    return await staff.get_staff(session, user_id)


@router.patch("/staff/{user_id}", summary="Change role or activity of staff")
@audited("staff.changed")
async def change_staff(
    actor: StaffWriter,
    session: SessionDep,
    resources: ResourcesDep,
    user_id: UUID,
    body: StaffChange,
) -> UserOut:
    return await staff.change_staff(session, resources, actor, user_id, body)


@router.delete(
    "/staff/{user_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Take staff rights away; the person stays",
)
@audited("staff.removed")
async def remove_staff(
    actor: StaffWriter, session: SessionDep, resources: ResourcesDep, user_id: UUID
) -> None:
    await staff.remove_staff(session, resources, actor, user_id)
