"""Queries of parity reports and the differences they found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.sync.models import SyncParityDifference, SyncParityReport


async def add_report(session: AsyncSession, values: Mapping[str, Any]) -> None:
    session.add(SyncParityReport(**values))
    await session.flush()


async def save_report(session: AsyncSession, report_id: UUID, values: Mapping[str, Any]) -> None:
    await session.execute(
        update(SyncParityReport)
        .where(SyncParityReport.id == report_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def report(session: AsyncSession, report_id: UUID) -> SyncParityReport | None:
    found: SyncParityReport | None = await session.scalar(
        select(SyncParityReport).where(SyncParityReport.id == report_id)
    )
    return found


async def latest_with_differences(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID
) -> SyncParityReport | None:
    """The newest ended report that still holds something to repair."""
    open_ones = (
        select(SyncParityDifference.report_id)
        .where(
            SyncParityDifference.report_id == SyncParityReport.id,
            SyncParityDifference.repaired_at.is_(None),
        )
        .exists()
    )
    found: SyncParityReport | None = await session.scalar(
        select(SyncParityReport)
        .where(
            SyncParityReport.tenant_id == tenant_id,
            SyncParityReport.connection_id == connection_id,
            SyncParityReport.status == "differs",
            open_ones,
        )
        .order_by(SyncParityReport.id.desc())
        .limit(1)
    )
    return found


async def page(
    session: AsyncSession,
    tenant_id: UUID,
    *,
    connection_id: UUID | None,
    content: str | None,
    before: UUID | None,
    limit: int,
) -> Sequence[SyncParityReport]:
    """Reports newest first."""
    query = select(SyncParityReport).where(SyncParityReport.tenant_id == tenant_id)
    if connection_id is not None:
        query = query.where(SyncParityReport.connection_id == connection_id)
    if content is not None:
        query = query.where(SyncParityReport.content == content)
    if before is not None:
        query = query.where(SyncParityReport.id < before)
    return (await session.scalars(query.order_by(SyncParityReport.id.desc()).limit(limit))).all()


async def open_counts(session: AsyncSession, report_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many differences of each report are not repaired yet."""
    rows = await session.execute(
        select(SyncParityDifference.report_id, func.count())
        .where(
            SyncParityDifference.report_id.in_(report_ids),
            SyncParityDifference.repaired_at.is_(None),
        )
        .group_by(SyncParityDifference.report_id)
    )
    return {report_id: int(count) for report_id, count in rows}


async def add_differences(
    session: AsyncSession,
    tenant_id: UUID,
    report_id: UUID,
    entity: str,
    found: Sequence[tuple[str, str]],
) -> None:
    """`found`: pairs of key and kind."""
    await session.execute(
        text(
            "INSERT INTO sync_parity_differences (report_id, entity, key, tenant_id, kind)"
            " SELECT :report, :entity, key, :tenant, kind"
            " FROM unnest(CAST(:keys AS text[]), CAST(:kinds AS text[])) AS n(key, kind)"
            " ON CONFLICT DO NOTHING"
        ),
        {
            "report": report_id,
            "entity": entity,
            "tenant": tenant_id,
            "keys": [key for key, _ in found],
            "kinds": [kind for _, kind in found],
        },
    )


async def differences(
    session: AsyncSession,
    tenant_id: UUID,
    report_id: UUID,
    *,
    entity: str | None = None,
    after: tuple[str, str] | None = None,
    unrepaired: bool = False,
    limit: int,
) -> Sequence[SyncParityDifference]:
    """By entity and key."""
    place = tuple_(SyncParityDifference.entity, SyncParityDifference.key)
    query = select(SyncParityDifference).where(
        SyncParityDifference.tenant_id == tenant_id, SyncParityDifference.report_id == report_id
    )
    if entity is not None:
        query = query.where(SyncParityDifference.entity == entity)
    if unrepaired:
        query = query.where(SyncParityDifference.repaired_at.is_(None))
    if after is not None:
        query = query.where(place > after)
    return (await session.scalars(query.order_by(place).limit(limit))).all()


async def mark_repaired(
    session: AsyncSession, report_id: UUID, entity: str, keys: Sequence[str]
) -> None:
    await session.execute(
        update(SyncParityDifference)
        .where(
            SyncParityDifference.report_id == report_id,
            SyncParityDifference.entity == entity,
            SyncParityDifference.key.in_(keys),
        )
        .values(repaired_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


async def forget_before(session: AsyncSession, moment: datetime) -> int:
    """Delete old reports with their differences. Returns how many."""
    gone = await session.execute(
        delete(SyncParityReport).where(SyncParityReport.started_at < moment)
    )
    return int(getattr(gone, "rowcount", 0))
