"""Figures of the platform, for staff."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from bridgecore.domains.usage import service
from bridgecore.domains.usage.router.parameters import (
    Limit,
    MonthDep,
    SubjectDep,
    TrafficDep,
    WeekDep,
)
from bridgecore.domains.usage.schemas import (
    DailyFigures,
    EndpointsOut,
    ModelsOut,
    OverviewOut,
    PlatformOut,
    ResponseTimesOut,
    SeriesOut,
    StatusDistributionOut,
    TenantAnalyticsOut,
    TopTenantsOut,
    UseOut,
)
from bridgecore.domains.usage.schemas.analytics import Interval
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import SessionDep

router = APIRouter(prefix="/admin", tags=["analytics"])

Reader = Annotated[Actor, Depends(requires_staff("usage:read"))]
PlatformReader = Annotated[Actor, Depends(requires_staff("platform:read"))]


@router.get("/analytics/overview", summary="The platform in the last 24 hours")
async def overview(actor: Reader, session: SessionDep) -> OverviewOut:
    return await service.overview(session)


@router.get("/analytics/requests", summary="Requests over time")
async def requests_over_time(
    actor: Reader,
    session: SessionDep,
    period: WeekDep,
    subject: SubjectDep,
    interval: Annotated[Interval | None, Query()] = None,
) -> SeriesOut:
    return await service.series(session, period, subject, interval)


@router.get("/analytics/status-distribution", summary="Answers by class of status")
async def status_distribution(
    actor: Reader, session: SessionDep, period: WeekDep, subject: SubjectDep
) -> StatusDistributionOut:
    return await service.status_distribution(session, period, subject)


@router.get("/analytics/response-times", summary="Response times by hour of the day")
async def response_times(
    actor: Reader, session: SessionDep, period: WeekDep, subject: SubjectDep
) -> ResponseTimesOut:
    return await service.response_times(session, period, subject)


@router.get("/analytics/top-endpoints", summary="The endpoints called most")
async def top_endpoints(
    actor: Reader, session: SessionDep, period: WeekDep, subject: SubjectDep, limit: Limit = 10
) -> EndpointsOut:
    return await service.top_endpoints(session, period, subject, limit)


@router.get("/analytics/top-models", summary="The models used most")
async def top_models(
    actor: Reader, session: SessionDep, period: WeekDep, subject: SubjectDep, limit: Limit = 10
) -> ModelsOut:
    return await service.top_models(session, period, subject, limit)


@router.get("/analytics/top-tenants", summary="The most active tenants")
async def top_tenants(
    actor: Reader, session: SessionDep, period: WeekDep, subject: TrafficDep, limit: Limit = 10
) -> TopTenantsOut:
    return await service.top_tenants(session, period, limit, subject)


@router.get("/analytics/tenants/{tenant_id}", summary="Figures of one tenant")
async def tenant_analytics(
    actor: Reader, session: SessionDep, tenant_id: UUID, period: MonthDep
) -> TenantAnalyticsOut:
    return await service.tenant_analytics(session, tenant_id, period)


@router.get("/analytics/tenants/{tenant_id}/daily", summary="Figures of one tenant by day")
async def tenant_daily(
    actor: Reader, session: SessionDep, tenant_id: UUID, period: MonthDep
) -> DailyFigures:
    return await service.tenant_daily(session, tenant_id, period)


@router.get("/tenants/{tenant_id}/usage", summary="What a tenant uses of its plan, now")
async def tenant_use(
    actor: Reader, session: SessionDep, resources: ResourcesDep, tenant_id: UUID
) -> UseOut:
    return await service.use_of(session, resources, tenant_id)


@router.get("/metrics/platform", summary="The platform and what its parts are using")
async def platform_metrics(
    actor: PlatformReader, session: SessionDep, resources: ResourcesDep
) -> PlatformOut:
    return await service.platform_metrics(session, resources)
