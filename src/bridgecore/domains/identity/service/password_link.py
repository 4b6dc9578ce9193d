"""A link that sets a password once, told to whoever made the person instead of being mailed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity.models import OneTimeToken
from bridgecore.domains.identity.service.letters import page
from bridgecore.domains.identity.service.people import (
    PASSWORD_RESET,
    RESET_PREFIX,
    WELCOME_DAYS,
    get_user,
)
from bridgecore.infra.crypto import generate_token, hash_token
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow


async def password_link(session: AsyncSession, resources: Resources, user_id: UUID) -> str:
    """The address of a page where this person sets their password, once, within a week.

    Needs a platform session. Only the token's hash is kept. Raises UserNotFound.
    """
    person = await get_user(session, user_id)
    plain = generate_token(RESET_PREFIX)
    session.add(
        OneTimeToken(
            purpose=PASSWORD_RESET,
            hash=hash_token(plain),
            user_id=user_id,
            email=person.email,
            expires_at=utcnow() + timedelta(days=WELCOME_DAYS),
        )
    )
    await session.flush()
    return page(resources.settings, "reset-password", plain)
