"""People themselves: made, changed, their passwords set and forgotten."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity import events
from bridgecore.domains.identity.errors import (
    BeyondYourRights,
    EmailTaken,
    InvalidCode,
    TokenUsed,
    UserNotFound,
    WeakPassword,
)
from bridgecore.domains.identity.models import OneTimeToken, User
from bridgecore.domains.identity.repository import people
from bridgecore.domains.identity.repository import sessions as tokens
from bridgecore.domains.identity.schemas.people import UserChange, UserFilter, UserOut
from bridgecore.domains.identity.schemas.sign_in import PasswordChanged
from bridgecore.domains.identity.service.parts import parts_of
from bridgecore.domains.identity.service.passwords import check_password
from bridgecore.domains.identity.service.permissions import STAFF_PERMISSIONS, STAFF_ROLES, covers
from bridgecore.domains.identity.service.second_factor import clear
from bridgecore.domains.identity.service.sessions import end_sessions, hold_place, renewed_access
from bridgecore.infra.auth import Actor
from bridgecore.infra.crypto import associated_data, generate_token, hash_token
from bridgecore.infra.jobs import enqueue
from bridgecore.infra.outbox import announce
from bridgecore.infra.problems import Forbidden
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from bridgecore.kit.emails import normal_email
from bridgecore.kit.ids import uuid7

RESET_HOURS = 2
WELCOME_DAYS = 7
RESET_PREFIX = "bc_reset"
FORGOTTEN_JOB = "identity.send_password_link"
PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose


async def create_user(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    *,
    email: str,
    full_name: str,
    password: str | None = None,
    must_change: bool = False,
    enforce_rules: bool = True,
    locale: str = "en",
) -> UserOut:
    """Make a person. Needs a platform session. Raises EmailTaken, WeakPassword, ValueError.

    Without a password nobody can sign in as them until one is set.
    """
    email = normal_email(email)
    if await people.person_by_email(session, email) is not None:
        raise EmailTaken
    person = User(
        email=email,
        full_name=full_name,
        password_hash=await hashed(resources, password, email, enforce_rules=enforce_rules),
        must_change_password=must_change,
        locale=locale,
    )
    session.add(person)
    await session.flush()
    await session.refresh(person)
    await note_created(session, actor, person.id, email, None)
    return user_out(person, 0)


async def hashed(
    resources: Resources, password: str | None, email: str, *, enforce_rules: bool = True
) -> str | None:
    """The hash of a password that keeps the rules; None of none. Raises WeakPassword."""
    if password is None:
        return None
    if enforce_rules:
        check_password(password, email)
    return await parts_of(resources).passwords.hash(password)


async def note_created(
    session: AsyncSession, actor: Actor | None, user_id: UUID, email: str, tenant_id: UUID | None
) -> None:
    await audit.record(
        session,
        actor,
        "user.created",
        target_type="user",
        target_id=user_id,
        tenant_id=tenant_id,
        changes={"email": email},
    )
    await announce(
        session,
        events.USER_CREATED,
        {"user_id": str(user_id), "email": email},
        tenant_id=tenant_id,
    )


async def find_user(session: AsyncSession, email: str) -> UserOut | None:
    """The person with this email. Needs a platform session."""
    person = await people.person_by_email(session, email.strip().lower())
    return user_out(person, 0) if person is not None else None


async def get_user(session: AsyncSession, user_id: UUID) -> UserOut:
    """Needs a platform session. Raises UserNotFound."""
    person = await _person(session, user_id)
    return user_out(person, len(await people.places_of(session, user_id)))


async def list_users(
    session: AsyncSession, wanted: UserFilter, skip: int, limit: int
) -> tuple[list[UserOut], int]:
    rows, total = await people.users(session, wanted, skip, limit)
    return [user_out(person, tenants) for person, tenants in rows], total


async def change_user(
    session: AsyncSession, resources: Resources, actor: Actor, user_id: UUID, wanted: UserChange
) -> UserOut:
    """Change a person, for staff. Deactivating ends their sessions everywhere.

    Raises UserNotFound, and BeyondYourRights for staff of more rights than the actor's.
    """
    person = await _person(session, user_id, lock=True)
    check_reach(actor, person)
    given = wanted.model_dump(exclude_unset=True, exclude_none=True)
    before = {name: getattr(person, name) for name in given}
    if given.get("is_active") is False and person.id == actor.id:
        raise BeyondYourRights("You can't deactivate yourself.")
    for name, value in given.items():
        setattr(person, name, value)
    await session.flush()
    if before.get("is_active") and not person.is_active:
        await end_sessions(session, resources, "deactivated", user_id=user_id)
    changes = audit.difference(before, given)
    await audit.record(
        session, actor, "user.changed", target_type="user", target_id=user_id, changes=changes
    )
    await announce(
        session, events.USER_CHANGED, {"user_id": str(user_id), "changed": sorted(changes)}
    )
    return await get_user(session, user_id)


async def reset_second_factor(session: AsyncSession, actor: Actor, user_id: UUID) -> None:
    """Switch off the second factor of somebody who lost it. Raises as `change_user` does."""
    person = await _person(session, user_id, lock=True)
    check_reach(actor, person)
    await clear(session, actor, person)


async def send_password_link(
    session: AsyncSession, resources: Resources, actor: Actor, user_id: UUID
) -> None:
    """Send somebody a link that sets a password. Raises as `change_user` does."""
    person = await _person(session, user_id)
    check_reach(actor, person)
    await request_reset(
        session,
        resources,
        person.id,
        person.email,
        timedelta(hours=RESET_HOURS),
        created_by=actor.id,
    )


def check_reach(actor: Actor, person: User) -> None:
    """Raises BeyondYourRights when the person is staff with rights the actor lacks."""
    if person.platform_role is None:
        return
    theirs = STAFF_ROLES.get(person.platform_role, frozenset())
    if not covers(actor.permissions, theirs, STAFF_PERMISSIONS):
        raise BeyondYourRights


# ── passwords ──────────────────────────────────────────────────────────────────────────────────


async def set_password(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    user_id: UUID,
    password: str,
    *,
    must_change: bool = False,
    enforce_rules: bool = True,
    keep_session: UUID | None = None,
) -> None:
    """Set a password and end the person's sessions, `keep_session` excepted.

    Needs a platform session. Raises UserNotFound, WeakPassword.
    """
    person = await _person(session, user_id, lock=True)
    person.password_hash = await hashed(
        resources, password, person.email, enforce_rules=enforce_rules
    )
    person.must_change_password = must_change
    await session.flush()
    await tokens.void_tokens(session, PASSWORD_RESET, user_id)
    await end_sessions(session, resources, "password changed", user_id=user_id, keep=keep_session)
    await audit.record(
        session, actor, "user.password_changed", target_type="user", target_id=user_id
    )
    await announce(session, events.USER_PASSWORD_CHANGED, {"user_id": str(user_id)})


async def change_password(
    resources: Resources, actor: Actor, current: str, new: str
) -> PasswordChanged:
    """The actor's own; their other sessions end.

    Raises InvalidCode for a wrong current password, WeakPassword, LoginThrottled, Forbidden for
    API keys.
    """
    if actor.session_id is None:
        raise Forbidden("An API key has no password.")
    parts = parts_of(resources)
    await parts.throttle.attempt(actor.email)
    async with resources.database.anonymous() as session:
        found = await people.credentials(session, actor.email)
    known = found.password_hash if found is not None and found.id == actor.id else None
    right, _ = await parts.passwords.verify(current, known)
    if not right:
        raise InvalidCode("The current password is wrong.")
    await parts.throttle.succeeded(actor.email)
    if new == current:
        raise WeakPassword("The new password is the current one; choose another.")
    async with resources.database.platform() as session:
        person = await _person(session, actor.id, lock=True)
        if person.password_hash != known:
            raise InvalidCode("The current password is wrong.")
        await hold_place(session, actor)
        await set_password(session, resources, actor, actor.id, new, keep_session=actor.session_id)
        token, seconds = await renewed_access(session, resources, actor.session_id)
    return PasswordChanged(access_token=token, expires_in=seconds)


async def forgot_password(resources: Resources, email: str) -> None:
    """Have a link sent, if somebody has this email: the answer, and its time, don't tell.

    Raises LoginThrottled after too many tries from one address or for one account.
    """
    await parts_of(resources).throttle.attempt(f"reset:{email}")
    async with resources.database.anonymous() as session:
        await enqueue(resources.jobs, session, FORGOTTEN_JOB, email=email)


async def send_forgotten(resources: Resources, email: str) -> None:
    """The job behind `forgot_password`."""
    async with resources.database.platform() as session:
        person = await people.person_by_email(session, email)
        if person is not None and person.is_active:
            await request_reset(
                session, resources, person.id, person.email, timedelta(hours=RESET_HOURS)
            )


async def request_reset(
    session: AsyncSession,
    resources: Resources,
    user_id: UUID,
    email: str,
    life: timedelta,
    *,
    tenant_id: UUID | None = None,
    created_by: UUID | None = None,
) -> None:
    """Announce a link that sets a password once. Only its hash, and a sealed copy, are kept."""
    plain = generate_token(RESET_PREFIX)
    row = OneTimeToken(
        id=uuid7(),
        purpose=PASSWORD_RESET,
        hash=hash_token(plain),
        user_id=user_id,
        email=email,
        tenant_id=tenant_id,
        created_by=created_by,
        expires_at=utcnow() + life,
    )
    session.add(row)
    await session.flush()
    await announce(
        session,
        events.PASSWORD_RESET_REQUESTED,
        {
            "user_id": str(user_id),
            "email": email,
            "one_time_token_id": str(row.id),
            "sealed_token": await seal_token(resources, row.id, plain),
            "first_password": tenant_id is not None,
            "expires_at": row.expires_at.isoformat(),
        },
        tenant_id=tenant_id,
    )


async def seal_token(resources: Resources, token_id: UUID, plain: str) -> str:
    """A one-time token as an event carries it, for `open_sealed_token`."""
    sealed = await resources.cipher.encrypt(plain.encode(), _token_place(str(token_id)))
    return base64.b64encode(sealed).decode()


async def open_sealed_token(resources: Resources, payload: dict[str, Any]) -> str:
    """The link's token from the payload of an event with a `sealed_token`, to be mailed."""
    sealed = base64.b64decode(payload["sealed_token"])
    plain = await resources.cipher.decrypt(sealed, _token_place(payload["one_time_token_id"]))
    return plain.decode()


async def reset_password(resources: Resources, token: str, new: str) -> None:
    """Set a password by link; every session ends. Raises TokenUsed, WeakPassword."""
    async with resources.database.platform() as session:
        spent = await tokens.spend_token(session, PASSWORD_RESET, hash_token(token))
        if spent is None or spent.user_id is None:
            raise TokenUsed
        person = await people.person(session, spent.user_id, lock=True)
        if person is None or not person.is_active:
            raise TokenUsed
        # who can read the mail of an address has it
        person.email_verified_at = person.email_verified_at or utcnow()
        await set_password(session, resources, None, person.id, new)


def _token_place(token_id: str) -> bytes:
    return associated_data("one_time_tokens", "token", token_id)


def user_out(person: User, tenants: int) -> UserOut:
    return UserOut(
        id=person.id,
        email=person.email,
        full_name=person.full_name,
        is_active=person.is_active,
        must_change_password=person.must_change_password,
        platform_role=person.platform_role,
        second_factor=person.totp_confirmed_at is not None,
        locale=person.locale,
        tenants=tenants,
        last_login_at=person.last_login_at,
        created_at=person.created_at,
    )


async def _person(session: AsyncSession, user_id: UUID, *, lock: bool = False) -> User:
    person = await people.person(session, user_id, lock=lock)
    if person is None:
        raise UserNotFound
    return person
