"""Queries of sessions and one-time tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity.models import OneTimeToken, Session


class SessionPointer(NamedTuple):
    """Where a session is, before its tenant is known."""

    id: UUID
    tenant_id: UUID | None
    membership_id: UUID | None
    user_id: UUID
    kind: str


async def locate(session: AsyncSession, family_hash: bytes) -> SessionPointer | None:
    row = (
        await session.execute(
            text(
                "SELECT id, tenant_id, membership_id, user_id, kind FROM identity_session(:family)"
            ),
            {"family": family_hash},
        )
    ).one_or_none()
    return SessionPointer(*row) if row is not None else None


async def one(session: AsyncSession, session_id: UUID, *, lock: bool = False) -> Session | None:
    query = select(Session).where(Session.id == session_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Session | None = await session.scalar(query)
    return found


async def page(
    session: AsyncSession,
    *,
    user_id: UUID | None,
    tenant_id: UUID | None,
    membership_id: UUID | None,
    skip: int,
    limit: int,
) -> tuple[Sequence[Session], int]:
    """Sessions that are open, the last used first."""
    query = select(Session).where(
        Session.ended_at.is_(None), Session.expires_at > func.clock_timestamp()
    )
    if user_id is not None:
        query = query.where(Session.user_id == user_id)
    if tenant_id is not None:
        query = query.where(Session.tenant_id == tenant_id)
    if membership_id is not None:
        query = query.where(Session.membership_id == membership_id)
    rows = await session.scalars(
        query.order_by(Session.last_used_at.desc(), Session.id).offset(skip).limit(limit)
    )
    total = await session.scalar(query.with_only_columns(func.count(Session.id)).order_by(None))
    return rows.all(), total or 0


async def end(
    session: AsyncSession,
    reason: str,
    *,
    session_id: UUID | None = None,
    user_id: UUID | None = None,
    membership_id: UUID | None = None,
    kinds: Sequence[str] = (),
    keep: UUID | None = None,
) -> Sequence[Session]:
    """End the open sessions that match; returns those that were ended now.

    A tenant session ends only those of its tenant. At least one of the three ids is needed.
    """
    if session_id is None and user_id is None and membership_id is None:
        raise ValueError("ending every session of everybody is not meant")
    change = update(Session).where(Session.ended_at.is_(None))
    if session_id is not None:
        change = change.where(Session.id == session_id)
    if user_id is not None:
        change = change.where(Session.user_id == user_id)
    if membership_id is not None:
        change = change.where(Session.membership_id == membership_id)
    if kinds:
        change = change.where(Session.kind.in_(kinds))
    if keep is not None:
        change = change.where(Session.id != keep)
    return (
        await session.scalars(
            change.values(
                ended_at=func.clock_timestamp(), end_reason=reason, successor=None
            ).returning(Session)
        )
    ).all()


async def spend_token(session: AsyncSession, purpose: str, hash: bytes) -> OneTimeToken | None:
    """Use up a one-time token, or None when it is not good (any more)."""
    found: OneTimeToken | None = await session.scalar(
        update(OneTimeToken)
        .where(
            OneTimeToken.hash == hash,
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > func.clock_timestamp(),
        )
        .values(used_at=func.clock_timestamp())
        .returning(OneTimeToken)
    )
    return found


async def void_tokens(session: AsyncSession, purpose: str, user_id: UUID) -> None:
    """Make earlier links of one kind useless."""
    await session.execute(
        update(OneTimeToken)
        .where(
            OneTimeToken.user_id == user_id,
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
        )
        .values(used_at=func.clock_timestamp())
    )


async def forget(session: AsyncSession, before: datetime, *, batch: int) -> int:
    """Delete up to `batch` sessions and as many tokens that were over before a moment."""
    sessions = await session.execute(
        delete(Session).where(
            Session.id.in_(
                select(Session.id)
                .where(or_(Session.ended_at < before, Session.expires_at < before))
                .limit(batch)
            )
        )
    )
    tokens = await session.execute(
        delete(OneTimeToken).where(
            OneTimeToken.id.in_(
                select(OneTimeToken.id).where(OneTimeToken.expires_at < before).limit(batch)
            )
        )
    )
    return max(getattr(sessions, "rowcount", 0), getattr(tokens, "rowcount", 0))
