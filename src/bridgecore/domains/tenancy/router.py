"""Plans, for staff. Tenants themselves are shown with their connection, so by `connections`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, status

from bridgecore.domains.audit.service import audited
from bridgecore.domains.tenancy import service
from bridgecore.domains.tenancy.schemas import PlanChange, PlanIn, PlanOut
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Page, SessionDep

router = APIRouter(prefix="/admin/plans", tags=["plans"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_staff("plans:read"))]
Writer = Annotated[Actor, Depends(requires_staff("plans:write"))]


@router.get("", summary="List plans")
async def list_plans(
    actor: Reader, session: SessionDep, active_only: bool = False
) -> Page[PlanOut]:
    plans = await service.list_plans(session, active_only=active_only)
    return Page(items=plans, total=len(plans))


@router.post("", status_code=status.HTTP_201_CREATED, summary="Create a plan")
@audited("plan.created")
async def create_plan(actor: Writer, session: SessionDep, body: PlanIn) -> PlanOut:
    return await service.create_plan(session, actor, body)


@router.get("/{plan_id}", summary="Get a plan")
async def get_plan(actor: Reader, session: SessionDep, plan_id: UUID) -> PlanOut:
    return await service.get_plan(session, plan_id)


@router.put("/{plan_id}", summary="Change a plan; tenants on it follow at once")
@audited("plan.changed")
async def change_plan(
    actor: Writer, session: SessionDep, resources: ResourcesDep, plan_id: UUID, body: PlanChange
) -> PlanOut:
    return await service.change_plan(session, resources, actor, plan_id, body)
