"""What a tenant uses of its plan: requests as the limiter counts them, and storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity import service as identity
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantFilter
from bridgecore.domains.usage import events
from bridgecore.domains.usage.repository import metering
from bridgecore.domains.usage.schemas import Metered, StorageOut, UseOut, UsersOut, WindowOut
from bridgecore.domains.usage.schemas.periods import DAY, HOUR, floor_day, floor_hour
from bridgecore.infra.outbox import announce
from bridgecore.infra.ratelimit import Usage
from bridgecore.infra.redis import RedisError
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

log = structlog.get_logger(__name__)

_TENANTS_A_PAGE = 1000
_EPOCH = date(1970, 1, 1)


async def use_of(session: AsyncSession, resources: Resources, tenant_id: UUID) -> UseOut:
    """What a tenant uses now. Raises TenantNotFound."""
    now = utcnow()
    tenant = await tenancy.get_tenant(session, tenant_id)
    plan = await tenancy.get_plan(session, tenant.plan_id)
    used: Usage | None
    try:
        used = await resources.admission.read_counters(str(tenant_id))
    except (RedisError, OSError) as error:
        log.warning("use_not_readable", error=type(error).__name__)
        used = None
    hour = _first(tenant.max_requests_per_hour, plan.max_requests_per_hour)
    day = _first(tenant.max_requests_per_day, plan.max_requests_per_day)
    return UseOut(
        plan=plan.code,
        plan_name=plan.name,
        requests=[
            _window("hour", hour, used.hour if used else None, floor_hour(now) + HOUR),
            _window("day", day, used.day if used else None, floor_day(now) + DAY),
        ],
        users=UsersOut(
            limit=_first(tenant.max_users, plan.max_users),
            used=await identity.members_count(session, tenant_id),
        ),
        storage=await storage_of(session, tenant_id, plan.max_storage_bytes),
        as_of=now,
    )


async def storage_of(
    session: AsyncSession, tenant_id: UUID, limit_bytes: int | None = None
) -> StorageOut:
    """What a tenant stores, as those who keep it have told by `measure_storage`."""
    by_kind, measured_at = await metering.storage(session, tenant_id)
    return StorageOut(
        limit_bytes=limit_bytes,
        used_bytes=sum(by_kind.values()),
        by_kind=by_kind,
        measured_at=measured_at,
    )


async def measure_storage(session: AsyncSession, kind: str, stored: Mapping[UUID, int]) -> None:
    """Keep how many bytes of `kind` (`files`, `lake`, `backups`) these tenants store now.

    Who has come to the limit of its plan is told, once each time. Needs a platform session.
    """
    before = await metering.stored_by(session, stored)
    await metering.put_storage(session, kind, stored)
    after = await metering.stored_by(session, stored)
    grown = [tenant_id for tenant_id in stored if after[tenant_id] > before.get(tenant_id, 0)]
    for tenant_id, limit in (await tenancy.storage_limits(session, grown)).items():
        if before.get(tenant_id, 0) < limit <= after[tenant_id]:
            told = {"used_bytes": after[tenant_id], "limit_bytes": limit}
            await announce(session, events.STORAGE_EXCEEDED, told, tenant_id=tenant_id)


async def room_left(session: AsyncSession, tenant_id: UUID) -> int | None:
    """How many bytes a tenant may still store, as last measured; not above 0: it is full.

    None where its plan sets no limit.
    """
    limit = (await tenancy.storage_limits(session, [tenant_id])).get(tenant_id)
    if limit is None:
        return None
    return limit - (await metering.stored_by(session, [tenant_id])).get(tenant_id, 0)


async def metered_days(
    session: AsyncSession, tenant_id: UUID, first: date, last: date
) -> Sequence[Metered]:
    """What a tenant is billed on: its calls by weight, of each day from `first` to `last`."""
    return await metering.days(session, tenant_id, first, last)


async def keep_metering(resources: Resources, now: datetime) -> int:
    """Copy the limiter's counts of yesterday and today to the database. Raises RedisError.

    The limiter keeps a day's counts for 26 hours after its end. Returns how many counts were kept.
    """
    tenants: list[UUID] = []
    async with resources.database.platform() as session:
        while True:
            page, total = await tenancy.list_tenants(
                session, TenantFilter(sort="created_at"), len(tenants), _TENANTS_A_PAGE
            )
            tenants += [tenant.id for tenant in page]
            if not page or len(tenants) >= total:
                break
    kept = 0
    for day in (now.astimezone(UTC).date() - timedelta(days=1), now.astimezone(UTC).date()):
        counts = await resources.admission.day_counts(map(str, tenants), (day - _EPOCH).days)
        weights = {UUID(tenant_id): count for tenant_id, count in counts.items() if count}
        async with resources.database.platform() as session:
            await metering.put_day(session, day, weights)
        kept += len(weights)
    return kept


def _window(
    name: Literal["hour", "day"], limit: int | None, used: int | None, resets_at: datetime
) -> WindowOut:
    remaining = None if limit is None or used is None else max(0, limit - used)
    return WindowOut(name=name, limit=limit, used=used, remaining=remaining, resets_at=resets_at)


def _first(override: int | None, planned: int | None) -> int | None:
    return planned if override is None else override
