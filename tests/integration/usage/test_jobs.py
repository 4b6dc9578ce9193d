"""What is done at set times, and done twice without harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bridgecore.domains.usage import service
from bridgecore.domains.usage.jobs import JOBS
from bridgecore.infra.ratelimit import tenant_counter
from bridgecore.infra.resources import Resources
from tests.factories.usage import fill_usage

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def test_names_and_times_are_the_documents() -> None:
    assert {spec.name: spec.cron for spec in JOBS} == {
        "aggregate_hourly_stats": "5 * * * *",
        "aggregate_daily_stats": "30 0 * * *",
        "cleanup_old_logs": "0 2 * * *",
        "ensure_usage_partitions": "15 * * * *",
        "report_metering": "*/15 * * * *",
    }


async def test_every_job_runs_and_runs_again(resources: Resources) -> None:
    for _ in range(2):
        for spec in JOBS:
            await spec.run(resources, timestamp=int(datetime.now(UTC).timestamp()))


async def test_missed_hours_are_caught_up_once(resources: Resources) -> None:
    now = datetime.now(UTC)
    await service.make_missing_figures(resources.database, "hour", now)
    assert await service.make_missing_figures(resources.database, "hour", now) == 0
    hour = now.replace(minute=0, second=0, microsecond=0)
    missed = [hour - timedelta(hours=back) for back in (2, 9, 30)]
    async with resources.database.platform() as session:
        await session.execute(
            text("DELETE FROM usage_rollups WHERE kind = 'hour' AND start = ANY(:starts)"),
            {"starts": missed},
        )
        await session.execute(
            text("UPDATE usage_rollups SET stale = true WHERE kind = 'hour' AND start = :start"),
            {"start": hour - timedelta(hours=20)},
        )
    assert await service.make_missing_figures(resources.database, "hour", now) == 4
    # the unfinished hour is never made
    async with resources.database.platform() as session:
        latest = await session.scalar(
            text("SELECT max(start) FROM usage_rollups WHERE kind = 'hour'")
        )
    assert latest == hour - timedelta(hours=1)


async def test_old_logs_go_and_figures_stay(resources: Resources, tenant_factory: Any) -> None:
    now = datetime.now(UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    old, kept = today - timedelta(days=91), today - timedelta(days=90)
    tenant = await tenant_factory.tenant()
    async with resources.database.platform() as session:
        for start in (old, kept):
            await fill_usage(
                session, [tenant.id], rows=40, start=start, end=start + timedelta(hours=20)
            )
    for start in (old, kept):
        await service.make_figures(resources.database, "day", start)
        await service.make_figures(resources.database, "hour", start)

    async def count(table: str, where: str = "") -> int:
        async with resources.database.platform() as session:
            return int(
                await session.scalar(
                    text(f"SELECT count(*) FROM {table} WHERE tenant_id = :id {where}"),
                    {"id": tenant.id},
                )
                or 0
            )

    hours = await count("usage_hourly")
    for _ in range(2):
        await service.clean_up(resources.database, now)
        assert await count("usage_logs") == 40
        assert 0 < await count("usage_hourly") < hours
        assert await count("usage_daily", "AND grain = 'tenant'") == 2
        async with resources.database.platform() as session:
            for day, there in ((old, False), (kept, True)):
                for log in ("usage_logs", "error_logs"):
                    found = await session.scalar(
                        text("SELECT to_regclass(:name)"), {"name": f"{log}_p{day:%Y%m%d}"}
                    )
                    assert (found is not None) is there
    # figures of days without a log are not made again, or they would be empty
    await service.make_missing_figures(resources.database, "day", now)
    assert await count("usage_daily", "AND grain = 'tenant'") == 2


async def test_recent_logs_cannot_be_dropped(resources: Resources) -> None:
    async with resources.database.platform() as session:
        with pytest.raises(DBAPIError, match="30 days"):
            await session.execute(text("SELECT drop_log_partition(current_date)"))
    async with resources.database.anonymous() as session:
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(text("SELECT drop_log_partition(current_date - 100)"))


async def test_partitions_are_there_ahead(resources: Resources) -> None:
    now = datetime.now(UTC)
    await service.ensure_partitions(resources.database, now)
    assert await service.ensure_partitions(resources.database, now) == 0
    made = await service.ensure_partitions(resources.database, now + timedelta(days=200))
    assert made == 6  # three days of two logs
    async with resources.database.platform() as session:
        for ahead in range(3):
            name = f"error_logs_p{now + timedelta(days=ahead):%Y%m%d}"
            assert await session.scalar(text("SELECT to_regclass(:name)"), {"name": name})


async def test_metering_keeps_what_the_limiter_counted(
    resources: Resources, tenant_factory: Any
) -> None:
    tenant = await tenant_factory.tenant()
    now = datetime.now(UTC)
    today, yesterday = now.date(), now.date() - timedelta(days=1)
    counter = tenant_counter(str(tenant.id))
    day = (now - _EPOCH).days
    redis = resources.redis.redis

    async def metered() -> dict[Any, int]:
        async with resources.database.platform() as session:
            days = await service.metered_days(session, tenant.id, yesterday, today)
        return {one.day: one.weight for one in days}

    await redis.set(f"{counter}:day:{day}", 41, ex=3600)
    await redis.set(f"{counter}:day:{day - 1}", 1000, ex=3600)
    await service.keep_metering(resources, now)
    await redis.incrby(f"{counter}:day:{day}", 1)
    await service.keep_metering(resources, now)
    assert await metered() == {yesterday: 1000, today: 42}
    # counters that were lost take nothing back
    await redis.delete(f"{counter}:day:{day}", f"{counter}:day:{day - 1}")
    await service.keep_metering(resources, now)
    assert await metered() == {yesterday: 1000, today: 42}
    async with resources.database.tenant(uuid4()) as session:
        assert await service.metered_days(session, tenant.id, yesterday, today) == []
