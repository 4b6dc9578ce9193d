"""Forgetting sessions and one-time tokens that are long over."""

from __future__ import annotations

from datetime import timedelta

from bridgecore.domains.identity.repository import sessions
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

BATCH = 5_000


async def forget_ended(resources: Resources, kept: timedelta) -> None:
    """Delete what ended longer ago than `kept`, in short transactions."""
    before = utcnow() - kept
    while True:
        async with resources.database.platform() as session:
            if await sessions.forget(session, before, batch=BATCH) < BATCH:
                return
