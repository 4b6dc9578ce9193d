"""How far tenants' facts follow the lake, since when and in which time zone; and their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.automation.models import Day, Execution, Feed, Hour, Workflow


@dataclass(frozen=True, slots=True)
class FeedState:
    version: int
    time_zone: str


async def take_feed(session: AsyncSession, tenant_id: UUID, time_zone: str) -> FeedState:
    """Lock the tenant's feed, so that one transaction at a time follows the lake.

    A feed that is not there yet begins in that time zone.
    """
    await session.execute(
        text(
            "INSERT INTO automation_feeds (tenant_id, time_zone) VALUES (:tenant_id, :zone)"
            " ON CONFLICT DO NOTHING"
        ),
        {"tenant_id": tenant_id, "zone": time_zone},
    )
    row = (
        await session.execute(
            text(
                "SELECT version, time_zone FROM automation_feeds WHERE tenant_id = :tenant_id"
                " FOR UPDATE"
            ),
            {"tenant_id": tenant_id},
        )
    ).one()
    return FeedState(row.version, row.time_zone)


async def move_feed(session: AsyncSession, tenant_id: UUID, version: int) -> None:
    await session.execute(
        text(
            "UPDATE automation_feeds SET version = :version, moved_at = clock_timestamp()"
            " WHERE tenant_id = :tenant_id"
        ),
        {"tenant_id": tenant_id, "version": version},
    )


async def reach_back(session: AsyncSession, tenant_id: UUID, moment: datetime) -> None:
    """Note that something is known of that moment."""
    await session.execute(
        text(
            "UPDATE automation_feeds SET first_run_at = least(first_run_at, :moment)"
            " WHERE tenant_id = :tenant_id"
        ),
        {"tenant_id": tenant_id, "moment": moment},
    )


async def set_time_zone(session: AsyncSession, tenant_id: UUID, zone: str) -> None:
    await session.execute(
        text("UPDATE automation_feeds SET time_zone = :zone WHERE tenant_id = :tenant_id"),
        {"tenant_id": tenant_id, "zone": zone},
    )


async def known(
    session: AsyncSession, tenant_ids: Sequence[UUID]
) -> dict[UUID, tuple[str, datetime | None]]:
    """The time zone of each tenant's hours and days, and its first run."""
    rows = await session.execute(
        text(
            "SELECT tenant_id, time_zone, first_run_at FROM automation_feeds"
            " WHERE tenant_id = ANY(:tenants)"
        ),
        {"tenants": list(tenant_ids)},
    )
    return {row.tenant_id: (row.time_zone, row.first_run_at) for row in rows}


async def forget(
    session: AsyncSession, tenant_ids: Sequence[UUID], connection_id: UUID | None = None
) -> None:
    """Delete everything of tenants, or of one connection of theirs."""
    for table in (Execution, Hour, Day, Workflow):
        gone = delete(table).where(table.tenant_id.in_(tenant_ids))
        if connection_id is not None:
            gone = gone.where(table.connection_id == connection_id)
        await session.execute(gone)
    if connection_id is None:
        await session.execute(delete(Feed).where(Feed.tenant_id.in_(tenant_ids)))
