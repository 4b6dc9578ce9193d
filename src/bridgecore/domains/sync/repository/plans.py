"""Queries of plans and their entities, in the tenant's own session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.sync.models import (
    SyncEntity,
    SyncParityReport,
    SyncPlan,
    SyncRun,
    SyncSetAside,
)

# entities go with their plan, differences with their report
_OWNED: tuple[type[SyncPlan | SyncRun | SyncSetAside | SyncParityReport], ...] = (
    SyncPlan,
    SyncRun,
    SyncSetAside,
    SyncParityReport,
)


async def plan(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, *, lock: bool = False
) -> SyncPlan | None:
    query = select(SyncPlan).where(
        SyncPlan.tenant_id == tenant_id, SyncPlan.connection_id == connection_id
    )
    if lock:
        query = query.with_for_update()
    found: SyncPlan | None = await session.scalar(query)
    return found


async def add_plan(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    connector: str,
    *,
    interval_seconds: int,
    sweep_seconds: int,
    delete_share: float,
    delete_floor: int,
    is_enabled: bool = True,
) -> None:
    """A plan that is due at once; none where there is one."""
    await session.execute(
        insert(SyncPlan)
        .values(
            tenant_id=tenant_id,
            connection_id=connection_id,
            connector=connector,
            interval_seconds=interval_seconds,
            sweep_seconds=sweep_seconds,
            delete_share=delete_share,
            delete_floor=delete_floor,
            is_enabled=is_enabled,
            due_at=func.clock_timestamp() if is_enabled else None,
        )
        .on_conflict_do_nothing()
    )


async def plans(session: AsyncSession, tenant_id: UUID | None = None) -> Sequence[SyncPlan]:
    """Every plan the session sees, oldest first."""
    query = select(SyncPlan).order_by(SyncPlan.created_at, SyncPlan.connection_id)
    if tenant_id is not None:
        query = query.where(SyncPlan.tenant_id == tenant_id)
    return (await session.scalars(query)).all()


async def entities(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID | None = None
) -> Sequence[SyncEntity]:
    query = select(SyncEntity).where(SyncEntity.tenant_id == tenant_id)
    if connection_id is not None:
        query = query.where(SyncEntity.connection_id == connection_id)
    query = query.order_by(SyncEntity.connection_id, SyncEntity.place, SyncEntity.entity)
    return (await session.scalars(query)).all()


async def entity(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, name: str, *, lock: bool = False
) -> SyncEntity | None:
    query = select(SyncEntity).where(
        SyncEntity.tenant_id == tenant_id,
        SyncEntity.connection_id == connection_id,
        SyncEntity.entity == name,
    )
    if lock:
        query = query.with_for_update()
    found: SyncEntity | None = await session.scalar(query)
    return found


async def add_entity(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    name: str,
    values: Mapping[str, Any],
) -> None:
    await session.execute(
        insert(SyncEntity)
        .values(tenant_id=tenant_id, connection_id=connection_id, entity=name, **values)
        .on_conflict_do_nothing()
    )


async def save_entity(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    name: str,
    values: Mapping[str, Any],
    *,
    position: int | None = None,
) -> None:
    """With `position` only while the entity is still where it was read at."""
    query = update(SyncEntity).where(
        SyncEntity.tenant_id == tenant_id,
        SyncEntity.connection_id == connection_id,
        SyncEntity.entity == name,
    )
    if position is not None:
        query = query.where(SyncEntity.position == position)
    await session.execute(query.values(**values).execution_options(synchronize_session=False))


async def move_checkpoint(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    name: str,
    *,
    position: int,
    token: UUID,
    values: Mapping[str, Any],
) -> bool:
    """Store a position in the transaction of its page. False: another process moved it before."""
    moved = await session.scalar(
        update(SyncEntity)
        .where(
            SyncEntity.tenant_id == tenant_id,
            SyncEntity.connection_id == connection_id,
            SyncEntity.entity == name,
            SyncEntity.position == position,
            select(SyncPlan.lease_token)
            .where(
                SyncPlan.tenant_id == tenant_id,
                SyncPlan.connection_id == connection_id,
                SyncPlan.lease_token == token,
            )
            .exists(),
        )
        .values(position=position + 1, **values)
        .returning(SyncEntity.position)
        .execution_options(synchronize_session=False)
    )
    return moved is not None


async def remove_entity(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, name: str
) -> None:
    await session.execute(
        delete(SyncEntity).where(
            SyncEntity.tenant_id == tenant_id,
            SyncEntity.connection_id == connection_id,
            SyncEntity.entity == name,
        )
    )


async def release(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    token: UUID,
    values: Mapping[str, Any],
) -> bool:
    """End a lease and write how the plan stands now. False: it was not held any more."""
    released = await session.scalar(
        update(SyncPlan)
        .where(
            SyncPlan.tenant_id == tenant_id,
            SyncPlan.connection_id == connection_id,
            SyncPlan.lease_token == token,
        )
        .values(lease_token=None, lease_until=None, run_id=None, **values)
        .returning(SyncPlan.connection_id)
        .execution_options(synchronize_session=False)
    )
    return released is not None


async def forget_hint_mark(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, hinted_at: datetime
) -> None:
    """Nothing is waiting behind this mark any more, unless it was set again since."""
    await session.execute(
        update(SyncPlan)
        .where(
            SyncPlan.tenant_id == tenant_id,
            SyncPlan.connection_id == connection_id,
            SyncPlan.hinted_at == hinted_at,
        )
        .values(hinted_at=None)
        .execution_options(synchronize_session=False)
    )


async def make_due(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, delay: timedelta = timedelta(0)
) -> None:
    """Forget a back-off and let the connection be read soon."""
    await session.execute(
        text(
            "UPDATE sync_plans SET due_at = clock_timestamp() + :delay, failures = 0,"
            " needs_person = false WHERE tenant_id = :tenant AND connection_id = :connection"
            " AND is_enabled"
        ),
        {"tenant": tenant_id, "connection": connection_id, "delay": delay},
    )


async def make_asleep_due(session: AsyncSession, tenant_id: UUID) -> bool:
    """The same for what waits of the tenant: for a person, or for its time to be tried again.

    False: nothing does.
    """
    found = await session.execute(
        text(
            "WITH waiting AS ("
            "  UPDATE sync_entities SET retry_at = NULL"
            "   WHERE tenant_id = :tenant AND retry_at IS NOT NULL RETURNING connection_id)"
            " UPDATE sync_plans SET due_at = clock_timestamp(), failures = 0, needs_person = false"
            " WHERE tenant_id = :tenant AND is_enabled"
            " AND (needs_person OR connection_id IN (SELECT connection_id FROM waiting)"
            "      OR EXISTS (SELECT FROM sync_set_asides a WHERE a.tenant_id = :tenant"
            "                 AND a.connection_id = sync_plans.connection_id))"
            " RETURNING connection_id"
        ),
        {"tenant": tenant_id},
    )
    return bool(found.all())


async def forget_connections(
    session: AsyncSession, connections: Sequence[tuple[UUID, UUID]]
) -> None:
    """Delete everything kept of removed connections."""
    for tenant_id, connection_id in connections:
        for table in _OWNED:
            await session.execute(
                delete(table).where(
                    table.tenant_id == tenant_id, table.connection_id == connection_id
                )
            )


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    """Delete everything kept of purged tenants."""
    for table in _OWNED:
        await session.execute(delete(table).where(table.tenant_id.in_(tenant_ids)))
