"""Members of a tenant: added, changed and removed, within their plan and the actor's rights."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity import events
from bridgecore.domains.identity.errors import (
    AlreadyMember,
    BeyondYourRights,
    LastOwner,
    MemberNotFound,
    RoleNotFound,
)
from bridgecore.domains.identity.models import Membership
from bridgecore.domains.identity.repository import access, invitations, people
from bridgecore.domains.identity.schemas.people import MemberChange, MemberFilter, MemberOut
from bridgecore.domains.identity.schemas.sign_in import Place
from bridgecore.domains.identity.service.api_keys import revoke_beyond, tenant_of
from bridgecore.domains.identity.service.people import (
    WELCOME_DAYS,
    hashed,
    note_created,
    request_reset,
)
from bridgecore.domains.identity.service.permissions import OWNER, TENANT_ROLES, covers
from bridgecore.domains.identity.service.revocation import tokens_before
from bridgecore.domains.identity.service.sessions import end_session_of_member, end_sessions
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.errors import TenantNotFound, UserLimitReached
from bridgecore.infra.auth import Actor, ActorKind
from bridgecore.infra.outbox import announce
from bridgecore.infra.problems import ValidationFailed
from bridgecore.infra.resources import Resources
from bridgecore.kit.emails import normal_email
from bridgecore.kit.ids import uuid7

_CANT_BE_EMPTY = ("role", "is_active", "matched")


async def add_member(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    *,
    email: str,
    full_name: str,
    role: str,
    password: str | None = None,
    must_change: bool = False,
    enforce_rules: bool | None = None,
) -> MemberOut:
    """Give a person a place; one who is new to the platform is made.

    `session` is the tenant's or the platform's. `password` is for new people only: nobody else's
    is changed, and without one they get a link. Password rules hold for what people ask for, not
    for the system itself (`actor` None), unless `enforce_rules` says otherwise.

    Raises AlreadyMember, RoleNotFound, BeyondYourRights, UserLimitReached, WeakPassword.
    """
    email = normal_email(email)
    rules = actor is not None if enforce_rules is None else enforce_rules
    check_rights(actor, await role_permissions(session, tenant_id, role))
    password_hash = await hashed(resources, password, email, enforce_rules=rules)
    await people.lock_places(session, tenant_id)
    await check_limit(session, tenant_id, besides=email)
    user_id, created = await people.ensure_person(
        session,
        uuid7(),
        email=email,
        full_name=full_name,
        password_hash=password_hash,
        must_change=must_change,
    )
    if await people.place(session, tenant_id, user_id) is not None:
        raise AlreadyMember
    place = Membership(tenant_id=tenant_id, user_id=user_id, role=role)
    session.add(place)
    await session.flush()
    # an invitation that waited for them has nothing left to give
    await invitations.revoke_open(session, tenant_id, email)
    if created:
        await note_created(session, actor, user_id, email, tenant_id)
        if password_hash is None:
            await request_reset(
                session,
                resources,
                user_id,
                email,
                timedelta(days=WELCOME_DAYS),
                tenant_id=tenant_id,
                created_by=actor.id if actor else None,
            )
    await audit.record(
        session,
        actor,
        "member.added",
        target_type="member",
        target_id=place.id,
        tenant_id=tenant_id,
        changes={"email": email, "role": role},
    )
    await announce(
        session,
        events.MEMBER_ADDED,
        {"membership_id": str(place.id), "user_id": str(user_id), "email": email, "role": role},
        tenant_id=tenant_id,
    )
    return await get_member(session, tenant_id, place.id)


async def create_owner(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    email: str,
    full_name: str,
    password: str | None = None,
) -> MemberOut:
    """Add an owner; raises as `add_member` does."""
    return await add_member(
        session,
        resources,
        actor,
        tenant_id,
        email=email,
        full_name=full_name,
        role=OWNER,
        password=password,
    )


async def get_member(session: AsyncSession, tenant_id: UUID, membership_id: UUID) -> MemberOut:
    """Raises MemberNotFound."""
    row = await people.member(session, tenant_id, membership_id=membership_id)
    if row is None:
        raise MemberNotFound
    return _out(row)


async def find_member(
    session: AsyncSession,
    tenant_id: UUID,
    *,
    user_id: UUID | None = None,
    email: str | None = None,
) -> MemberOut | None:
    """A member by person or by email; one of the two is needed."""
    if user_id is None and email is None:
        raise ValueError("name a person or an email")
    row = await people.member(
        session,
        tenant_id,
        user_id=user_id,
        email=email.strip().lower() if email is not None else None,
    )
    return _out(row) if row is not None else None


async def list_members(
    session: AsyncSession, tenant_id: UUID, wanted: MemberFilter, skip: int, limit: int
) -> tuple[list[MemberOut], int]:
    rows, total = await people.members(session, tenant_id, wanted, skip, limit)
    return [_out(row) for row in rows], total


async def members_count(session: AsyncSession, tenant_id: UUID) -> int:
    """Active members: what the plan's limit counts."""
    return await people.count_places(session, tenant_id)


async def change_member(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    membership_id: UUID,
    wanted: MemberChange,
) -> MemberOut:
    """Change role, activity or Odoo place; tokens follow from the next request.

    Raises MemberNotFound, RoleNotFound, BeyondYourRights, LastOwner, UserLimitReached.
    """
    await people.lock_places(session, tenant_id)
    place = await _locked(session, tenant_id, membership_id)
    given = wanted.model_dump(exclude_unset=True)
    if empty := [name for name in _CANT_BE_EMPTY if given.get(name, "") is None]:
        raise ValidationFailed(f"{', '.join(empty)} can't be empty.")
    changes = audit.difference({name: getattr(place, name) for name in given}, given)
    if "role" in changes or "is_active" in changes:
        await _check_standing(session, actor, place, given)
    for name, value in given.items():
        setattr(place, name, value)
    await session.flush()
    await _follow(session, resources, place, changes)
    await audit.record(
        session,
        actor,
        "member.changed",
        target_type="member",
        target_id=place.id,
        tenant_id=tenant_id,
        changes=changes,
    )
    return await get_member(session, tenant_id, membership_id)


async def _check_standing(
    session: AsyncSession, actor: Actor | None, place: Membership, given: dict[str, Any]
) -> None:
    """Whether the actor may change this person's role or activity so."""
    if actor is not None and actor.membership_id == place.id:
        raise BeyondYourRights("You can't change your own role or activity; ask another member.")
    check_rights(actor, await _permissions_now(session, place))
    role = given.get("role", place.role)
    check_rights(actor, await role_permissions(session, place.tenant_id, role))
    stays_active = given.get("is_active", place.is_active)
    if place.is_active and place.role == OWNER and not (stays_active and role == OWNER):
        await _check_other_owner(session, place.tenant_id)
    if stays_active and not place.is_active:
        await check_limit(session, place.tenant_id)


async def _follow(
    session: AsyncSession, resources: Resources, place: Membership, changes: dict[str, list[Any]]
) -> None:
    """What a change of a place means for sessions, keys and whoever listens."""
    payload: dict[str, Any] = {
        "membership_id": str(place.id),
        "user_id": str(place.user_id),
        "changed": sorted(changes),
        "role": place.role,
        "is_active": place.is_active,
    }
    if "role" not in changes and "is_active" not in changes:
        await announce(session, events.MEMBER_CHANGED, payload, tenant_id=place.tenant_id)
        return
    await tokens_before(
        session,
        resources,
        events.MEMBER_CHANGED,
        payload,
        tenant_id=place.tenant_id,
        scope=str(place.tenant_id),
        subject=place.id,
        instant=time.time(),
    )
    if not place.is_active:
        await end_sessions(session, resources, "deactivated", membership_id=place.id)
    allowed = await _permissions_now(session, place) if place.is_active else frozenset[str]()
    await revoke_beyond(session, resources, place.tenant_id, place.id, allowed)


async def remove_member(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    membership_id: UUID,
) -> None:
    """Take a person's place away; their sessions here, and keys they made, end.

    Raises MemberNotFound, BeyondYourRights, LastOwner.
    """
    await people.lock_places(session, tenant_id)
    place = await _locked(session, tenant_id, membership_id)
    check_rights(actor, await _permissions_now(session, place))
    if place.role == OWNER and place.is_active:
        await _check_other_owner(session, tenant_id)
    instant = time.time()
    await end_sessions(session, resources, "removed", membership_id=place.id)
    await revoke_beyond(session, resources, tenant_id, place.id, frozenset())
    shown = await people.shown_person(session, place.user_id)
    payload = {"membership_id": str(place.id), "user_id": str(place.user_id)}
    await session.delete(place)
    await session.flush()
    await tokens_before(
        session,
        resources,
        events.MEMBER_REMOVED,
        dict(payload),
        tenant_id=tenant_id,
        scope=str(tenant_id),
        subject=membership_id,
        instant=instant,
    )
    await audit.record(
        session,
        actor,
        "member.removed",
        target_type="member",
        target_id=membership_id,
        tenant_id=tenant_id,
        changes={**payload, "email": shown.email if shown else "", "role": place.role},
    )


async def end_member_session(
    session: AsyncSession,
    resources: Resources,
    actor: Actor,
    membership_id: UUID,
    session_id: UUID,
) -> None:
    """Sign a member out of one place. Raises MemberNotFound, SessionNotFound, BeyondYourRights."""
    place = await people.place_by_id(session, tenant_of(actor), membership_id)
    if place is None:
        raise MemberNotFound
    check_rights(actor, await _permissions_now(session, place))
    await end_session_of_member(session, resources, actor, membership_id, session_id)


async def role_permissions(session: AsyncSession, tenant_id: UUID, role: str) -> frozenset[str]:
    """What a role of this tenant allows. Raises RoleNotFound."""
    built_in = TENANT_ROLES.get(role)
    if built_in is not None:
        return built_in
    found = await access.role(session, tenant_id, role)
    if found is None:
        raise RoleNotFound(f"There is no role {role}.")
    return frozenset(found.permissions)


def check_rights(actor: Actor | None, wanted: frozenset[str]) -> None:
    """Raises BeyondYourRights unless the actor holds all of `wanted`.

    The system and staff give what they like; their own routes say who of them may.
    """
    if actor is None or actor.kind is ActorKind.STAFF:
        return
    if not covers(actor.permissions, wanted):
        raise BeyondYourRights


async def _permissions_now(session: AsyncSession, place: Membership) -> frozenset[str]:
    try:
        return await role_permissions(session, place.tenant_id, place.role)
    except RoleNotFound:
        return frozenset()


async def check_limit(
    session: AsyncSession, tenant_id: UUID, *, besides: str | None = None, promised: bool = True
) -> None:
    """Raises UserLimitReached when the plan has no room for one more.

    Places promised by invitations count too, but for that of the address `besides`; with
    `promised` False they don't: whoever accepts one takes what was promised.
    """
    tenant = await tenancy.get_tenant(session, tenant_id)
    limit = tenant.max_users
    if limit is None:
        limit = (await tenancy.get_plan(session, tenant.plan_id)).max_users
    if limit is None:
        return
    taken = await people.count_places(session, tenant_id)
    if promised:
        taken += await invitations.count_waiting(session, tenant_id, besides=besides)
    if taken >= limit:
        raise UserLimitReached(
            f"This tenant may have {limit} people; raise its plan or remove somebody first."
        )


async def _check_other_owner(session: AsyncSession, tenant_id: UUID) -> None:
    if await people.count_places(session, tenant_id, role=OWNER) < 2:
        raise LastOwner


async def _locked(session: AsyncSession, tenant_id: UUID, membership_id: UUID) -> Membership:
    place = await people.place_by_id(session, tenant_id, membership_id, lock=True)
    if place is None:
        raise MemberNotFound
    return place


async def tenants_of(resources: Resources, user_id: UUID) -> list[Place]:
    """Every tenant a person belongs to, the last used first; deleted ones left out."""
    found: list[Place] = []
    async with resources.database.platform() as session:
        for place in await people.places_of(session, user_id):
            try:
                tenant = await tenancy.get_tenant(session, place.tenant_id)
            except TenantNotFound:
                continue
            if tenant.status == "deleted":
                continue
            found.append(
                Place(
                    tenant_id=tenant.id,
                    membership_id=place.id,
                    name=tenant.name,
                    slug=tenant.slug,
                    status=tenant.status,
                    role=place.role,
                    is_active=place.is_active,
                )
            )
    return found


def _out(row: Row[Any]) -> MemberOut:
    place: Membership = row[0]
    columns = {name: getattr(place, name) for name in _COLUMNS}
    return MemberOut(
        **columns,
        email=row.email,
        full_name=row.full_name,
        second_factor=row.totp_confirmed_at is not None,
    )


_COLUMNS = tuple(
    name for name in MemberOut.model_fields if name not in ("email", "full_name", "second_factor")
)
