"""Forgetting: events kept long enough, figures of long ago, purged tenants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.webhooks.repository import events, figures
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

log = structlog.get_logger(__name__)

FIGURES_DAYS = 90
_AT_ONCE = 5_000


async def forget_old(resources: Resources) -> int:
    """Delete events past their time, a bounded part a transaction. Returns how many went."""
    settings = resources.settings
    now = utcnow()
    gone = 0
    for dead, days in (
        (False, settings.webhook_event_days),
        (True, settings.webhook_dead_letter_days),
    ):
        before = now - timedelta(days=days)
        async with resources.database.platform() as session:
            tenants = await events.tenants(session)
        for tenant_id in tenants:
            while True:
                async with resources.database.tenant(tenant_id) as session:
                    part = await events.forget(session, tenant_id, before, _AT_ONCE, dead=dead)
                gone += part
                if part < _AT_ONCE:
                    break
    async with resources.database.platform() as session:
        hours = await figures.forget(session, now - timedelta(days=FIGURES_DAYS))
    log.info("webhook_events_forgotten", events=gone, hours=hours)
    return gone


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    """Delete what this domain holds of purged tenants. Needs a platform session."""
    for tenant_id in tenant_ids:
        await events.forget_tenant(session, tenant_id)
