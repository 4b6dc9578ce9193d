"""What is done at set times: figures of finished hours and days, partitions, forgetting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.usage.repository import failures, partitions, platform, rollups
from bridgecore.domains.usage.repository.rollups import Kind
from bridgecore.domains.usage.schemas.periods import floor_day
from bridgecore.domains.usage.service.periods import KEEP_DAYS
from bridgecore.infra.db import Database

log = structlog.get_logger(__name__)

DAYS_AHEAD = 2
FIGURES_KEEP_DAYS = 800  # two years and a month: a year beside the one before
_LOOK_BACK: dict[Kind, timedelta] = {"hour": timedelta(hours=48), "day": timedelta(days=2)}


async def make_figures(database: Database, kind: Kind, start: datetime) -> int:
    """Make the figures of the hour or day that begins at `start`. Returns how many rows."""
    async with database.platform() as session:
        return await rollups.make(session, kind, start)


async def make_missing_figures(database: Database, kind: Kind, now: datetime) -> int:
    """Make the figures of every finished hour or day that lacks them. Returns how many did.

    At least two days back, and further where earlier ones were made or became stale. Each is
    committed by itself, so work that is stopped goes on where it was.
    """
    async with database.platform() as session:
        starts = await rollups.missing(
            session,
            kind,
            since=_floor(kind, now - _LOOK_BACK[kind]),
            oldest=floor_day(now) - timedelta(days=KEEP_DAYS),
        )
    for start in starts:
        await make_figures(database, kind, start)
    return len(starts)


async def ensure_partitions(database: Database, now: datetime) -> int:
    """Make the partitions of today and the days ahead. Returns how many were made."""
    async with database.platform() as session:
        today = floor_day(now).date()
        return await partitions.ensure(session, today, today + timedelta(days=DAYS_AHEAD))


async def clean_up(database: Database, now: datetime) -> None:
    """Forget logs and hours of more than 90 days ago, and errors whose lines are gone."""
    before = floor_day(now) - timedelta(days=KEEP_DAYS)
    dropped = []
    while True:
        # one a transaction: dropping locks the log for a moment
        async with database.platform() as session:
            name = await partitions.drop_oldest(session, before.date())
        if name is None:
            break
        dropped.append(name)
    async with database.platform() as session:
        hours, days = await rollups.forget(
            session,
            hours_before=before,
            days_before=floor_day(now) - timedelta(days=FIGURES_KEEP_DAYS),
        )
    async with database.platform() as session:
        groups = await failures.forget_groups(session, before)
    log.info(
        "logs_cleaned",
        partitions=len(dropped),
        hours=hours,
        days=days,
        error_groups=groups,
    )


def _floor(kind: Kind, moment: datetime) -> datetime:
    if kind == "day":
        return floor_day(moment)
    return moment.replace(minute=0, second=0, microsecond=0)


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    """Delete the logs and figures of purged tenants. Needs a platform session."""
    await platform.forget_tenants(session, tenant_ids)
