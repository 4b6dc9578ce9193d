"""Queries of who people are in other systems. All need a platform session."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity.models import ExternalIdentity
from bridgecore.kit.ids import uuid7


async def used(session: AsyncSession, provider: str, issuer: str, subject: str) -> UUID | None:
    """Whose identity this is, noted as used now; None of one not known."""
    found: UUID | None = await session.scalar(
        update(ExternalIdentity)
        .where(
            ExternalIdentity.provider == provider,
            ExternalIdentity.issuer == issuer,
            ExternalIdentity.subject == subject,
        )
        .values(last_used_at=func.clock_timestamp())
        .returning(ExternalIdentity.user_id)
    )
    return found


async def link(
    session: AsyncSession, user_id: UUID, provider: str, issuer: str, subject: str
) -> UUID | None:
    """The new link's id, or None where another request linked the identity at this moment."""
    made: UUID | None = await session.scalar(
        insert(ExternalIdentity)
        .values(id=uuid7(), user_id=user_id, provider=provider, issuer=issuer, subject=subject)
        .on_conflict_do_nothing()
        .returning(ExternalIdentity.id)
    )
    return made
