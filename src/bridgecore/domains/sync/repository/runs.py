"""Queries of runs: asked for, under way, ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.sync.models import SyncPlan, SyncRun
from bridgecore.domains.sync.schemas import RunFilter


async def run(session: AsyncSession, run_id: UUID, *, lock: bool = False) -> SyncRun | None:
    query = select(SyncRun).where(SyncRun.id == run_id)
    if lock:
        query = query.with_for_update()
    found: SyncRun | None = await session.scalar(query)
    return found


async def unfinished(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, *, lock: bool = False
) -> Sequence[SyncRun]:
    """Runs queued or under way, those under way first, then the oldest."""
    query = (
        select(SyncRun)
        .where(
            SyncRun.tenant_id == tenant_id,
            SyncRun.connection_id == connection_id,
            SyncRun.status.in_(("queued", "running")),
        )
        .order_by(SyncRun.status.desc(), SyncRun.id)
    )
    if lock:
        query = query.with_for_update()
    return (await session.scalars(query)).all()


async def add_run(session: AsyncSession, values: Mapping[str, Any]) -> SyncRun:
    row = SyncRun(**values)
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row


async def put_run(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Write a run under way, whether it is there already or not."""
    statement = insert(SyncRun).values(**values)
    changing = {name: value for name, value in values.items() if name not in ("id", "tenant_id")}
    await session.execute(
        statement.on_conflict_do_update(index_elements=[SyncRun.id], set_=changing)
    )


async def repeat_quiet(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, finished_at: datetime
) -> bool:
    """Count another quiet scheduled run into the last entry of the history, if that was one."""
    last = (
        select(SyncRun.id)
        .where(SyncRun.tenant_id == tenant_id, SyncRun.connection_id == connection_id)
        .order_by(SyncRun.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    counted = await session.scalar(
        update(SyncRun)
        .where(
            SyncRun.id == last,
            SyncRun.trigger == "schedule",
            SyncRun.status == "completed",
            SyncRun.changed == 0,
            SyncRun.removed == 0,
            SyncRun.set_aside == 0,
        )
        .values(finished_at=finished_at, repeated=SyncRun.repeated + 1)
        .returning(SyncRun.id)
        .execution_options(synchronize_session=False)
    )
    return counted is not None


async def page(
    session: AsyncSession,
    tenant_id: UUID | None,
    wanted: RunFilter,
    before: UUID | None,
    limit: int,
) -> Sequence[SyncRun]:
    """Runs newest first."""
    query = select(SyncRun)
    if tenant_id is not None:
        query = query.where(SyncRun.tenant_id == tenant_id)
    if wanted.connection_id is not None:
        query = query.where(SyncRun.connection_id == wanted.connection_id)
    if wanted.status is not None:
        query = query.where(SyncRun.status == wanted.status)
    if wanted.trigger is not None:
        query = query.where(SyncRun.trigger == wanted.trigger)
    if wanted.kind is not None:
        query = query.where(SyncRun.kind == wanted.kind)
    if before is not None:
        query = query.where(SyncRun.id < before)
    return (await session.scalars(query.order_by(SyncRun.id.desc()).limit(limit))).all()


async def counts_since(
    session: AsyncSession, tenant_id: UUID, since: datetime
) -> Mapping[str, int]:
    """How many runs ended in each status since then, quiet ones counted singly."""
    rows = await session.execute(
        select(SyncRun.status, func.sum(SyncRun.repeated + 1))
        .where(SyncRun.tenant_id == tenant_id, SyncRun.finished_at >= since)
        .group_by(SyncRun.status)
    )
    return {status: int(count) for status, count in rows}


async def forget_before(session: AsyncSession, moment: datetime, hints_before: datetime) -> int:
    """Delete old history; that of hints is kept for less long. Returns how many runs went."""
    gone = await session.execute(
        delete(SyncRun).where(
            (SyncRun.finished_at < moment)
            | ((SyncRun.finished_at < hints_before) & (SyncRun.trigger == "hint"))
        )
    )
    return int(getattr(gone, "rowcount", 0))


async def idle_connections(session: AsyncSession, kind: str) -> Sequence[SyncPlan]:
    """Enabled plans that ran before, need no person and have no run of this kind to come."""
    waiting = (
        select(SyncRun.id)
        .where(
            SyncRun.tenant_id == SyncPlan.tenant_id,
            SyncRun.connection_id == SyncPlan.connection_id,
            SyncRun.kind == kind,
            SyncRun.status.in_(("queued", "running")),
        )
        .exists()
    )
    query = select(SyncPlan).where(
        SyncPlan.is_enabled,
        SyncPlan.succeeded_at.is_not(None),
        SyncPlan.needs_person.is_(False),
        ~waiting,
    )
    return (await session.scalars(query)).all()
