"""Tenants through their life."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.tenancy import events, repository
from bridgecore.domains.tenancy.errors import SlugTaken, WrongState
from bridgecore.domains.tenancy.models import Plan, Tenant
from bridgecore.domains.tenancy.schemas import (
    TenantFields,
    TenantFilter,
    TenantOut,
    TenantStatus,
)
from bridgecore.domains.tenancy.service.plans import plan_for_use
from bridgecore.domains.tenancy.service.state import found, touch
from bridgecore.infra.auth import Actor
from bridgecore.infra.outbox import announce
from bridgecore.infra.problems import ValidationFailed
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

RESTORABLE_DAYS = 30


async def get_tenant(session: AsyncSession, tenant_id: UUID) -> TenantOut:
    """Raises TenantNotFound."""
    tenant, plan = await found(session, tenant_id)
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
    plan = await plan_for_use(session, fields.plan_id)
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
    tenant, plan = await found(session, tenant_id, lock=True)
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
            plan = await plan_for_use(session, given["plan_id"])
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
    tenant, plan = await found(session, tenant_id, lock=True)
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
    tenant, plan = await found(session, tenant_id, lock=True)
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
    tenant, plan = await found(session, tenant_id, lock=True)
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


async def storage_limits(session: AsyncSession, tenant_ids: Collection[UUID]) -> dict[UUID, int]:
    """The most bytes these tenants may store; those whose plan sets none are left out."""
    return await repository.storage_limits(session, tenant_ids)


async def tenants_by_id(session: AsyncSession, tenant_ids: Sequence[UUID]) -> dict[UUID, TenantOut]:
    """Those that exist, by id. Needs a platform session to see several."""
    rows = await repository.several(session, tenant_ids)
    return {tenant.id: _out(tenant, plan) for tenant, plan in rows}


async def names(session: AsyncSession, tenant_ids: Collection[UUID]) -> dict[UUID, str]:
    """What those that exist are called. Needs a platform session to see several."""
    return await repository.names(session, tenant_ids)


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
