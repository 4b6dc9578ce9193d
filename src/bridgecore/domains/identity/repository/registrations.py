"""Queries of registrations: one-time tokens that hold a person until their address is verified."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity.models import OneTimeToken

PURPOSE = "email_verification"
_WAITING = (OneTimeToken.purpose == PURPOSE, OneTimeToken.used_at.is_(None))


async def waiting(
    session: AsyncSession, *, registration_id: UUID | None = None, email: str | None = None
) -> OneTimeToken | None:
    """The newest registration that matches and is not over, locked. Needs a platform session."""
    query = select(OneTimeToken).where(*_WAITING, OneTimeToken.expires_at > func.clock_timestamp())
    if registration_id is not None:
        query = query.where(OneTimeToken.id == registration_id)
    if email is not None:
        query = query.where(OneTimeToken.email == email)
    found: OneTimeToken | None = await session.scalar(
        query.order_by(OneTimeToken.created_at.desc()).limit(1).with_for_update()
    )
    return found


async def close(session: AsyncSession, email: str) -> None:
    """End every registration of an address and forget what it held. Needs a platform session."""
    await session.execute(
        update(OneTimeToken)
        .where(OneTimeToken.purpose == PURPOSE, OneTimeToken.email == email)
        .values(used_at=func.coalesce(OneTimeToken.used_at, func.clock_timestamp()), details={})
    )
