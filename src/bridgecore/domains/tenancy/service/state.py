"""What every process must know of a tenant, told to Redis.

Every change of status, plan, limits or allow-lists raises the tenant's `version` and is told to
Redis after the commit and before the answer, so it holds from the next request on every process.
The outbox carries it too, for the case that this process dies in between.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.tenancy import events, repository
from bridgecore.domains.tenancy.errors import (
    PaymentRequired,
    TenantDeleted,
    TenantNotFound,
    TenantSuspended,
)
from bridgecore.domains.tenancy.models import Plan, Tenant
from bridgecore.domains.tenancy.schemas import TenantSnapshot, TenantStatus
from bridgecore.infra.db import Database, after_commit
from bridgecore.infra.outbox import announce
from bridgecore.infra.problems import ProblemError
from bridgecore.infra.ratelimit import Admission
from bridgecore.infra.resources import Resources
from bridgecore.kit.rate_limits import Limits, TenantState

# Per person: (an hour, 10 seconds), by the tier of their tenant's plan.
PERSON_LIMITS: Mapping[str, tuple[int, int]] = {
    "standard": (1_000, 200),
    "premium": (5_000, 500),
    "enterprise": (10_000, 1_000),
}


async def touch(session: AsyncSession, resources: Resources, tenant_id: UUID) -> None:
    """Raise the tenant's version and tell it to every process once this transaction commits.

    Domains above call it when something that is remembered per tenant version has changed, such
    as a connection.
    """
    tenant, plan = await found(session, tenant_id, lock=True)
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
        tenant, plan = await found(session, tenant_id)
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


async def found(
    session: AsyncSession, tenant_id: UUID, *, lock: bool = False
) -> tuple[Tenant, Plan]:
    found = await repository.tenant(session, tenant_id, lock=lock)
    if found is None:
        raise TenantNotFound
    return found
