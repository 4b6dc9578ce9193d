"""Request log and error log of the platform, for staff."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from bridgecore.domains.audit.service import audited
from bridgecore.domains.usage import service
from bridgecore.domains.usage.router.parameters import WeekDep
from bridgecore.domains.usage.schemas import (
    ErrorDetailOut,
    ErrorFilter,
    ErrorGroupOut,
    ErrorPage,
    ErrorResolution,
    ErrorSummaryOut,
    Reopening,
    UsageFilter,
    UsagePage,
    UsageSummaryOut,
)
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import SessionDep

router = APIRouter(prefix="/admin/logs", tags=["logs"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_staff("logs:read"))]
Writer = Annotated[Actor, Depends(requires_staff("logs:write"))]

CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "CSV, UTF-8"}
}


def _csv(name: str, body: AsyncIterator[bytes]) -> StreamingResponse:
    return StreamingResponse(
        body,
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/usage", summary="Request log")
async def usage(
    actor: Reader, session: SessionDep, wanted: Annotated[UsageFilter, Query()]
) -> UsagePage:
    return await service.list_usage(session, wanted)


@router.get(
    "/usage.csv", summary="Request log as CSV", response_class=StreamingResponse, responses=CSV
)
async def usage_csv(
    actor: Reader, resources: ResourcesDep, wanted: Annotated[UsageFilter, Query()]
) -> StreamingResponse:
    return _csv("usage", service.export_usage(resources.database, wanted))


@router.get("/usage/summary", summary="Figures of the request log")
async def usage_summary(
    actor: Reader, session: SessionDep, period: WeekDep, tenant_id: UUID | None = None
) -> UsageSummaryOut:
    return await service.usage_summary(session, tenant_id, period)


@router.get("/errors", summary="Errors, equal ones together")
async def errors(
    actor: Reader, session: SessionDep, wanted: Annotated[ErrorFilter, Query()]
) -> ErrorPage:
    return await service.list_errors(session, wanted)


@router.get(
    "/errors.csv", summary="Error log as CSV", response_class=StreamingResponse, responses=CSV
)
async def errors_csv(
    actor: Reader, resources: ResourcesDep, wanted: Annotated[ErrorFilter, Query()]
) -> StreamingResponse:
    return _csv("errors", service.export_errors(resources.database, wanted))


@router.get("/errors/summary", summary="Errors by severity and code")
async def error_summary(
    actor: Reader, session: SessionDep, period: WeekDep, tenant_id: UUID | None = None
) -> ErrorSummaryOut:
    return await service.error_summary(session, tenant_id, period)


@router.get("/errors/{error_id}", summary="One error with its latest lines")
async def error_detail(actor: Reader, session: SessionDep, error_id: UUID) -> ErrorDetailOut:
    return await service.error_detail(session, error_id)


@router.post("/errors/{error_id}/resolve", summary="Mark an error as resolved")
@audited("error.resolved")
async def resolve_error(
    actor: Writer, session: SessionDep, error_id: UUID, body: ErrorResolution
) -> ErrorGroupOut:
    return await service.resolve_error(session, actor, error_id, body.resolution_notes)


@router.post("/errors/{error_id}/reopen", summary="Take a resolution back")
@audited("error.reopened")
async def reopen_error(
    actor: Writer, session: SessionDep, error_id: UUID, body: Reopening | None = None
) -> ErrorGroupOut:
    return await service.reopen_error(session, actor, error_id, body.reason if body else "")
