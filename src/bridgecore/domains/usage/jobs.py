"""What the usage domain does at set times (UTC). Names and times are the documents'."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.tenancy.events import TENANT_PURGED
from bridgecore.domains.usage import service
from bridgecore.domains.usage.service.maintenance import forget_tenants
from bridgecore.infra.jobs import JobSpec
from bridgecore.infra.outbox import Consumer, Event
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

log = structlog.get_logger(__name__)


async def aggregate_hourly_stats(resources: Resources, timestamp: int) -> None:
    hours = await service.make_missing_figures(resources.database, "hour", utcnow())
    log.info("hours_aggregated", hours=hours)


async def aggregate_daily_stats(resources: Resources, timestamp: int) -> None:
    days = await service.make_missing_figures(resources.database, "day", utcnow())
    log.info("days_aggregated", days=days)


async def cleanup_old_logs(resources: Resources, timestamp: int) -> None:
    await service.clean_up(resources.database, utcnow())


async def ensure_usage_partitions(resources: Resources, timestamp: int) -> None:
    await service.ensure_partitions(resources.database, utcnow())


async def report_metering(resources: Resources, timestamp: int) -> None:
    await service.keep_metering(resources, utcnow())


JOBS: Sequence[JobSpec] = (
    JobSpec("aggregate_hourly_stats", aggregate_hourly_stats, cron="5 * * * *", lock="usage:hour"),
    JobSpec("aggregate_daily_stats", aggregate_daily_stats, cron="30 0 * * *", lock="usage:day"),
    JobSpec("cleanup_old_logs", cleanup_old_logs, cron="0 2 * * *", lock="usage:cleanup"),
    JobSpec("ensure_usage_partitions", ensure_usage_partitions, cron="15 * * * *"),
    JobSpec("report_metering", report_metering, cron="*/15 * * * *", lock="usage:metering"),
)


async def _forget(session: AsyncSession, happened: Sequence[Event]) -> None:
    purged = [event.tenant_id for event in happened if event.tenant_id is not None]
    await forget_tenants(session, purged)


def consumers(resources: Resources) -> Sequence[Consumer]:
    return (Consumer("usage.forget_tenants", _forget, frozenset({TENANT_PURGED})),)
