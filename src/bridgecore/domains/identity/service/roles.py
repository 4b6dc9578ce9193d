"""Roles a tenant makes for itself, beside the built-in ones."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity.errors import (
    BeyondYourRights,
    RoleInUse,
    RoleNotFound,
    RoleTaken,
)
from bridgecore.domains.identity.models import Role
from bridgecore.domains.identity.repository import access, people
from bridgecore.domains.identity.schemas.access import RoleChange, RoleIn, RoleOut
from bridgecore.domains.identity.service.api_keys import check_scopes, tenant_of
from bridgecore.domains.identity.service.members import check_rights
from bridgecore.domains.identity.service.permissions import (
    STAFF_ROLES,
    TENANT_ROLES,
)
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.auth import Actor
from bridgecore.infra.problems import Conflict
from bridgecore.infra.resources import Resources

MOST_ROLES = 100
_RESERVED = frozenset(TENANT_ROLES) | frozenset(STAFF_ROLES) | {"api_key"}


async def list_roles(session: AsyncSession, actor: Actor) -> list[RoleOut]:
    """The built-in roles, then the tenant's own by code."""
    own = await access.roles(session, tenant_of(actor))
    return [_built_in(code) for code in TENANT_ROLES] + [_out(role) for role in own]


async def get_role(session: AsyncSession, actor: Actor, code: str) -> RoleOut:
    """Raises RoleNotFound."""
    if code in TENANT_ROLES:
        return _built_in(code)
    return _out(await _role(session, actor, code))


async def create_role(session: AsyncSession, actor: Actor, wanted: RoleIn) -> RoleOut:
    """Raises RoleTaken, BeyondYourRights, ValidationFailed, Conflict past `MOST_ROLES`."""
    tenant_id = tenant_of(actor)
    await people.lock_places(session, tenant_id)
    if wanted.code in _RESERVED:
        raise RoleTaken(f"{wanted.code} is the name of a built-in role.")
    if await access.role(session, tenant_id, wanted.code) is not None:
        raise RoleTaken
    if len(await access.roles(session, tenant_id)) >= MOST_ROLES:
        raise Conflict(f"A tenant may have {MOST_ROLES} roles of its own.")
    check_scopes(actor, wanted.permissions)
    role = Role(
        tenant_id=tenant_id,
        code=wanted.code,
        name=wanted.name,
        permissions=sorted(set(wanted.permissions)),
    )
    session.add(role)
    await session.flush()
    await session.refresh(role)
    await audit.record(
        session,
        actor,
        "role.created",
        target_type="role",
        target_id=role.code,
        changes={"name": role.name, "permissions": role.permissions},
    )
    return _out(role)


async def change_role(
    session: AsyncSession, resources: Resources, actor: Actor, code: str, wanted: RoleChange
) -> RoleOut:
    """Change a role; who has it follows from the next request.

    Raises RoleNotFound, BeyondYourRights (also for the own role), ValidationFailed.
    """
    role = await _role(session, actor, code, lock=True)
    given = wanted.model_dump(exclude_unset=True, exclude_none=True)
    if "permissions" in given:
        if actor.role == code:
            raise BeyondYourRights("You can't change what your own role allows.")
        check_rights(actor, frozenset(role.permissions))
        check_scopes(actor, given["permissions"])
        given["permissions"] = sorted(set(given["permissions"]))
    changes = audit.difference({name: getattr(role, name) for name in given}, given)
    for name, value in given.items():
        setattr(role, name, value)
    await session.flush()
    await session.refresh(role)
    await audit.record(
        session, actor, "role.changed", target_type="role", target_id=code, changes=changes
    )
    await tenancy.touch(session, resources, role.tenant_id)
    return _out(role)


async def remove_role(session: AsyncSession, resources: Resources, actor: Actor, code: str) -> None:
    """Raises RoleNotFound, RoleInUse, BeyondYourRights."""
    # whoever gives somebody a role holds this lock too
    await people.lock_places(session, tenant_of(actor))
    role = await _role(session, actor, code, lock=True)
    check_rights(actor, frozenset(role.permissions))
    if await access.role_in_use(session, role.tenant_id, code):
        raise RoleInUse
    await session.delete(role)
    await session.flush()
    await audit.record(session, actor, "role.removed", target_type="role", target_id=code)
    await tenancy.touch(session, resources, role.tenant_id)


async def _role(session: AsyncSession, actor: Actor, code: str, *, lock: bool = False) -> Role:
    if code in TENANT_ROLES:
        raise BeyondYourRights("Built-in roles can't be changed; make one of your own.")
    role = await access.role(session, tenant_of(actor), code, lock=lock)
    if role is None:
        raise RoleNotFound
    return role


def _built_in(code: str) -> RoleOut:
    return RoleOut(
        code=code,
        name=code.title(),
        permissions=sorted(TENANT_ROLES[code]),
        built_in=True,
    )


def _out(role: Role) -> RoleOut:
    return RoleOut(
        code=role.code,
        name=role.name,
        permissions=list(role.permissions),
        built_in=False,
        created_at=role.created_at,
    )
