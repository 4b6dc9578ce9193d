"""Roles of the caller's tenant, and every permission there is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, status

from bridgecore.domains.audit.service import audited
from bridgecore.domains.identity.schemas.access import (
    PermissionOut,
    RoleChange,
    RoleIn,
    RoleOut,
)
from bridgecore.domains.identity.schemas.fields import RoleCode
from bridgecore.domains.identity.service import roles
from bridgecore.domains.identity.service.permissions import TENANT_PERMISSIONS
from bridgecore.infra.auth import Actor, requires_member
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Page, SessionDep

router = APIRouter(prefix="/api/v1/roles", tags=["roles"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_member("roles:read"))]
Writer = Annotated[Actor, Depends(requires_member("roles:write"))]
Code = Annotated[RoleCode, Path()]


@router.get("", summary="List roles, built-in ones first")
async def list_roles(actor: Reader, session: SessionDep) -> Page[RoleOut]:
    found = await roles.list_roles(session, actor)
    return Page(items=found, total=len(found))


@router.get("/permissions", summary="List every permission a role can hold")
async def list_permissions(actor: Reader) -> Page[PermissionOut]:
    found = [
        PermissionOut(permission=permission, description=description)
        for permission, description in TENANT_PERMISSIONS.items()
    ]
    return Page(items=found, total=len(found))


@router.post("", status_code=status.HTTP_201_CREATED, summary="Make a role")
@audited("role.created")
async def create_role(actor: Writer, session: SessionDep, body: RoleIn) -> RoleOut:
    return await roles.create_role(session, actor, body)


@router.get("/{code}", summary="Get a role")
async def get_role(actor: Reader, session: SessionDep, code: Code) -> RoleOut:
    return await roles.get_role(session, actor, code)


@router.patch("/{code}", summary="Change a role; who has it follows at once")
@audited("role.changed")
async def change_role(
    actor: Writer, session: SessionDep, resources: ResourcesDep, code: Code, body: RoleChange
) -> RoleOut:
    return await roles.change_role(session, resources, actor, code, body)


@router.delete("/{code}", status_code=status.HTTP_204_NO_CONTENT, summary="Remove a role")
@audited("role.removed")
async def remove_role(
    actor: Writer, session: SessionDep, resources: ResourcesDep, code: Code
) -> None:
    await roles.remove_role(session, resources, actor, code)
