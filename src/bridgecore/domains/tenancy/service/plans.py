"""The plans tenants are on."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.tenancy import events, repository
from bridgecore.domains.tenancy.errors import PlanInactive, PlanNotFound, SlugTaken
from bridgecore.domains.tenancy.models import Plan
from bridgecore.domains.tenancy.schemas import PlanChange, PlanIn, PlanOut
from bridgecore.domains.tenancy.service.state import touch
from bridgecore.infra.auth import Actor
from bridgecore.infra.outbox import announce
from bridgecore.infra.problems import ValidationFailed
from bridgecore.infra.resources import Resources

DEFAULT_PLAN = "free"


async def list_plans(session: AsyncSession, *, active_only: bool = False) -> list[PlanOut]:
    rows = await repository.plans(session, active_only=active_only)
    return [PlanOut.model_validate(row) for row in rows]


async def get_plan(session: AsyncSession, plan_id: UUID) -> PlanOut:
    """Raises PlanNotFound."""
    return PlanOut.model_validate(await _plan(session, plan_id))


async def create_plan(session: AsyncSession, actor: Actor | None, wanted: PlanIn) -> PlanOut:
    """Raises SlugTaken when the code exists."""
    if await repository.plan_by_code(session, wanted.code) is not None:
        raise SlugTaken(f"A plan with the code {wanted.code} exists already.")
    plan = Plan(**wanted.model_dump())
    session.add(plan)
    await session.flush()
    await session.refresh(plan)
    await audit.record(
        session,
        actor,
        "plan.created",
        target_type="plan",
        target_id=plan.id,
        changes=wanted.model_dump(mode="json"),
    )
    await announce(session, events.PLAN_CREATED, {"plan_id": str(plan.id), "code": plan.code})
    return PlanOut.model_validate(plan)


async def change_plan(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    plan_id: UUID,
    wanted: PlanChange,
) -> PlanOut:
    """Change a plan; every tenant on it follows at once. Raises PlanNotFound."""
    plan = await _plan(session, plan_id)
    given = wanted.model_dump(exclude_unset=True)
    required = {"name", "tier", "price_minor", "currency", "is_active", "position"}
    if empty := [name for name in given if name in required and given[name] is None]:
        raise ValidationFailed(f"{', '.join(sorted(empty))} can't be empty.")
    before = {name: getattr(plan, name) for name in given}
    for name, value in given.items():
        setattr(plan, name, value)
    await session.flush()
    await session.refresh(plan)
    await audit.record(
        session,
        actor,
        "plan.changed",
        target_type="plan",
        target_id=plan.id,
        changes=audit.difference(before, given),
    )
    await announce(
        session,
        events.PLAN_CHANGED,
        {"plan_id": str(plan.id), "code": plan.code, "changed": sorted(given)},
    )
    for tenant_id in await repository.tenants_of_plan(session, plan_id):
        await touch(session, resources, tenant_id)
    return PlanOut.model_validate(plan)


async def _plan(session: AsyncSession, plan_id: UUID) -> Plan:
    plan = await repository.plan(session, plan_id)
    if plan is None:
        raise PlanNotFound
    return plan


async def plan_for_use(session: AsyncSession, plan_id: UUID | None) -> Plan:
    if plan_id is None:
        plan = await repository.plan_by_code(session, DEFAULT_PLAN)
        if plan is None:
            raise PlanNotFound("There is no plan yet; run `bridgecore seed`.")
        return plan
    plan = await _plan(session, plan_id)
    if not plan.is_active:
        raise PlanInactive
    return plan
