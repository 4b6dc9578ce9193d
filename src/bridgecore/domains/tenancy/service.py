"""Tenants through their life, and the plans they are on.

Every change of status, plan, limits or allow-lists raises the tenant's `version` and is told to
Redis after the commit and before the answer, so it holds from the next request on every process.
The outbox carries it too, for the case that this process dies in between.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.tenancy import events, repository
from bridgecore.domains.tenancy.errors import (
    PaymentRequired,
    PlanInactive,
    PlanNotFound,
    SlugTaken,
    TenantDeleted,
    TenantNotFound,
    TenantSuspended,
    WrongState,
)
from bridgecore.domains.tenancy.models import Plan, Tenant
from bridgecore.domains.tenancy.schemas import (
    PlanChange,
    PlanIn,
    PlanOut,
    TenantFields,
    TenantFilter,
    TenantOut,
    TenantSnapshot,
    TenantStatus,
)
from bridgecore.infra.auth import Actor
from bridgecore.infra.db import Database, after_commit
from bridgecore.infra.outbox import announce
from bridgecore.infra.problems import ProblemError, ValidationFailed
from bridgecore.infra.ratelimit import Admission
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from bridgecore.kit.rate_limits import Limits, TenantState

RESTORABLE_DAYS = 30
DEFAULT_PLAN = "free"

# Per person: (an hour, 10 seconds), by the tier of their tenant's plan.
PERSON_LIMITS: Mapping[str, tuple[int, int]] = {
    "standard": (1_000, 200),
    "premium": (5_000, 500),
    "enterprise": (10_000, 1_000),
}


# ── plans ──────────────────────────────────────────────────────────────────────────────────────


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
    for tenant_id in await repository.tenants_of_plan(session, plan_id):
        await touch(session, resources, tenant_id)
    return PlanOut.model_validate(plan)


async def _plan(session: AsyncSession, plan_id: UUID) -> Plan:
    plan = await repository.plan(session, plan_id)
    if plan is None:
        raise PlanNotFound
    return plan


async def _plan_for_use(session: AsyncSession, plan_id: UUID | None) -> Plan:
    if plan_id is None:
        plan = await repository.plan_by_code(session, DEFAULT_PLAN)
        if plan is None:
            raise PlanNotFound("There is no plan yet; run `bridgecore seed`.")
        return plan
    plan = await _plan(session, plan_id)
    if not plan.is_active:
        raise PlanInactive
    return plan


# ── tenants ────────────────────────────────────────────────────────────────────────────────────


async def get_tenant(session: AsyncSession, tenant_id: UUID) -> TenantOut:
    """Raises TenantNotFound."""
    tenant, plan = await _tenant(session, tenant_id)
    return _out(tenant, plan)


async def list_tenants(
    session: AsyncSession, wanted: TenantFilter, skip: int, limit: int
) -> tuple[list[TenantOut], int]:
    rows, total = await repository.tenants(session, wanted, skip, limit)
    return [_out(tenant, plan) for tenant, plan in rows], total


async def count_by_status(session: AsyncSession) -> dict[str, int]:
    """How many tenants are in each state; states without any are 0."""
    counts = await repository.counts_by_status(session)
    return {status.value: counts.get(status, 0) for status in TenantStatus}


async def create_tenant(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    *,
    name: str,
    slug: str,
    fields: TenantFields,
    status: TenantStatus = TenantStatus.ACTIVE,
) -> TenantOut:
    """Needs a platform session. Raises SlugTaken, PlanNotFound, PlanInactive."""
    if await repository.slug_taken(session, slug):
        raise SlugTaken
    plan = await _plan_for_use(session, fields.plan_id)
    given = fields.model_dump(exclude_unset=True, exclude={"plan_id"})
    if "metadata" in given:
        given["metadata_"] = _small(given.pop("metadata") or {})
    if given.get("time_zone") is None:
        given.pop("time_zone", None)
    tenant = Tenant(name=name, slug=slug, status=status, plan_id=plan.id, **given)
    session.add(tenant)
    await session.flush()
    await session.refresh(tenant)
    await audit.record(
        session,
        actor,
        "tenant.created",
        target_type="tenant",
        target_id=tenant.id,
        tenant_id=tenant.id,
        changes={"name": name, "slug": slug, "plan": plan.code, "status": status.value},
    )
    await announce(
        session,
        events.TENANT_CREATED,
        {"tenant_id": str(tenant.id), "name": name, "slug": slug, "plan": plan.code},
        tenant_id=tenant.id,
    )
    await touch(session, resources, tenant.id)
    return _out(tenant, plan)


async def change_tenant(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    *,
    fields: TenantFields,
    name: str | None = None,
    slug: str | None = None,
) -> TenantOut:
    """Only what is given changes. Raises TenantNotFound, SlugTaken, PlanNotFound, PlanInactive."""
    tenant, plan = await _tenant(session, tenant_id, lock=True)
    given = fields.model_dump(exclude_unset=True)
    if "metadata" in given:
        given["metadata_"] = _small(given.pop("metadata") or {})
    if given.get("time_zone", "") is None:
        raise ValidationFailed("time_zone can't be empty.")
    if name is not None:
        given["name"] = name
    if slug is not None and slug != tenant.slug:
        if await repository.slug_taken(session, slug):
            raise SlugTaken
        given["slug"] = slug
    if "plan_id" in given:
        if given["plan_id"] is None:
            raise ValidationFailed("plan_id can't be empty.")
        if given["plan_id"] != tenant.plan_id:
            plan = await _plan_for_use(session, given["plan_id"])
    before = {key: getattr(tenant, key) for key in given}
    for key, value in given.items():
        setattr(tenant, key, value)
    await session.flush()
    await session.refresh(tenant)
    changes = audit.difference(before, given)
    await audit.record(
        session,
        actor,
        "tenant.changed",
        target_type="tenant",
        target_id=tenant_id,
        tenant_id=tenant_id,
        changes=_jsonable(changes),
    )
    await announce(
        session,
        events.TENANT_UPDATED,
        {"tenant_id": str(tenant_id), "changed": sorted(changes)},
        tenant_id=tenant_id,
    )
    await touch(session, resources, tenant_id)
    return _out(tenant, plan)


async def suspend(
    session: AsyncSession, resources: Resources, actor: Actor | None, tenant_id: UUID, reason: str
) -> TenantOut:
    """Refuse the tenant's calls from now on. Raises WrongState when it is deleted."""
    tenant, plan = await _tenant(session, tenant_id, lock=True)
    if tenant.status == TenantStatus.DELETED:
        raise WrongState("A deleted tenant can't be suspended; restore it first.")
    if tenant.status != TenantStatus.SUSPENDED:
        tenant.status_before = tenant.status
        tenant.status = TenantStatus.SUSPENDED
        tenant.suspended_at = utcnow()
    tenant.suspension_reason = reason or None
    return await _moved(
        session, resources, actor, tenant, plan, events.TENANT_SUSPENDED, reason=reason
    )


async def activate(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    reason: str = "",
) -> TenantOut:
    """Make a trial, suspended or deleted tenant active. Raises WrongState past the 30 days."""
    tenant, plan = await _tenant(session, tenant_id, lock=True)
    kind = events.TENANT_ACTIVATED
    if tenant.status == TenantStatus.DELETED:
        assert tenant.deleted_at is not None
        if tenant.deleted_at < utcnow() - timedelta(days=RESTORABLE_DAYS):
            raise WrongState("This tenant was deleted more than 30 days ago; it can't come back.")
        kind = events.TENANT_RESTORED
    tenant.status = TenantStatus.ACTIVE
    tenant.status_before = None
    tenant.suspended_at = tenant.suspension_reason = tenant.deleted_at = None
    return await _moved(session, resources, actor, tenant, plan, kind, reason=reason)


async def delete_tenant(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    reason: str = "",
) -> TenantOut:
    """Put a tenant in state deleted: restorable for 30 days by `activate`."""
    tenant, plan = await _tenant(session, tenant_id, lock=True)
    if tenant.status != TenantStatus.DELETED:
        tenant.status_before = tenant.status
        tenant.status = TenantStatus.DELETED
        tenant.deleted_at = utcnow()
        tenant.token_epoch = int(time.time()) + 1
    return await _moved(
        session, resources, actor, tenant, plan, events.TENANT_DELETED, reason=reason
    )


async def due_for_purge(session: AsyncSession, moment: datetime) -> Sequence[UUID]:
    """Tenants deleted before `moment`. Needs a platform session, as the next two do."""
    return await repository.deleted_before(session, moment)


async def hold_for_purge(session: AsyncSession, tenant_id: UUID, moment: datetime) -> bool:
    """Keep anyone from restoring a tenant deleted before `moment`; False if it is not due."""
    return await repository.lock_deleted(session, tenant_id, moment)


async def remove_purged(session: AsyncSession, tenant_id: UUID, changes: Mapping[str, Any]) -> None:
    """Remove a held tenant's row, and announce it so that every domain forgets the tenant."""
    await repository.remove(session, tenant_id)
    await audit.record(
        session,
        None,
        events.TENANT_PURGED,
        target_type="tenant",
        target_id=tenant_id,
        tenant_id=tenant_id,
        changes=changes,
    )
    await announce(
        session,
        events.TENANT_PURGED,
        {"tenant_id": str(tenant_id), **changes},
        tenant_id=tenant_id,
    )


async def tenants_by_id(session: AsyncSession, tenant_ids: Sequence[UUID]) -> dict[UUID, TenantOut]:
    """Those that exist, by id. Needs a platform session to see several."""
    rows = await repository.several(session, tenant_ids)
    return {tenant.id: _out(tenant, plan) for tenant, plan in rows}


async def end_all_tokens(session: AsyncSession, resources: Resources, tenant_id: UUID) -> None:
    """Refuse every token issued until now for this tenant."""
    tenant, _ = await _tenant(session, tenant_id, lock=True)
    tenant.token_epoch = int(time.time()) + 1
    await session.flush()
    await touch(session, resources, tenant_id)


async def _moved(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant: Tenant,
    plan: Plan,
    kind: str,
    *,
    reason: str,
) -> TenantOut:
    await session.flush()
    await session.refresh(tenant)
    await audit.record(
        session,
        actor,
        kind,
        target_type="tenant",
        target_id=tenant.id,
        tenant_id=tenant.id,
        changes={"status": [tenant.status_before, tenant.status]},
        reason=reason or None,
    )
    await announce(
        session, kind, {"tenant_id": str(tenant.id), "reason": reason}, tenant_id=tenant.id
    )
    await touch(session, resources, tenant.id)
    return _out(tenant, plan)


# ── what every process must know ───────────────────────────────────────────────────────────────


async def touch(session: AsyncSession, resources: Resources, tenant_id: UUID) -> None:
    """Raise the tenant's version and tell it to every process once this transaction commits.

    Domains above call it when something that is remembered per tenant version has changed, such
    as a connection.
    """
    tenant, plan = await _tenant(session, tenant_id, lock=True)
    tenant.version += 1
    await session.flush()
    await session.refresh(tenant)
    state = _state(tenant, plan, enforced=resources.settings.rate_limit_enabled)
    await announce(
        session, events.TENANT_STATE_CHANGED, {"tenant_id": str(tenant_id)}, tenant_id=tenant_id
    )

    async def tell() -> None:
        await resources.admission.put_state(state)

    after_commit(session, tell)


async def read_state(database: Database, tenant_id: UUID, *, enforced: bool = True) -> TenantState:
    """A tenant's state as the database has it. Raises TenantNotFound."""
    async with database.tenant(tenant_id) as session:
        tenant, plan = await _tenant(session, tenant_id)
        return _state(tenant, plan, enforced=enforced)


async def load_state(
    database: Database, admission: Admission, tenant_id: UUID, *, enforced: bool = True
) -> TenantState:
    """Read a tenant's state and tell it to Redis. Raises TenantNotFound."""
    state = await read_state(database, tenant_id, enforced=enforced)
    await admission.put_state(state)
    return state


def snapshot_of(state: TenantState) -> TenantSnapshot:
    """The snapshot a state carries."""
    return msgspec.msgpack.decode(state.blob, type=TenantSnapshot)


def refusal(status: str, *, trial_ends_at: int = 0) -> ProblemError | None:
    """Why a tenant in this state may not be served now, or None when it may."""
    if status == TenantStatus.SUSPENDED:
        return TenantSuspended()
    if status == TenantStatus.DELETED:
        return TenantDeleted()
    if status == TenantStatus.TRIAL and 0 < trial_ends_at < time.time():
        return PaymentRequired()
    return None


def _state(tenant: Tenant, plan: Plan, *, enforced: bool) -> TenantState:
    snapshot = TenantSnapshot(
        id=tenant.id,
        name=tenant.name,
        slug=tenant.slug,
        status=tenant.status,
        plan_code=plan.code,
        tier=plan.tier,
        time_zone=tenant.time_zone,
        max_users=_first(tenant.max_users, plan.max_users),
        allowed_models=_tuple(tenant.allowed_models),
        allowed_features=_tuple(tenant.allowed_features),
        trial_ends_at=int(tenant.trial_ends_at.timestamp()) if tenant.trial_ends_at else 0,
        version=tenant.version,
    )
    return TenantState(
        tenant_id=str(tenant.id),
        version=tenant.version,
        status=tenant.status,
        limits=_limits(tenant, plan) if enforced else Limits(),
        blob=msgspec.msgpack.encode(snapshot),
        epoch=tenant.token_epoch,
    )


def _limits(tenant: Tenant, plan: Plan) -> Limits:
    user_hour, user_burst = PERSON_LIMITS[plan.tier]
    if tenant.max_requests_per_hour_per_user is not None:
        # whoever raises a person's hour expects the burst to follow
        user_burst = max(user_burst, tenant.max_requests_per_hour_per_user // 5)
        user_hour = tenant.max_requests_per_hour_per_user
    return Limits(
        tenant_hour=_first(tenant.max_requests_per_hour, plan.max_requests_per_hour),
        tenant_day=_first(tenant.max_requests_per_day, plan.max_requests_per_day),
        tenant_burst=_first(tenant.burst_limit, plan.burst_limit),
        user_hour=user_hour,
        user_burst=user_burst,
    )


def _first(override: int | None, planned: int | None) -> int | None:
    return planned if override is None else override


def _tuple(names: list[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)


async def _tenant(
    session: AsyncSession, tenant_id: UUID, *, lock: bool = False
) -> tuple[Tenant, Plan]:
    found = await repository.tenant(session, tenant_id, lock=lock)
    if found is None:
        raise TenantNotFound
    return found


def _out(tenant: Tenant, plan: Plan) -> TenantOut:
    columns = {column.key: getattr(tenant, column.key) for column in Tenant.__mapper__.column_attrs}
    return TenantOut.model_validate(
        {
            **columns,
            "metadata": tenant.metadata_,
            "plan_code": plan.code,
            "plan_name": plan.name,
            "tier": plan.tier,
        }
    )


def _small(metadata: dict[str, Any]) -> dict[str, Any]:
    if len(msgspec.json.encode(metadata)) > 16_384:
        raise ValidationFailed("metadata is larger than 16 kB.")
    return metadata


def _jsonable(changes: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(dict(changes), builtin_types=())
    return plain


def trial_end(days: int) -> datetime:
    """The end of a trial that starts now."""
    return datetime.now(UTC) + timedelta(days=days)
