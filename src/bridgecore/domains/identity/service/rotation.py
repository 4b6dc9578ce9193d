"""Sealed secrets of people, brought under the current key."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from bridgecore.domains.identity.models import User
from bridgecore.domains.identity.service.second_factor import secret_place
from bridgecore.infra.resources import Resources

BATCH = 200


async def rotate_secrets(resources: Resources) -> int:
    """Seal TOTP secrets anew; returns how many were under an older key.

    Resumes where an earlier run stopped, because what is current is left alone. Successors of
    refresh tokens are sealed too, and are gone within seconds.
    """
    changed = 0
    after: UUID | None = None
    while True:
        async with resources.database.platform() as session:
            query = select(User).where(User.totp_secret.is_not(None))
            if after is not None:
                query = query.where(User.id > after)
            rows = (
                await session.scalars(query.order_by(User.id).limit(BATCH).with_for_update())
            ).all()
            for person in rows:
                assert person.totp_secret is not None
                if resources.cipher.needs_rotation(person.totp_secret):
                    person.totp_secret = await resources.cipher.rewrap(
                        person.totp_secret, secret_place(person.id)
                    )
                    changed += 1
        if len(rows) < BATCH:
            return changed
        after = rows[-1].id
