"""Signing in with a password, and a second factor where a person has one.

No database connection is held while a password is hashed. Unknown accounts take as long as known
ones and get the same answer.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity.errors import (
    AccountDisabled,
    CredentialsRefused,
    EmailNotVerified,
    InvalidCredentials,
    NoTenant,
    NotStaff,
    SecondFactorRequired,
)
from bridgecore.domains.identity.models import Membership, User
from bridgecore.domains.identity.repository import people
from bridgecore.domains.identity.repository import sessions as session_rows
from bridgecore.domains.identity.schemas.sign_in import AppSession, AppSignIn
from bridgecore.domains.identity.service import second_factor
from bridgecore.domains.identity.service.grants import (
    SessionKind,
    SignedIn,
    holder_of,
    refusal_of,
)
from bridgecore.domains.identity.service.parts import parts_of
from bridgecore.domains.identity.service.sessions import end_sessions, open_session
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.errors import TenantNotFound
from bridgecore.domains.tenancy.schemas import TenantOut
from bridgecore.infra.auth import Actor
from bridgecore.infra.problems import Forbidden, ProblemError
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

log = structlog.get_logger(__name__)


class Door(StrEnum):
    """Where a sign-in knocks, which decides what it may open."""

    APP = "app"
    ANY = "any"
    PEOPLE = "people"  # whoever another system vouches for: never staff
    STAFF = "staff"


async def sign_in(
    resources: Resources,
    door: Door,
    *,
    email: str,
    password: str,
    tenant: str | None = None,
    code: str | None = None,
    by_cookie: bool = False,
    bearer_sent: bool = False,
    user_agent: str = "",
) -> SignedIn:
    """Open a session. `tenant` is a slug or id; else the place used last is taken.

    Raises LoginThrottled; InvalidCredentials (CredentialsRefused with `bearer_sent`, see there);
    once the password was right: EmailNotVerified, AccountDisabled, SecondFactorRequired,
    InvalidCode, NoTenant, NotStaff, and the tenant's refusal when it is suspended, deleted or past
    its trial.
    """
    parts = parts_of(resources)
    await parts.throttle.attempt(email)
    async with resources.database.anonymous() as session:
        claimed = await people.credentials_at_sign_in(session, email)
    found, verified = claimed or (None, False)
    right, better = await parts.passwords.verify(password, found.password_hash if found else None)
    if found is None or not right:
        log.info("sign_in_refused", door=door.value)
        raise _wrong(bearer_sent)
    await parts.throttle.succeeded(email)
    if not verified:
        raise EmailNotVerified
    if not found.is_active:
        raise AccountDisabled
    known = found.password_hash
    if better is not None:
        known = await _renewed(resources, found, better)
        if known != better and not (await parts.passwords.verify(password, known))[0]:
            raise _wrong(bearer_sent)  # changed at this very moment
    context = {
        "door": door.value,
        "tenant": tenant,
        "cookie": by_cookie,
        "password": _fingerprint(known),
    }
    if found.second_factor and code is None:
        raise SecondFactorRequired(challenge=parts.signer.challenge(found.id, context))
    return await _enter(resources, found.id, context, code, bearer_sent, user_agent)


async def _renewed(resources: Resources, found: people.Credentials, better: str) -> str | None:
    """Store a better hash of the same password, unless it changed meanwhile; what is stored now."""
    async with resources.database.platform() as session:
        person = await people.person(session, found.id, lock=True)
        if person is None:
            return None
        if person.password_hash == found.password_hash:
            person.password_hash = better
        return person.password_hash


async def finish_sign_in(
    resources: Resources,
    challenge: str,
    code: str,
    *,
    bearer_sent: bool = False,
    user_agent: str = "",
) -> SignedIn:
    """The second step, with what SecondFactorRequired gave. Raises as `sign_in` does."""
    user_id, context = parts_of(resources).signer.verify_challenge(challenge)
    return await _enter(resources, user_id, context, code, bearer_sent, user_agent)


async def sign_in_proven(
    resources: Resources,
    user_id: UUID,
    *,
    tenant: str | None,
    by_cookie: bool,
    user_agent: str,
) -> SignedIn:
    """Open a session for somebody another system vouches for, never one of staff.

    A second factor of ours is asked for as ever. Raises as `sign_in` does.
    """
    async with resources.database.platform() as session:
        person = await people.person(session, user_id)
    if person is None:
        raise AccountDisabled
    context = {
        "door": Door.PEOPLE.value,
        "tenant": tenant,
        "cookie": by_cookie,
        "password": _fingerprint(person.password_hash),
    }
    return await _enter(resources, user_id, context, None, False, user_agent)


async def _enter(
    resources: Resources,
    user_id: UUID,
    context: dict[str, Any],
    code: str | None,
    bearer_sent: bool,
    user_agent: str,
) -> SignedIn:
    async with resources.database.platform() as session:
        person = await people.person(session, user_id, lock=True)
        if person is None or _fingerprint(person.password_hash) != context["password"]:
            raise _wrong(bearer_sent)
        if not person.is_active:
            raise AccountDisabled
        if person.totp_confirmed_at is not None:
            if code is None:
                raise SecondFactorRequired(
                    challenge=parts_of(resources).signer.challenge(user_id, context)
                )
            await second_factor.check_code(session, resources, person, code)
        person.last_login_at = utcnow()
        return await _open(
            session,
            resources,
            person,
            Door(context["door"]),
            context["tenant"],
            by_cookie=context["cookie"],
            user_agent=user_agent,
        )


async def _open(
    session: AsyncSession,
    resources: Resources,
    person: User,
    door: Door,
    wanted: str | None,
    *,
    by_cookie: bool,
    user_agent: str,
) -> SignedIn:
    holder = holder_of(person)
    if door is Door.STAFF and person.platform_role is None:
        raise NotStaff
    if door is Door.STAFF or (door is Door.ANY and person.platform_role and wanted is None):
        return await open_session(
            session,
            resources,
            holder,
            SessionKind.STAFF,
            by_cookie=by_cookie,
            user_agent=user_agent,
        )
    try:
        place, tenant = await choose_place(session, person.id, wanted)
    except NoTenant:
        if door is Door.APP or wanted is not None:
            raise
        return await open_session(
            session,
            resources,
            holder,
            SessionKind.PERSON,
            by_cookie=by_cookie,
            user_agent=user_agent,
        )
    return await open_session(
        session,
        resources,
        holder,
        SessionKind.APP if door is Door.APP else SessionKind.DASHBOARD,
        place=place,
        tenant=tenant,
        by_cookie=by_cookie,
        user_agent=user_agent,
    )


async def choose_place(
    session: AsyncSession, user_id: UUID, wanted: str | None
) -> tuple[Membership, TenantOut]:
    """The place to work in, locked and noted as used: `wanted`, else the last one that is open.

    Raises NoTenant, or what keeps the person out of the first place that fits.
    """
    kept_out: ProblemError | None = None
    for place in await people.places_of(session, user_id):
        try:
            tenant = await tenancy.get_tenant(session, place.tenant_id)
        except TenantNotFound:
            continue
        if wanted is not None and wanted.lower() not in (tenant.slug, str(tenant.id)):
            continue
        locked = await people.place_by_id(session, tenant.id, place.id, lock=True)
        if locked is None:
            continue
        if not locked.is_active:
            kept_out = kept_out or AccountDisabled("Your account is not active in this tenant.")
        elif refused := refusal_of(tenant):
            kept_out = kept_out or refused
        else:
            locked.last_login_at = utcnow()
            return locked, tenant
    if kept_out is not None:
        raise kept_out
    if wanted is not None:
        raise NoTenant("You belong to no tenant of this name.")
    raise NoTenant


async def switch_tenant(
    resources: Resources, actor: Actor, wanted: str, *, by_cookie: bool, user_agent: str = ""
) -> SignedIn:
    """Leave the current session for one in another tenant of the same person.

    Raises NoTenant, AccountDisabled, the tenant's refusal, and Forbidden for API keys.
    """
    async with resources.database.platform() as session:
        person = await people.person(session, actor.id, lock=True)
        if person is None or not person.is_active:
            raise AccountDisabled
        place, tenant = await choose_place(session, actor.id, wanted)
        previous = (
            await session_rows.one(session, actor.session_id, lock=True)
            if actor.session_id is not None
            else None
        )
        if previous is None or previous.ended_at is not None:
            raise Forbidden("Only people who are signed in can change between tenants.")
        granted = await open_session(
            session,
            resources,
            holder_of(person),
            SessionKind.APP if previous.kind == SessionKind.APP else SessionKind.DASHBOARD,
            place=place,
            tenant=tenant,
            by_cookie=by_cookie,
            user_agent=user_agent,
        )
        await end_sessions(session, resources, "switched tenant", session_id=previous.id)
        return granted


def _wrong(bearer_sent: bool) -> ProblemError:
    return CredentialsRefused() if bearer_sent else InvalidCredentials()


def _fingerprint(password_hash: str | None) -> str:
    """Tells whether a password changed between two steps, without carrying its hash."""
    return hashlib.sha256((password_hash or "").encode()).hexdigest()[:32]


async def sign_in_app(
    resources: Resources, wanted: AppSignIn, *, bearer_sent: bool = False, user_agent: str = ""
) -> AppSession:
    """Open a session as existing apps do; its refresh token stays the same for its life.

    What the tenant's Odoo says (`odoo_fields_check`) is for the gateway to add.
    Raises as `sign_in` does.
    """
    granted = await sign_in(
        resources,
        Door.APP,
        email=wanted.email,
        password=wanted.password.get_secret_value(),
        tenant=wanted.tenant,
        code=wanted.code,
        bearer_sent=bearer_sent,
        user_agent=user_agent,
    )
    assert granted.pair.tenant is not None
    return AppSession(
        access_token=granted.pair.access_token,
        refresh_token=granted.refresh_token,
        expires_in=granted.pair.expires_in,
        user=granted.pair.user,
        tenant=granted.pair.tenant,
    )
