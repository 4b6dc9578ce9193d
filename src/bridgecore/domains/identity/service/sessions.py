"""Sessions: opened by a sign-in, listed, and ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity.errors import SessionNotFound
from bridgecore.domains.identity.models import Membership, Session
from bridgecore.domains.identity.repository import people
from bridgecore.domains.identity.repository import sessions as repository
from bridgecore.domains.identity.schemas.sign_in import SessionOut
from bridgecore.domains.identity.service.grants import (
    Holder,
    SessionKind,
    SignedIn,
    access_for,
    actor_kind_of,
    actor_of,
    grant,
    holder_of,
    life_of,
    locked_place,
)
from bridgecore.domains.identity.service.parts import parts_of
from bridgecore.domains.identity.service.revocation import sessions_ended
from bridgecore.domains.identity.service.tokens import RefreshToken
from bridgecore.domains.tenancy.schemas import TenantOut
from bridgecore.infra.auth import Actor
from bridgecore.infra.problems import Unauthorized
from bridgecore.infra.resources import Resources
from bridgecore.infra.telemetry import client_address
from bridgecore.kit.clock import utcnow
from bridgecore.kit.ids import uuid7


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
        expires_at=now + life_of(resources, kind),
    )
    session.add(row)
    await session.flush()
    granted = grant(resources, row, holder, place, tenant, token)
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


async def hold_place(session: AsyncSession, actor: Actor) -> None:
    """Lock the actor's place, before sessions are touched: see the order in `refresh`."""
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
    place, _, closed = await locked_place(session, row.tenant_id, row.membership_id)
    if person is None or closed is not None:
        raise closed or SessionNotFound()
    return access_for(resources, row, holder_of(person), place)


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
                kind=actor_kind_of(SessionKind(row.kind)),
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
