"""Queries of invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity.models import Invitation, User
from bridgecore.domains.identity.schemas.invitations import InvitationFilter, InvitationStatus

_OPEN = (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
_COUNT = func.count(Invitation.id)


class Shown(NamedTuple):
    """An invitation as its link finds it, before its tenant is known to the caller.

    `account`: somebody goes by this address already; `has_password`: and has a password.
    """

    id: UUID
    tenant_id: UUID
    email: str
    full_name: str
    role: str
    language: str
    invited_by: str | None
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None
    tenant_name: str
    tenant_slug: str
    account: bool
    has_password: bool


async def by_token(session: AsyncSession, token_hash: bytes) -> Shown | None:
    row = (
        await session.execute(
            text("SELECT * FROM identity_invitation(:hash)"), {"hash": token_hash}
        )
    ).one_or_none()
    return Shown(*row) if row is not None else None


async def one(
    session: AsyncSession, invitation_id: UUID, *, tenant_id: UUID | None, lock: bool = False
) -> Invitation | None:
    """An invitation, of one tenant where `tenant_id` is given."""
    query = select(Invitation).where(Invitation.id == invitation_id)
    if tenant_id is not None:
        query = query.where(Invitation.tenant_id == tenant_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Invitation | None = await session.scalar(query)
    return found


async def waiting(session: AsyncSession, tenant_id: UUID, email: str) -> Invitation | None:
    """The invitation of this address that was neither accepted nor revoked, expired or not."""
    found: Invitation | None = await session.scalar(
        select(Invitation).where(
            Invitation.tenant_id == tenant_id, Invitation.email == email, *_OPEN
        )
    )
    return found


async def revoke_open(session: AsyncSession, tenant_id: UUID, email: str) -> None:
    """End what waits for this address."""
    await session.execute(
        update(Invitation)
        .where(Invitation.tenant_id == tenant_id, Invitation.email == email, *_OPEN)
        .values(revoked_at=func.clock_timestamp())
    )


async def count_waiting(
    session: AsyncSession, tenant_id: UUID, *, besides: str | None = None
) -> int:
    """How many places are promised by invitations that are still good."""
    query = select(_COUNT).where(
        Invitation.tenant_id == tenant_id,
        Invitation.expires_at > func.clock_timestamp(),
        *_OPEN,
    )
    if besides is not None:
        query = query.where(Invitation.email != besides)
    return await session.scalar(query) or 0


async def page(
    session: AsyncSession,
    wanted: InvitationFilter,
    tenant_id: UUID | None,
    skip: int,
    limit: int,
) -> tuple[Sequence[Row[Any]], int]:
    """Rows of (Invitation, name of the inviter), the newest first."""
    rows = await session.execute(
        _filtered(_invitations(), wanted, tenant_id)
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        .offset(skip)
        .limit(limit)
    )
    total = await session.scalar(
        _filtered(select(_COUNT).select_from(Invitation), wanted, tenant_id)
    )
    return rows.all(), total or 0


async def shown(session: AsyncSession, invitation_id: UUID) -> Row[Any] | None:
    """One row as `page` gives it."""
    return (
        await session.execute(_invitations().where(Invitation.id == invitation_id))
    ).one_or_none()


def _invitations() -> Select[*tuple[Any, ...]]:
    # a tenant sees its members alone, so of staff who invited it sees no name
    return select(Invitation, User.full_name.label("inviter")).outerjoin(
        User, User.id == Invitation.invited_by
    )


def _filtered(
    query: Select[*tuple[Any, ...]], wanted: InvitationFilter, tenant_id: UUID | None
) -> Select[*tuple[Any, ...]]:
    if tenant_id is not None:
        query = query.where(Invitation.tenant_id == tenant_id)
    if wanted.search:
        query = query.where(
            or_(
                Invitation.email.icontains(wanted.search, autoescape=True),
                Invitation.full_name.icontains(wanted.search, autoescape=True),
            )
        )
    match wanted.status:
        case InvitationStatus.PENDING:
            query = query.where(*_OPEN, Invitation.expires_at > func.clock_timestamp())
        case InvitationStatus.EXPIRED:
            query = query.where(*_OPEN, Invitation.expires_at <= func.clock_timestamp())
        case InvitationStatus.ACCEPTED:
            query = query.where(Invitation.accepted_at.is_not(None))
        case InvitationStatus.REVOKED:
            query = query.where(Invitation.revoked_at.is_not(None))
        case None:
            pass
    return query


async def forget(session: AsyncSession, before: datetime, *, batch: int) -> int:
    """Delete up to `batch` invitations that were over before a moment."""
    result = await session.execute(
        delete(Invitation).where(
            Invitation.id.in_(
                select(Invitation.id)
                .where(
                    or_(
                        Invitation.expires_at < before,
                        Invitation.accepted_at < before,
                        Invitation.revoked_at < before,
                    )
                )
                .limit(batch)
            )
        )
    )
    return int(getattr(result, "rowcount", 0))


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    await session.execute(delete(Invitation).where(Invitation.tenant_id.in_(tenant_ids)))
