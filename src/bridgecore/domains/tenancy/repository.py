"""Queries of tenants and plans."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.tenancy.models import Plan, Tenant
from bridgecore.domains.tenancy.schemas import TenantFilter, TenantStatus


async def tenant(
    session: AsyncSession, tenant_id: UUID, *, lock: bool = False
) -> tuple[Tenant, Plan] | None:
    """A tenant with its plan, or None. `lock` holds the tenant's row to the end."""
    query = select(Tenant, Plan).join(Plan, Plan.id == Tenant.plan_id).where(Tenant.id == tenant_id)
    if lock:
        query = query.with_for_update(of=Tenant)
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row is not None else None


async def tenants(
    session: AsyncSession, wanted: TenantFilter, skip: int, limit: int
) -> tuple[Sequence[tuple[Tenant, Plan]], int]:
    """One page, and how many match in all."""
    query = _filtered(select(Tenant, Plan).join(Plan, Plan.id == Tenant.plan_id), wanted)
    column = getattr(Tenant, wanted.sort.removeprefix("-"))
    order = column.desc() if wanted.sort.startswith("-") else column.asc()
    rows = await session.execute(query.order_by(order, Tenant.id).offset(skip).limit(limit))
    total = await session.scalar(
        _filtered(
            select(func.count()).select_from(Tenant).join(Plan, Plan.id == Tenant.plan_id), wanted
        )
    )
    return [(row[0], row[1]) for row in rows], total or 0


def _filtered(query: Select[*tuple[Any, ...]], wanted: TenantFilter) -> Select[*tuple[Any, ...]]:
    if wanted.status is not None:
        query = query.where(Tenant.status == wanted.status)
    if wanted.plan is not None:
        query = query.where(Plan.code == wanted.plan)
    if wanted.tier is not None:
        query = query.where(Plan.tier == wanted.tier)
    if wanted.search:
        query = query.where(
            or_(
                Tenant.name.icontains(wanted.search, autoescape=True),
                Tenant.slug.icontains(wanted.search, autoescape=True),
                Tenant.contact_email.icontains(wanted.search, autoescape=True),
            )
        )
    if wanted.created_from is not None:
        query = query.where(Tenant.created_at >= wanted.created_from)
    if wanted.created_to is not None:
        query = query.where(Tenant.created_at < wanted.created_to)
    return query


async def counts_by_status(session: AsyncSession) -> dict[str, int]:
    rows = await session.execute(select(Tenant.status, func.count()).group_by(Tenant.status))
    return {row[0]: row[1] for row in rows}


async def storage_limits(session: AsyncSession, tenant_ids: Collection[UUID]) -> dict[UUID, int]:
    query = (
        select(Tenant.id, Plan.max_storage_bytes)
        .join(Plan, Plan.id == Tenant.plan_id)
        .where(Tenant.id.in_(tenant_ids), Plan.max_storage_bytes.is_not(None))
    )
    return {row.id: row.max_storage_bytes for row in await session.execute(query)}


async def plans(session: AsyncSession, *, active_only: bool) -> Sequence[Plan]:
    query = select(Plan).order_by(Plan.position, Plan.code)
    if active_only:
        query = query.where(Plan.is_active)
    return (await session.scalars(query)).all()


async def plan(session: AsyncSession, plan_id: UUID) -> Plan | None:
    return await session.get(Plan, plan_id)


async def plan_by_code(session: AsyncSession, code: str) -> Plan | None:
    found: Plan | None = await session.scalar(select(Plan).where(Plan.code == code))
    return found


async def slug_taken(session: AsyncSession, slug: str) -> bool:
    return bool(await session.scalar(select(Tenant.id).where(Tenant.slug == slug)))


async def tenants_of_plan(session: AsyncSession, plan_id: UUID) -> Sequence[UUID]:
    return (await session.scalars(select(Tenant.id).where(Tenant.plan_id == plan_id))).all()


async def deleted_before(session: AsyncSession, moment: datetime) -> Sequence[UUID]:
    """Tenants deleted before `moment`, the longest ago first."""
    query = (
        select(Tenant.id)
        .where(Tenant.status == TenantStatus.DELETED, Tenant.deleted_at < moment)
        .order_by(Tenant.deleted_at)
    )
    return (await session.scalars(query)).all()


async def lock_deleted(session: AsyncSession, tenant_id: UUID, moment: datetime) -> bool:
    """Whether the tenant is still to be purged, and by nobody else at this moment."""
    query = (
        select(Tenant.id)
        .where(
            Tenant.id == tenant_id,
            Tenant.status == TenantStatus.DELETED,
            Tenant.deleted_at < moment,
        )
        .with_for_update(skip_locked=True)
    )
    return await session.scalar(query) is not None


async def remove(session: AsyncSession, tenant_id: UUID) -> None:
    await session.execute(delete(Tenant).where(Tenant.id == tenant_id))


async def several(
    session: AsyncSession, tenant_ids: Sequence[UUID]
) -> Sequence[tuple[Tenant, Plan]]:
    query = (
        select(Tenant, Plan).join(Plan, Plan.id == Tenant.plan_id).where(Tenant.id.in_(tenant_ids))
    )
    return [(row[0], row[1]) for row in await session.execute(query)]


async def names(session: AsyncSession, tenant_ids: Collection[UUID]) -> dict[UUID, str]:
    if not tenant_ids:
        return {}
    rows = await session.execute(select(Tenant.id, Tenant.name).where(Tenant.id.in_(tenant_ids)))
    return {row.id: row.name for row in rows}
