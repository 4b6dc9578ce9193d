"""What a tenant uses, and its own logs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from bridgecore.domains.usage import service
from bridgecore.domains.usage.router.parameters import MonthDep
from bridgecore.domains.usage.schemas import (
    DailyFigures,
    ErrorFilter,
    ErrorPage,
    UsageFilter,
    UsagePage,
    UseOut,
)
from bridgecore.infra.auth import Actor, requires_member
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import SessionDep

router = APIRouter(prefix="/api/v1", tags=["usage"])

Reader = Annotated[Actor, Depends(requires_member("usage:read"))]


def _own(actor: Actor) -> UUID:
    assert actor.tenant_id is not None  # `requires_member` lets nobody else pass
    return actor.tenant_id


@router.get("/usage", summary="What your tenant uses of its plan")
async def use(actor: Reader, session: SessionDep, resources: ResourcesDep) -> UseOut:
    return await service.use_of(session, resources, _own(actor))


@router.get("/usage/daily", summary="Figures of your tenant by day")
async def daily(actor: Reader, session: SessionDep, period: MonthDep) -> DailyFigures:
    return await service.tenant_daily(session, _own(actor), period)


@router.get("/logs/usage", summary="Request log of your tenant")
async def usage(
    actor: Reader, session: SessionDep, wanted: Annotated[UsageFilter, Query()]
) -> UsagePage:
    own = wanted.model_copy(update={"tenant_id": _own(actor)})
    return await service.list_usage(session, own)


@router.get("/logs/errors", summary="Errors of your tenant, equal ones together")
async def errors(
    actor: Reader, session: SessionDep, wanted: Annotated[ErrorFilter, Query()]
) -> ErrorPage:
    own = wanted.model_copy(update={"tenant_id": _own(actor)})
    return await service.list_errors(session, own)
