"""Figures of any period are those that SQL over the log gives."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.usage import service
from bridgecore.domains.usage.repository import figures
from bridgecore.domains.usage.schemas import Period, RequestFigures, Subject, split
from bridgecore.infra.resources import Resources
from tests.factories.usage import ROUTES
from tests.integration.usage.conftest import Past

_DIRECT = """
    SELECT count(*) AS requests, count(*) FILTER (WHERE status >= 400) AS errors,
           count(*) FILTER (WHERE status / 100 = 2) AS status_2xx,
           count(*) FILTER (WHERE status / 100 = 3) AS status_3xx,
           count(*) FILTER (WHERE status / 100 = 4) AS status_4xx,
           count(*) FILTER (WHERE status / 100 = 5) AS status_5xx,
           avg(duration_ms::float8) AS average_ms, min(duration_ms::float8) AS min_ms,
           max(duration_ms::float8) AS max_ms,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_ms) AS d50,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY duration_ms) AS d95,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) AS p50,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95,
           percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms) AS p99,
           coalesce(sum(request_bytes), 0) AS request_bytes,
           coalesce(sum(response_bytes), 0) AS response_bytes
      FROM usage_logs
     WHERE occurred_at >= :start AND occurred_at < :end AND tenant_id IS NOT NULL
       AND (CAST(:tenant_id AS uuid) IS NULL OR tenant_id = :tenant_id)
       AND (CAST(:route AS text) IS NULL OR route = :route)
       AND (CAST(:model AS text) IS NULL OR model = :model)
"""


async def direct(
    session: AsyncSession, start: datetime, end: datetime, subject: Subject = Subject()
) -> Any:
    return (
        await session.execute(
            text(_DIRECT),
            {
                "start": start,
                "end": end,
                "tenant_id": subject.tenant_id,
                "route": subject.route,
                "model": subject.model,
            },
        )
    ).one()


def assert_equal(found: RequestFigures, expected: Any) -> None:
    for name in (
        "requests",
        "errors",
        "status_2xx",
        "status_3xx",
        "status_4xx",
        "status_5xx",
        "request_bytes",
        "response_bytes",
    ):
        assert getattr(found, name) == getattr(expected, name), name
    for name in ("average_ms", "min_ms", "max_ms"):
        wanted = getattr(expected, name)
        assert getattr(found, name) == (
            None if wanted is None else pytest.approx(wanted, abs=0.001)
        ), name
    if expected.requests:
        assert found.error_rate == pytest.approx(expected.errors / expected.requests)
    if found.percentiles == "exact":
        assert found.p50_ms == pytest.approx(expected.p50, abs=0.001)
        assert found.p95_ms == pytest.approx(expected.p95, abs=0.001)
        assert found.p99_ms == pytest.approx(expected.p99, abs=0.001)
    elif found.percentiles == "estimated":
        assert found.p50_ms is not None
        assert found.p95_ms is not None
        if expected.requests > 500:
            assert found.p50_ms == pytest.approx(expected.d50, rel=0.08)
            assert found.p95_ms == pytest.approx(expected.d95, rel=0.15)


def subjects(past: Past) -> list[Subject]:
    busiest = past.tenants[0]
    return [
        Subject(),
        Subject(busiest),
        Subject(route=ROUTES[0][1]),
        Subject(model="res.partner"),
        Subject(busiest, route=ROUTES[0][1]),
        Subject(busiest, model="sale.order"),
    ]


async def test_any_period_of_any_subject(resources: Resources, past: Past) -> None:
    """Periods that begin and end anywhere, over days, hours and parts that have no figures."""
    dice = Random(5)
    seconds = int((past.end - past.start).total_seconds())
    async with resources.database.platform() as session:
        for turn in range(48):
            first, second = sorted(dice.sample(range(seconds), 2))
            if turn % 3 == 0:  # whole hours too, where pieces meet
                first, second = first // 3600 * 3600, second // 3600 * 3600 + 3600
            start = past.start + timedelta(seconds=first)
            end = min(past.start + timedelta(seconds=second), past.end)
            subject = subjects(past)[turn % 6]
            found = await service.status_distribution(session, Period(start, end), subject)
            whole = await service.series(session, Period(start, end), subject, None)
            expected = await direct(session, start, end, subject)
            assert_equal(whole.total, expected)
            assert found.status_2xx == expected.status_2xx
            assert sum(point.requests for point in whole.points) == expected.requests


@pytest.mark.parametrize("interval", ["hour", "day"])
async def test_series_point_by_point(resources: Resources, past: Past, interval: Any) -> None:
    step = timedelta(hours=1) if interval == "hour" else timedelta(days=1)
    async with resources.database.platform() as session:
        for subject in subjects(past)[:3]:
            period = Period(past.start, past.end)
            found = await service.series(session, period, subject, interval)
            assert len(found.points) == (past.end - past.start) / step
            for point in found.points[:: 7 if interval == "hour" else 1]:
                expected = await direct(session, point.start, point.start + step, subject)
                assert point.complete
                assert_equal(point, expected)


async def test_percentiles_of_one_hour_and_day_are_exact(resources: Resources, past: Past) -> None:
    async with resources.database.platform() as session:
        found = await service.series(
            session, Period(past.start, past.start + timedelta(days=2)), Subject(), "day"
        )
        assert [point.percentiles for point in found.points] == ["exact", "exact"]
        hours = await service.series(
            session, Period(past.start, past.start + timedelta(hours=5)), Subject(), "hour"
        )
        assert {point.percentiles for point in hours.points} == {"exact"}
        assert found.total.percentiles == "estimated"


async def test_every_row_of_figures(resources: Resources, past: Past) -> None:
    """Each endpoint and model of each tenant, by hour and by day, percentiles included."""
    for table, period, step in (
        ("usage_hourly", "hour", "1 hour"),
        ("usage_daily", "day", "1 day"),
    ):
        async with resources.database.platform() as session:
            wrong = await session.scalar(
                text(
                    f"""
                    WITH direct AS (
                        SELECT date_trunc('{period}', occurred_at, 'UTC') AS start, tenant_id,
                               method, route, model, count(*) AS requests,
                               count(*) FILTER (WHERE status >= 400) AS errors,
                               percentile_cont(ARRAY[0.5, 0.95, 0.99])
                                   WITHIN GROUP (ORDER BY duration_ms) AS percentiles
                          FROM usage_logs WHERE occurred_at >= :start AND occurred_at < :end
                           AND tenant_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5),
                    made AS (
                        SELECT * FROM {table} WHERE grain = 'tenant_endpoint'
                           AND {period} >= CAST(:start AS timestamptz) - interval '0'
                           AND {period} < :end)
                    SELECT count(*) FROM direct FULL JOIN made
                        ON made.{period} = direct.start AND made.tenant_id = direct.tenant_id
                       AND (made.method, made.route, made.model)
                         = (direct.method, direct.route, direct.model)
                     WHERE made.requests IS DISTINCT FROM direct.requests
                        OR made.errors IS DISTINCT FROM direct.errors
                        OR abs(made.p50 - percentiles[1]) > 1e-6
                        OR abs(made.p95 - percentiles[2]) > 1e-6
                        OR abs(made.p99 - percentiles[3]) > 1e-6
                    """.replace("made.day", "made.day::timestamp AT TIME ZONE 'UTC'")
                    .replace("AND day >=", "AND day::timestamp AT TIME ZONE 'UTC' >=")
                    .replace("AND day <", "AND day::timestamp AT TIME ZONE 'UTC' <")
                ),
                {"start": past.start, "end": past.start + timedelta(days=2)},
            )
            rows = await session.scalar(text(f"SELECT count(*) FROM {table}"))
        assert rows > 100, step
        assert wrong == 0, table


async def test_making_figures_again_changes_nothing(resources: Resources, past: Past) -> None:
    async def rows() -> list[Any]:
        async with resources.database.platform() as session:
            found = await session.execute(
                text(
                    "SELECT grain, tenant_id, method, route, model, requests, errors, p50, p95,"
                    " p99, histogram, duration_sum, response_bytes FROM usage_hourly"
                    " WHERE hour = :hour ORDER BY 1, 2, 3, 4, 5"
                ),
                {"hour": past.start},
            )
            return list(found.all())

    before = await rows()
    made = await service.make_figures(resources.database, "hour", past.start)
    after = await rows()
    assert before == after
    assert made == len(before) > 10


async def test_active_tenants_are_counted_once(resources: Resources, past: Past) -> None:
    """Over days, hours and the log alike: one tenant of the five keeps silent in some."""
    for hours in (1, 24, 47, 120):
        start, end = past.end - timedelta(hours=hours, minutes=7), past.end
        async with resources.database.platform() as session:
            days, of_hours = await figures.rollups(session, start, end)
            pieces = split(Period(start, end), days=days, hours=of_hours)
            expected = await session.scalar(
                text(
                    "SELECT count(DISTINCT tenant_id) FROM usage_logs"
                    " WHERE occurred_at >= :start AND occurred_at < :end"
                ),
                {"start": start, "end": end},
            )
            assert await figures.count_active_tenants(session, pieces) == expected


async def test_tops_are_ordered_and_whole(resources: Resources, past: Past) -> None:
    period = Period(past.start, past.end)
    async with resources.database.platform() as session:
        tenants = (await service.top_tenants(session, period, 3)).items
        counts: dict[UUID, int] = {}
        for tenant_id in past.tenants:
            counts[tenant_id] = (
                await direct(session, past.start, past.end, Subject(tenant_id))
            ).requests
        busiest = sorted(counts, key=lambda one: -counts[one])[:3]
        assert [tenant.tenant_id for tenant in tenants] == busiest
        assert [tenant.requests for tenant in tenants] == [counts[one] for one in busiest]
        assert all(tenant.name.startswith("t-") for tenant in tenants)

        second = Period(past.start + timedelta(days=2), past.start + timedelta(days=4))
        for tenant in (await service.top_tenants(session, second, 3)).items:
            before = await direct(
                session, second.before.start, second.before.end, Subject(tenant.tenant_id)
            )
            assert tenant.previous_requests == before.requests > 0

        asked = Subject(route="/api/v1/odoo/search_read", model="res.partner")
        found = (await service.top_tenants(session, period, 5, asked)).items
        assert found
        for tenant in found:
            subject = Subject(tenant.tenant_id, route=asked.route, model=asked.model)
            expected = await direct(session, past.start, past.end, subject)
            assert tenant.requests == expected.requests > 0

        endpoints = (await service.top_endpoints(session, period, Subject(), 100)).items
        assert sum(one.requests for one in endpoints) == sum(counts.values())
        for endpoint in endpoints:
            subject = Subject(route=endpoint.route)
            assert_equal(endpoint, await direct(session, past.start, past.end, subject))

        models = (await service.top_models(session, period, Subject(past.tenants[0]), 100)).items
        assert models
        for model in models:
            subject = Subject(past.tenants[0], model=model.model)
            assert_equal(model, await direct(session, past.start, past.end, subject))


async def test_hours_of_the_day_and_the_period_before(resources: Resources, past: Past) -> None:
    middle = past.start + timedelta(days=2, hours=7, minutes=30)
    period = Period(middle, past.end)
    async with resources.database.platform() as session:
        found = await service.response_times(session, period, Subject())
        expected = await direct(session, period.start, period.end)
        assert len(found.hours) == 24
        assert sum(hour.requests for hour in found.hours) == expected.requests
        before = period.before
        assert_equal(found.previous, await direct(session, before.start, before.end))
