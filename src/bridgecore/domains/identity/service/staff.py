"""Who runs the platform. There is always a super admin who can sign in."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity import events
from bridgecore.domains.identity.errors import (
    AlreadyMember,
    BeyondYourRights,
    LastSuperAdmin,
    UserNotFound,
)
from bridgecore.domains.identity.models import User
from bridgecore.domains.identity.repository import people
from bridgecore.domains.identity.schemas.access import StaffRoleOut
from bridgecore.domains.identity.schemas.people import (
    StaffChange,
    StaffIn,
    UserFilter,
    UserOut,
)
from bridgecore.domains.identity.service.grants import STAFF_SIDE
from bridgecore.domains.identity.service.passwords import PasswordHasher
from bridgecore.domains.identity.service.people import (
    WELCOME_DAYS,
    check_reach,
    get_user,
    hashed,
    note_created,
    request_reset,
    user_out,
)
from bridgecore.domains.identity.service.permissions import (
    STAFF_PERMISSIONS,
    STAFF_ROLES,
    SUPER_ADMIN,
    covers,
    expand,
)
from bridgecore.domains.identity.service.revocation import tokens_before
from bridgecore.domains.identity.service.sessions import end_sessions
from bridgecore.domains.identity.service.tokens import TokenKind
from bridgecore.infra.auth import Actor
from bridgecore.infra.outbox import announce
from bridgecore.infra.resources import Resources
from bridgecore.kit.emails import normal_email

_NAMES = {SUPER_ADMIN: "Super admin", "admin": "Admin", "support": "Support"}


async def seed_staff(
    session: AsyncSession,
    *,
    email: str,
    password: str,
    role: str = SUPER_ADMIN,
    must_change: bool = True,
    full_name: str = "Platform staff",
) -> bool:
    """Make somebody staff from outside: the first of them, or by the command line.

    Needs a platform session. Password rules are the caller's business. False: the person is staff
    already, and nothing was changed; a person who is not staff yet keeps their own password.
    """
    if role not in STAFF_ROLES:
        raise ValueError(f"{role} is not a role of staff")
    email = normal_email(email)
    await people.lock_staff(session)
    person = await people.person_by_email(session, email)
    if person is not None and person.platform_role is not None:
        return False
    if person is None:
        hasher = PasswordHasher()
        try:
            password_hash = await hasher.hash(password)
        finally:
            hasher.close()
        person = User(
            email=email,
            full_name=full_name,
            password_hash=password_hash,
            must_change_password=must_change,
        )
        session.add(person)
    person.platform_role = role
    await session.flush()
    await audit.record(
        session,
        None,
        events.STAFF_ADDED,
        target_type="user",
        target_id=person.id,
        changes={"email": email, "role": role},
    )
    await announce(session, events.STAFF_ADDED, {"user_id": str(person.id), "role": role})
    return True


async def list_staff(
    session: AsyncSession, search: str | None, skip: int, limit: int
) -> tuple[list[UserOut], int]:
    rows, total = await people.users(session, UserFilter(search=search, staff=True), skip, limit)
    return [user_out(person, tenants) for person, tenants in rows], total


async def get_staff(session: AsyncSession, user_id: UUID) -> UserOut:
    """Raises UserNotFound for people who are not staff."""
    found = await get_user(session, user_id)
    if found.platform_role is None:
        raise UserNotFound
    return found


async def add_staff(
    session: AsyncSession, resources: Resources, actor: Actor, wanted: StaffIn
) -> UserOut:
    """Make a person staff; one who is new to the platform is made, and has to choose a password.

    Raises AlreadyMember, BeyondYourRights, WeakPassword.
    """
    _check_rights(actor, wanted.role)
    await people.lock_staff(session)
    person = await people.person_by_email(session, wanted.email)
    created = person is None
    if person is None:
        password = wanted.password.get_secret_value() if wanted.password else None
        person = User(
            email=wanted.email,
            full_name=wanted.full_name,
            password_hash=await hashed(resources, password, wanted.email),
            must_change_password=password is not None,
        )
        session.add(person)
    elif person.platform_role is not None:
        raise AlreadyMember("This person is staff already.")
    person.platform_role = wanted.role
    await session.flush()
    if created:
        await note_created(session, actor, person.id, person.email, None)
        if person.password_hash is None:
            await request_reset(
                session,
                resources,
                person.id,
                person.email,
                timedelta(days=WELCOME_DAYS),
                created_by=actor.id,
            )
    await audit.record(
        session,
        actor,
        events.STAFF_ADDED,
        target_type="user",
        target_id=person.id,
        changes={"email": person.email, "role": wanted.role},
    )
    await announce(session, events.STAFF_ADDED, {"user_id": str(person.id), "role": wanted.role})
    return await get_user(session, person.id)


async def change_staff(
    session: AsyncSession,
    resources: Resources,
    actor: Actor,
    user_id: UUID,
    wanted: StaffChange,
) -> UserOut:
    """Change a role, or activity; tokens follow from the next request.

    Raises UserNotFound, BeyondYourRights (also for oneself), LastSuperAdmin.
    """
    given = wanted.model_dump(exclude_unset=True, exclude_none=True)
    person = await _staff(session, actor, user_id)
    if "role" in given:
        given["platform_role"] = given.pop("role")
        _check_rights(actor, given["platform_role"])
    await _settle(session, resources, actor, person, given, events.STAFF_CHANGED)
    return await get_user(session, user_id)


async def remove_staff(
    session: AsyncSession, resources: Resources, actor: Actor, user_id: UUID
) -> None:
    """Make somebody an ordinary person again. Raises as `change_staff` does."""
    person = await _staff(session, actor, user_id)
    await _settle(session, resources, actor, person, {"platform_role": None}, events.STAFF_REMOVED)


async def _settle(
    session: AsyncSession,
    resources: Resources,
    actor: Actor,
    person: User,
    given: dict[str, object],
    action: str,
) -> None:
    changes = audit.difference({name: getattr(person, name) for name in given}, given)
    was_super = person.platform_role == SUPER_ADMIN and person.is_active
    instant = time.time()
    for name, value in given.items():
        setattr(person, name, value)
    await session.flush()
    still_super = person.platform_role == SUPER_ADMIN and person.is_active
    if was_super and not still_super and await people.count_super_admins(session) < 1:
        raise LastSuperAdmin
    if not person.is_active:
        await end_sessions(session, resources, "deactivated", user_id=person.id)
    elif person.platform_role is None:
        await end_sessions(
            session, resources, "no longer staff", user_id=person.id, kinds=STAFF_SIDE
        )
    await tokens_before(
        session,
        resources,
        events.USER_CHANGED,
        {"user_id": str(person.id), "changed": sorted(changes)},
        tenant_id=None,
        scope=TokenKind.STAFF,
        subject=person.id,
        instant=instant,
        token=TokenKind.STAFF,
    )
    await audit.record(
        session, actor, action, target_type="user", target_id=person.id, changes=changes
    )
    await announce(session, action, {"user_id": str(person.id), "changed": sorted(changes)})


async def _staff(session: AsyncSession, actor: Actor, user_id: UUID) -> User:
    await people.lock_staff(session)
    person = await people.person(session, user_id, lock=True)
    if person is None or person.platform_role is None:
        raise UserNotFound
    if person.id == actor.id:
        raise BeyondYourRights("You can't change your own standing; ask another super admin.")
    check_reach(actor, person)
    return person


def _check_rights(actor: Actor, role: str) -> None:
    if not covers(actor.permissions, STAFF_ROLES[role], STAFF_PERMISSIONS):
        raise BeyondYourRights("Only a super admin can make somebody super admin.")


def staff_roles() -> list[StaffRoleOut]:
    """Every role of staff, with each single permission it stands for."""
    return [
        StaffRoleOut(
            code=code, name=_NAMES[code], permissions=sorted(expand(held, STAFF_PERMISSIONS))
        )
        for code, held in STAFF_ROLES.items()
    ]
