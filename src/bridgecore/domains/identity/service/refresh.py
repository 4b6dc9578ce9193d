"""Refreshing: rotation, the moment of grace, and the end of a session whose token comes twice.

Whoever needs several rows locks them in the order person, place, session; a place stays locked
until the tokens made for it are committed, so a change of role comes either before or after them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity.errors import AccountDisabled, TokenExpired, TokenRevoked
from bridgecore.domains.identity.models import Session
from bridgecore.domains.identity.repository import people
from bridgecore.domains.identity.repository import sessions as repository
from bridgecore.domains.identity.service.grants import (
    Holder,
    SessionKind,
    SignedIn,
    grant,
    holder_of,
    life_of,
    locked_place,
)
from bridgecore.domains.identity.service.revocation import sessions_ended
from bridgecore.domains.identity.service.tokens import RefreshToken
from bridgecore.infra.crypto import associated_data, same_secret
from bridgecore.infra.problems import ProblemError, Unauthorized
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

GRACE = timedelta(seconds=10)


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
    place, tenant, closed = await locked_place(session, where.tenant_id, where.membership_id)
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
    row.expires_at = now + life_of(resources, kind)
    return grant(resources, row, holder, place, tenant, successor)


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


def _successor_place(session_id: UUID) -> bytes:
    return associated_data("sessions", "successor", str(session_id))
