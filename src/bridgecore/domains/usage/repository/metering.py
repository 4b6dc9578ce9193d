"""What tenants used and store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.usage.models import StorageUse, UsageMetering
from bridgecore.domains.usage.schemas import Metered


async def put_day(session: AsyncSession, day: date, weights: Mapping[UUID, int]) -> None:
    """Keep the counts of a day. A lower count (counters that were lost) takes nothing back."""
    if not weights:
        return
    await session.execute(
        text(
            """
            INSERT INTO usage_metering (tenant_id, day, weight)
            SELECT tenant_id, :day, weight
              FROM unnest(CAST(:tenants AS uuid[]), CAST(:weights AS bigint[]))
                   AS counted (tenant_id, weight)
            ON CONFLICT (tenant_id, day) DO UPDATE
               SET weight = excluded.weight, counted_at = clock_timestamp()
             WHERE usage_metering.weight < excluded.weight
            """
        ),
        {"day": day, "tenants": list(weights), "weights": list(weights.values())},
    )


async def days(
    session: AsyncSession, tenant_id: UUID, first: date, last: date
) -> Sequence[Metered]:
    query = (
        select(UsageMetering.day, UsageMetering.weight)
        .where(
            UsageMetering.tenant_id == tenant_id,
            UsageMetering.day >= first,
            UsageMetering.day <= last,
        )
        .order_by(UsageMetering.day)
    )
    return [Metered(row.day, row.weight) for row in await session.execute(query)]


async def put_storage(session: AsyncSession, kind: str, stored: Mapping[UUID, int]) -> None:
    """Keep how many bytes of a kind each tenant stores."""
    if not stored:
        return
    await session.execute(
        text(
            """
            INSERT INTO storage_use (tenant_id, kind, bytes)
            SELECT tenant_id, :kind, bytes
              FROM unnest(CAST(:tenants AS uuid[]), CAST(:sizes AS bigint[]))
                   AS measured (tenant_id, bytes)
            ON CONFLICT (tenant_id, kind) DO UPDATE
               SET bytes = excluded.bytes, measured_at = clock_timestamp()
            """
        ),
        {"kind": kind, "tenants": list(stored), "sizes": list(stored.values())},
    )


async def storage(session: AsyncSession, tenant_id: UUID) -> tuple[dict[str, int], datetime | None]:
    """Bytes by kind, and when the oldest of them was measured."""
    rows = (
        await session.execute(
            select(StorageUse.kind, StorageUse.bytes, StorageUse.measured_at)
            .where(StorageUse.tenant_id == tenant_id)
            .order_by(StorageUse.kind)
        )
    ).all()
    return (
        {row.kind: row.bytes for row in rows},
        min((row.measured_at for row in rows), default=None),
    )


async def stored_by(session: AsyncSession, tenant_ids: Collection[UUID]) -> dict[UUID, int]:
    """Bytes of all kinds of each tenant that was measured."""
    query = (
        select(StorageUse.tenant_id, func.sum(StorageUse.bytes).label("bytes"))
        .where(StorageUse.tenant_id.in_(tenant_ids))
        .group_by(StorageUse.tenant_id)
    )
    return {row.tenant_id: int(row.bytes) for row in await session.execute(query)}


async def all_storage(session: AsyncSession) -> int:
    return int(await session.scalar(select(func.coalesce(func.sum(StorageUse.bytes), 0))) or 0)
