"""Figures of any period, for staff and for one tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.usage.errors import PeriodInvalid
from bridgecore.domains.usage.repository import failures, figures, metering, platform
from bridgecore.domains.usage.repository.figures import ENDPOINT, EVERYONE, Key
from bridgecore.domains.usage.schemas import (
    DailyFigures,
    DayFigures,
    Endpoint,
    EndpointsOut,
    ErrorSeverity,
    ModelsOut,
    ModelUse,
    OverviewOut,
    Period,
    Pieces,
    PlatformOut,
    Point,
    RequestFigures,
    RequestHour,
    ResponseTimesOut,
    SeriesOut,
    StatusDistributionOut,
    Subject,
    TenantAnalyticsOut,
    TenantUse,
    TopTenantsOut,
    UsageSummaryOut,
    quantile,
    split,
)
from bridgecore.domains.usage.schemas.analytics import Interval
from bridgecore.domains.usage.schemas.periods import DAY, HOUR, floor_day, floor_hour, last_days
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

_BUSIEST = "requests DESC, "
_LONGEST_BY_HOUR = timedelta(days=92)


async def series(
    session: AsyncSession, period: Period, subject: Subject, interval: Interval | None
) -> SeriesOut:
    """Requests over time. Without `interval`: hours up to three days, days beyond.

    Raises PeriodInvalid when there would be too many hours.
    """
    if interval is None:
        interval = "hour" if period.end - period.start <= timedelta(days=3) else "day"
    if interval == "hour" and period.end - period.start > _LONGEST_BY_HOUR:
        raise PeriodInvalid(f"By hour a period has at most {_LONGEST_BY_HOUR.days} days.")
    step = HOUR if interval == "hour" else DAY
    pieces = await _pieces(session, period, subject, days=interval == "day")
    key = Key.HOUR if interval == "hour" else Key.DAY
    rows = {
        row.start.astimezone(UTC): row
        for row in await figures.read(session, pieces, subject, (key,))
    }
    points = []
    floor = floor_hour if interval == "hour" else floor_day
    moment = floor(period.start)
    while moment < period.end:
        points.append(
            Point(
                **_fields(rows.get(moment)),
                start=moment,
                complete=moment >= period.start and moment + step <= period.end,
            )
        )
        moment += step
    return SeriesOut(
        **_covered(period),
        interval=interval,
        points=points,
        total=await _total(session, period, subject),
        previous=await _total(session, period.before, subject),
    )


async def status_distribution(
    session: AsyncSession, period: Period, subject: Subject
) -> StatusDistributionOut:
    total = await _total(session, period, subject)
    return StatusDistributionOut(
        **_covered(period),
        status_2xx=total.status_2xx,
        status_3xx=total.status_3xx,
        status_4xx=total.status_4xx,
        status_5xx=total.status_5xx,
        previous=await _total(session, period.before, subject),
    )


async def response_times(
    session: AsyncSession, period: Period, subject: Subject
) -> ResponseTimesOut:
    """By hour of the day. A tenant's endpoints have percentiles per hour and day only."""
    pieces = await _pieces(session, period, subject, days=False)
    rows = {
        row.hour_of_day: row
        for row in await figures.read(session, pieces, subject, (Key.HOUR_OF_DAY,))
    }
    return ResponseTimesOut(
        **_covered(period),
        hours=[RequestHour(**_fields(rows.get(hour)), hour=hour) for hour in range(24)],
        total=await _total(session, period, subject),
        previous=await _total(session, period.before, subject),
    )


async def top_endpoints(
    session: AsyncSession, period: Period, subject: Subject, limit: int
) -> EndpointsOut:
    """The endpoints called most, with how often they were called in the period before."""
    return EndpointsOut(**_covered(period), items=await _endpoints(session, period, subject, limit))


async def top_models(
    session: AsyncSession, period: Period, subject: Subject, limit: int
) -> ModelsOut:
    """The models used most, with how often they were used in the period before."""
    return ModelsOut(**_covered(period), items=await _models(session, period, subject, limit))


async def top_tenants(
    session: AsyncSession, period: Period, limit: int, subject: Subject = EVERYONE
) -> TopTenantsOut:
    """The tenants that asked most for `subject`. Needs a platform session."""
    pieces = await _pieces(session, period, subject)
    busiest = await figures.busiest_tenants(session, pieces, subject, limit)
    rows = await figures.read(
        session,
        pieces,
        subject,
        (Key.TENANT,),
        among=busiest,
        histogram=False,
        order_by=_BUSIEST + "tenant_id",
    )
    earlier = await _pieces(session, period.before, subject)
    before = {
        row.tenant_id: row.requests
        for row in await figures.read(
            session,
            earlier,
            subject,
            (Key.TENANT,),
            among=[row.tenant_id for row in rows],
            histogram=False,
        )
    }
    items = []
    tenants = await tenancy.tenants_by_id(session, [row.tenant_id for row in rows])
    for row in rows:
        tenant = tenants.get(row.tenant_id)
        name, slug, status, plan = (
            (tenant.name, tenant.slug, tenant.status.value, tenant.plan_code)
            if tenant is not None
            else ("", "", "purged", "")
        )
        items.append(
            TenantUse(
                **_fields(row),
                tenant_id=row.tenant_id,
                name=name,
                slug=slug,
                status=status,
                plan=plan,
                previous_requests=before.get(row.tenant_id, 0),
            )
        )
    return TopTenantsOut(**_covered(period), items=items)


async def tenant_analytics(
    session: AsyncSession, tenant_id: UUID, period: Period
) -> TenantAnalyticsOut:
    """Raises TenantNotFound."""
    tenant = await tenancy.get_tenant(session, tenant_id)
    subject = Subject(tenant_id)
    return TenantAnalyticsOut(
        **_covered(period),
        tenant_id=tenant_id,
        name=tenant.name,
        total=await _total(session, period, subject),
        previous=await _total(session, period.before, subject),
        top_endpoints=await _endpoints(session, period, subject, 10),
        top_models=await _models(session, period, subject, 10),
        open_errors=await open_errors(session, tenant_id),
    )


async def tenant_daily(session: AsyncSession, tenant_id: UUID, period: Period) -> DailyFigures:
    """Raises TenantNotFound."""
    await tenancy.get_tenant(session, tenant_id)
    subject = Subject(tenant_id)
    pieces = await _pieces(session, period, subject)
    rows = {
        row.start.astimezone(UTC): row
        for row in await figures.read(session, pieces, subject, (Key.DAY,))
    }
    items = []
    moment = floor_day(period.start)
    while moment < period.end:
        items.append(
            DayFigures(
                **_fields(rows.get(moment)),
                day=moment.date(),
                complete=moment >= period.start and moment + DAY <= period.end,
            )
        )
        moment += DAY
    return DailyFigures(**_covered(period), tenant_id=tenant_id, items=items)


async def usage_summary(
    session: AsyncSession, tenant_id: UUID | None, period: Period
) -> UsageSummaryOut:
    subject = Subject(tenant_id)
    return UsageSummaryOut(
        **_covered(period),
        tenant_id=tenant_id,
        total=await _total(session, period, subject),
        previous=await _total(session, period.before, subject),
        top_endpoints=await _endpoints(session, period, subject, 10),
        top_models=await _models(session, period, subject, 10),
    )


async def overview(session: AsyncSession) -> OverviewOut:
    """The last 24 hours. Needs a platform session."""
    now = utcnow()
    period = Period(now - DAY, now)
    pieces = await _pieces(session, period, EVERYONE)
    tenants = await tenancy.count_by_status(session)
    today = await _total(session, last_days(1, now), EVERYONE)
    return OverviewOut(
        **_covered(period),
        tenants={**tenants, "total": sum(tenants.values())},
        active_tenants=await figures.count_active_tenants(session, pieces),
        last_24h=await _total(session, period, EVERYONE),
        previous_24h=await _total(session, period.before, EVERYONE),
        requests_today=today.requests,
        open_errors=await open_errors(session, None),
    )


async def platform_metrics(session: AsyncSession, resources: Resources) -> PlatformOut:
    """The overview with what the platform's parts are using. Needs a platform session."""
    seen = await overview(session)
    redis = await resources.redis.health()
    return PlatformOut(
        **{name: getattr(seen, name) for name in OverviewOut.model_fields},
        storage_bytes=await metering.all_storage(session),
        database=await platform.database(session),
        redis={
            "ok": redis.ok,
            "server": redis.server,
            "version": redis.version,
            "used_memory_bytes": redis.used_memory_bytes,
            "latency_ms": round(redis.latency_ms, 3),
            "problem": redis.problem,
        },
        jobs=await platform.jobs(session),
    )


async def open_errors(session: AsyncSession, tenant_id: UUID | None) -> dict[str, int]:
    """Unresolved errors by severity; those without any are 0."""
    found = await failures.open_by_severity(session, tenant_id)
    return {severity.value: found.get(severity.value, 0) for severity in ErrorSeverity}


async def _pieces(
    session: AsyncSession, period: Period, subject: Subject, *, days: bool = True
) -> Pieces:
    of_days, of_hours = await figures.rollups(session, period.start, period.end)
    return split(period, days=of_days if days else frozenset(), hours=of_hours)


async def _total(session: AsyncSession, period: Period, subject: Subject) -> RequestFigures:
    pieces = await _pieces(session, period, subject)
    rows = await figures.read(session, pieces, subject)
    return RequestFigures(**_fields(rows[0]))


async def _endpoints(
    session: AsyncSession, period: Period, subject: Subject, limit: int
) -> list[Endpoint]:
    rows, earlier = await _top(session, period, subject, ENDPOINT, limit)
    before = {(row.method, row.route): row.requests for row in earlier}
    return [
        Endpoint(
            **_fields(row),
            method=row.method,
            route=row.route,
            previous_requests=before.get((row.method, row.route), 0),
        )
        for row in rows
    ]


async def _models(
    session: AsyncSession, period: Period, subject: Subject, limit: int
) -> list[ModelUse]:
    rows, earlier = await _top(session, period, subject, (Key.MODEL,), limit)
    before = {row.model: row.requests for row in earlier}
    return [
        ModelUse(**_fields(row), model=row.model, previous_requests=before.get(row.model, 0))
        for row in rows
    ]


async def _top(
    session: AsyncSession, period: Period, subject: Subject, keys: Sequence[Key], limit: int
) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
    """The busiest of `keys`, and all of them in the period before."""
    names = ", ".join(key.value[0] for key in keys)
    pieces = await _pieces(session, period, subject)
    rows = await figures.read(
        session, pieces, subject, keys, order_by=_BUSIEST + names, limit=limit
    )
    earlier = await _pieces(session, period.before, subject)
    return rows, await figures.read(session, earlier, subject, keys, histogram=False)


def _covered(period: Period) -> dict[str, datetime]:
    return {"from_": period.start, "to": period.end, "as_of": utcnow()}


def _fields(row: Row[Any] | None) -> dict[str, Any]:
    """The fields of `RequestFigures` from a row of columns; of no row, those of nothing."""
    if row is None or not row.requests:
        return {}
    exact = row.p50 is not None
    if exact:
        percentiles = [row.p50, row.p95, row.p99]
    elif (histogram := getattr(row, "histogram", None)) is not None:
        percentiles = [
            quantile(histogram, fraction, row.duration_min, row.duration_max)
            for fraction in (0.5, 0.95, 0.99)
        ]
    else:
        percentiles = [None, None, None]
    p50, p95, p99 = (None if value is None else round(value, 3) for value in percentiles)
    return {
        "requests": row.requests,
        "errors": row.errors,
        "error_rate": row.errors / row.requests,
        "status_2xx": row.status_2xx,
        "status_3xx": row.status_3xx,
        "status_4xx": row.status_4xx,
        "status_5xx": row.status_5xx,
        "average_ms": round(row.duration_sum / row.requests, 3),
        "min_ms": round(row.duration_min, 3),
        "max_ms": round(row.duration_max, 3),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "percentiles": None if p50 is None else "exact" if exact else "estimated",
        "request_bytes": row.request_bytes,
        "response_bytes": row.response_bytes,
    }
