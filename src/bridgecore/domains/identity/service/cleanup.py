"""Forgetting what is long over: sessions, one-time tokens, tenants that were purged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity.repository import access, invitations, sessions
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

BATCH = 5_000


async def forget_ended(resources: Resources, kept: timedelta) -> None:
    """Delete what ended longer ago than `kept`, in short transactions."""
    before = utcnow() - kept
    while True:
        async with resources.database.platform() as session:
            gone = await sessions.forget(session, before, batch=BATCH)
            gone = max(gone, await invitations.forget(session, before, batch=BATCH))
        if gone < BATCH:
            return


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    """Delete everything of purged tenants. The people stay: they may be elsewhere too.

    Needs a platform session.
    """
    await access.forget_tenants(session, tenant_ids)
    await invitations.forget_tenants(session, tenant_ids)
