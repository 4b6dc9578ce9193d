"""Sessions: opened by a sign-in, kept by refresh tokens, ended by people or by misuse.

Whoever needs several rows locks them in the order person, place, session; a place stays locked
until the tokens made for it are committed, so a change of role comes either before or after them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity.errors import (
    AccountDisabled,
    SessionNotFound,
    TokenExpired,
    TokenRevoked,
)
from bridgecore.domains.identity.models import Membership, Session
from bridgecore.domains.identity.repository import people
from bridgecore.domains.identity.repository import sessions as repository
from bridgecore.domains.identity.schemas.sign_in import (
    SessionOut,
    SignedInTenant,
    SignedInUser,
    TokenPair,
)
from bridgecore.domains.identity.service.parts import parts_of
from bridgecore.domains.identity.service.revocation import sessions_ended
from bridgecore.domains.identity.service.tokens import (
    ACTOR_KINDS,
    USER_TYPES,
    RefreshToken,
    Subject,
    TokenKind,
)
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.errors import TenantDeleted, TenantNotFound
from bridgecore.domains.tenancy.schemas import TenantOut
from bridgecore.infra.auth import Actor
from bridgecore.infra.crypto import associated_data, same_secret
from bridgecore.infra.problems import ProblemError, Unauthorized
from bridgecore.infra.resources import Resources
from bridgecore.infra.telemetry import client_address
from bridgecore.kit.clock import utcnow
from bridgecore.kit.ids import uuid7

GRACE = timedelta(seconds=10)


class SessionKind(StrEnum):
    APP = "app"  # one refresh token for life: existing apps never store a second
    DASHBOARD = "dashboard"
    STAFF = "staff"
    PERSON = "person"


TENANT_SIDE = frozenset({SessionKind.APP, SessionKind.DASHBOARD, SessionKind.PERSON})
STAFF_SIDE = frozenset({SessionKind.STAFF})
EITHER_SIDE = TENANT_SIDE | STAFF_SIDE

_TOKEN_KINDS = {
    SessionKind.APP: TokenKind.TENANT,
    SessionKind.DASHBOARD: TokenKind.TENANT,
    SessionKind.STAFF: TokenKind.STAFF,
    SessionKind.PERSON: TokenKind.PERSON,
}


class Holder(NamedTuple):
    """The person behind a session, as far as their tokens and answers tell."""

    id: UUID
    email: str
    full_name: str
    platform_role: str | None
    must_change_password: bool
    locale: str


class SignedIn(NamedTuple):
    """A session with fresh tokens. `refresh_token` is here even where the answer leaves it out."""

    pair: TokenPair
    refresh_token: str
    refresh_seconds: int
    kind: SessionKind
    by_cookie: bool


async def open_session(
    session: AsyncSession,
    resources: Resources,
    holder: Holder,
    kind: SessionKind,
    *,
    place: Membership | None = None,
    tenant: TenantOut | None = None,
    by_cookie: bool = False,
    user_agent: str = "",
) -> SignedIn:
    """Open a session. Needs a platform session that holds the lock of the person and the place."""
    token = RefreshToken.fresh()
    now = utcnow()
    row = Session(
        id=uuid7(),
        tenant_id=place.tenant_id if place else None,
        user_id=holder.id,
        membership_id=place.id if place else None,
        kind=kind,
        by_cookie=by_cookie,
        family_hash=token.family_hash,
        refresh_hash=token.secret_hash,
        user_agent=user_agent[:200].replace("\x00", ""),
        client_address=client_address.get()[:64],
        last_used_at=now,
        expires_at=now + _life(resources, kind),
    )
    session.add(row)
    await session.flush()
    granted = _grant(resources, row, holder, place, tenant, token)
    await audit.record(
        session,
        actor_of(granted, row),
        "session.opened",
        target_type="session",
        target_id=row.id,
        tenant_id=row.tenant_id,
        changes={"kind": kind.value},
    )
    return granted


async def refresh(resources: Resources, text: str, kinds: Collection[SessionKind]) -> SignedIn:
    """Fresh tokens for a refresh token of a session of one of `kinds`.

    Raises Unauthorized for text that is no such token, TokenExpired, TokenRevoked, and what keeps
    the person out now: AccountDisabled or the refusal of their tenant. A token that was spent
    before ends its session, except the last one within `GRACE`, which gets the same successor.
    """
    token = RefreshToken.parse(text)
    if token is None:
        raise Unauthorized("This is not a refresh token of this platform.")
    async with resources.database.anonymous() as session:
        where = await repository.locate(session, token.family_hash)
    if where is None or where.kind not in kinds:
        raise Unauthorized("This refresh token is not known here; sign in again.")
    database = resources.database
    opened = database.tenant(where.tenant_id) if where.tenant_id else database.platform()
    async with opened as session:
        outcome = await _refreshed(session, resources, where, token)
    # raised only now: the end of a misused session has to be kept
    if isinstance(outcome, ProblemError):
        raise outcome
    return outcome


async def _refreshed(
    session: AsyncSession,
    resources: Resources,
    where: repository.SessionPointer,
    token: RefreshToken,
) -> SignedIn | ProblemError:
    holder = await _holder(session, where)
    place, tenant, closed = await _place(session, where.tenant_id, where.membership_id)
    row = await repository.one(session, where.id, lock=True)
    now = utcnow()
    if row is None or row.ended_at is not None:
        return TokenRevoked("This session was ended; sign in again.")
    if row.expires_at <= now:
        return TokenExpired("This session has expired; sign in again.")
    current = same_secret(token.secret_hash, row.refresh_hash)
    if not current and not _in_grace(row, token):
        await _misused(session, resources, row)
        return TokenRevoked(
            "This refresh token was used before, so its session is ended; sign in again."
        )
    if holder is None:
        return AccountDisabled()
    if closed is not None:
        return closed
    kind = SessionKind(row.kind)
    if kind is SessionKind.APP:
        successor = token
    elif current:
        successor = await _rotated(resources, row, token)
    else:
        assert row.successor is not None
        secret = await resources.cipher.decrypt(row.successor, _successor_place(row.id))
        successor = RefreshToken(secret.decode(), token.family)
    row.last_used_at = now
    row.expires_at = now + _life(resources, kind)
    return _grant(resources, row, holder, place, tenant, successor)


def _in_grace(row: Session, token: RefreshToken) -> bool:
    """Whether this is the previous token, come again so soon that an answer may have been lost."""
    return (
        row.previous_hash is not None
        and row.successor is not None
        and row.rotated_at is not None
        and row.rotated_at > utcnow() - GRACE
        and same_secret(token.secret_hash, row.previous_hash)
    )


async def _rotated(resources: Resources, row: Session, token: RefreshToken) -> RefreshToken:
    successor = RefreshToken.fresh(token.family)
    row.previous_hash, row.refresh_hash = row.refresh_hash, successor.secret_hash
    row.rotated_at = utcnow()
    row.successor = await resources.cipher.encrypt(
        successor.secret.encode(), _successor_place(row.id)
    )
    return successor


async def _misused(session: AsyncSession, resources: Resources, row: Session) -> None:
    ended = await repository.end(session, "reuse", session_id=row.id)
    await sessions_ended(session, resources, ended, "reuse")
    await audit.record(
        session,
        None,
        "session.ended",
        target_type="session",
        target_id=row.id,
        tenant_id=row.tenant_id,
        reason="a refresh token was used a second time",
    )


async def _holder(session: AsyncSession, where: repository.SessionPointer) -> Holder | None:
    """The person of a session, or None when they may no longer sign in."""
    if where.tenant_id is not None:
        shown = await people.shown_person(session, where.user_id)
        if shown is None or not shown.is_active:
            return None
        return Holder(
            shown.id,
            shown.email,
            shown.full_name,
            None,
            shown.must_change_password,
            shown.locale,
        )
    person = await people.person(session, where.user_id, lock=True)
    if person is None or not person.is_active:
        return None
    if where.kind == SessionKind.STAFF and person.platform_role is None:
        return None
    return holder_of(person)


def holder_of(person: Any) -> Holder:
    """From a row of people read in a platform session."""
    return Holder(
        person.id,
        person.email,
        person.full_name,
        person.platform_role,
        person.must_change_password,
        person.locale,
    )


async def _place(
    session: AsyncSession, tenant_id: UUID | None, membership_id: UUID | None
) -> tuple[Membership | None, TenantOut | None, ProblemError | None]:
    """A place, locked, its tenant, and what keeps its person out now; nothing of no place."""
    if tenant_id is None or membership_id is None:
        return None, None, None
    place = await people.place_by_id(session, tenant_id, membership_id, lock=True)
    if place is None or not place.is_active:
        return None, None, AccountDisabled("Your account is not active in this tenant.")
    try:
        tenant = await tenancy.get_tenant(session, tenant_id)
    except TenantNotFound:
        return None, None, TenantDeleted()
    return place, tenant, refusal_of(tenant)


def refusal_of(tenant: TenantOut) -> ProblemError | None:
    """Why nobody may work in this tenant now, or None."""
    ends = int(tenant.trial_ends_at.timestamp()) if tenant.trial_ends_at else 0
    return tenancy.refusal(tenant.status, trial_ends_at=ends)


async def hold_place(session: AsyncSession, actor: Actor) -> None:
    """Lock the actor's place, before sessions are touched. See the order above."""
    if actor.tenant_id is not None and actor.membership_id is not None:
        await people.place_by_id(session, actor.tenant_id, actor.membership_id, lock=True)


async def renewed_access(
    session: AsyncSession, resources: Resources, session_id: UUID
) -> tuple[str, int]:
    """A new access token, and its seconds, for an open session whose person changed.

    Needs a platform session that holds the locks of person and place. Raises SessionNotFound.
    """
    row = await repository.one(session, session_id)
    if row is None or row.ended_at is not None:
        raise SessionNotFound
    person = await people.person(session, row.user_id)
    place, _, closed = await _place(session, row.tenant_id, row.membership_id)
    if person is None or closed is not None:
        raise closed or SessionNotFound()
    return _access(resources, row, holder_of(person), place)


def _access(
    resources: Resources, row: Session, holder: Holder, place: Membership | None
) -> tuple[str, int]:
    signer = parts_of(resources).signer
    kind = _TOKEN_KINDS[SessionKind(row.kind)]
    seconds = signer.lifetime(kind, by_cookie=row.by_cookie)
    token = signer.access(
        Subject(
            kind=kind,
            user_id=holder.id,
            email=holder.email,
            role=_role(row, holder, place),
            session_id=row.id,
            tenant_id=row.tenant_id,
            membership_id=row.membership_id,
            must_change_password=holder.must_change_password,
        ),
        seconds=seconds,
    )
    return token, seconds


def _role(row: Session, holder: Holder, place: Membership | None) -> str:
    if place is not None:
        return place.role
    return (holder.platform_role or "") if row.kind == SessionKind.STAFF else ""


def _grant(
    resources: Resources,
    row: Session,
    holder: Holder,
    place: Membership | None,
    tenant: TenantOut | None,
    token: RefreshToken,
) -> SignedIn:
    kind = SessionKind(row.kind)
    access, seconds = _access(resources, row, holder, place)
    pair = TokenPair(
        access_token=access,
        refresh_token=None if row.by_cookie else str(token),
        expires_in=seconds,
        user_type=USER_TYPES[_TOKEN_KINDS[kind]],
        user=SignedInUser(
            id=holder.id,
            email=holder.email,
            full_name=holder.full_name,
            role=_role(row, holder, place),
            odoo_user_id=place.odoo_user_id if place else None,
            must_change_password=holder.must_change_password,
            locale=holder.locale,
        ),
        tenant=SignedInTenant(
            id=tenant.id, name=tenant.name, slug=tenant.slug, status=tenant.status
        )
        if tenant
        else None,
    )
    left = max(0, int((row.expires_at - utcnow()).total_seconds()))
    return SignedIn(pair, str(token), left, kind, row.by_cookie)


def actor_of(granted: SignedIn, row: Session) -> Actor:
    """Whoever holds these tokens, as the trail names them."""
    return Actor(
        kind=ACTOR_KINDS[_TOKEN_KINDS[granted.kind]],
        id=row.user_id,
        email=granted.pair.user.email,
        tenant_id=row.tenant_id,
        membership_id=row.membership_id,
        session_id=row.id,
        role=granted.pair.user.role,
    )


def _life(resources: Resources, kind: SessionKind) -> timedelta:
    settings = resources.settings
    days = (
        settings.app_session_days if kind is SessionKind.APP else settings.refresh_token_expire_days
    )
    return timedelta(days=days)


def _successor_place(session_id: UUID) -> bytes:
    return associated_data("sessions", "successor", str(session_id))


async def sign_out(resources: Resources, tokens: Iterable[str]) -> bool:
    """End the sessions of these tokens, refresh or access, expired or not.

    False when none of them names an open session.
    """
    ended = False
    for token in tokens:
        found = await _session_of(resources, token)
        if found is None:
            continue
        session_id, tenant_id = found
        database = resources.database
        async with database.tenant(tenant_id) if tenant_id else database.platform() as session:
            ended |= await _end_one(session, resources, None, session_id, "signed out")
    return ended


async def _session_of(resources: Resources, token: str) -> tuple[UUID, UUID | None] | None:
    """The session a token belongs to, and its tenant."""
    parsed = RefreshToken.parse(token)
    if parsed is not None:
        async with resources.database.anonymous() as session:
            where = await repository.locate(session, parsed.family_hash)
        return (where.id, where.tenant_id) if where is not None else None
    try:
        claims = parts_of(resources).signer.verify_access(token, allow_expired=True)
    except Unauthorized:
        return None
    return claims.subject.session_id, claims.subject.tenant_id


async def _end_one(
    session: AsyncSession, resources: Resources, actor: Actor | None, session_id: UUID, reason: str
) -> bool:
    ended = await repository.end(session, reason, session_id=session_id)
    await sessions_ended(session, resources, ended, reason)
    for row in ended:
        await audit.record(
            session,
            actor
            or Actor(
                kind=ACTOR_KINDS[_TOKEN_KINDS[SessionKind(row.kind)]],
                id=row.user_id,
                email="",
                tenant_id=row.tenant_id,
                session_id=row.id,
            ),
            "session.ended",
            target_type="session",
            target_id=row.id,
            tenant_id=row.tenant_id,
            reason=reason,
        )
    return bool(ended)


async def end_sessions(
    session: AsyncSession,
    resources: Resources,
    reason: str,
    *,
    session_id: UUID | None = None,
    user_id: UUID | None = None,
    membership_id: UUID | None = None,
    kinds: Collection[SessionKind] = (),
    keep: UUID | None = None,
) -> int:
    """End the open sessions of a person or a membership; their tokens end with the commit.

    A tenant session ends those of its tenant only.
    """
    ended = await repository.end(
        session,
        reason,
        session_id=session_id,
        user_id=user_id,
        membership_id=membership_id,
        kinds=[kind.value for kind in kinds],
        keep=keep,
    )
    await sessions_ended(session, resources, ended, reason)
    return len(ended)


async def list_sessions(
    session: AsyncSession,
    actor: Actor,
    *,
    skip: int,
    limit: int,
    user_id: UUID | None = None,
    membership_id: UUID | None = None,
) -> tuple[list[SessionOut], int]:
    """Open sessions of a person, or of a membership of the actor's tenant."""
    rows, total = await repository.page(
        session,
        user_id=user_id,
        tenant_id=actor.tenant_id if membership_id else None,
        membership_id=membership_id,
        skip=skip,
        limit=limit,
    )
    return [
        SessionOut.model_validate(row).model_copy(update={"current": row.id == actor.session_id})
        for row in rows
    ], total


async def end_own_session(
    session: AsyncSession, resources: Resources, actor: Actor, session_id: UUID
) -> None:
    """End one of the actor's own sessions. Raises SessionNotFound."""
    row = await repository.one(session, session_id)
    if row is None or row.user_id != actor.id or row.ended_at is not None:
        raise SessionNotFound
    await _end_one(session, resources, actor, session_id, "ended by its owner")


async def end_other_sessions(session: AsyncSession, resources: Resources, actor: Actor) -> None:
    """End every session of the actor but the current one. Needs a platform session."""
    ended = await end_sessions(
        session, resources, "ended by its owner", user_id=actor.id, keep=actor.session_id
    )
    await audit.record(
        session,
        actor,
        "session.ended",
        target_type="user",
        target_id=actor.id,
        changes={"sessions": ended},
        reason="all others ended by their owner",
    )


async def end_session_of_member(
    session: AsyncSession,
    resources: Resources,
    actor: Actor,
    membership_id: UUID,
    session_id: UUID,
) -> None:
    """End a session of a member of the actor's tenant. Raises SessionNotFound."""
    row = await repository.one(session, session_id)
    if row is None or row.membership_id != membership_id or row.ended_at is not None:
        raise SessionNotFound
    await _end_one(session, resources, actor, session_id, "ended by an administrator")
