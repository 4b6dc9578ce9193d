"""Partitions of the logs. The platform role owns no table, so functions of the owner do it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def ensure(session: AsyncSession, first: date, last: date) -> int:
    """Make the partitions of these days that are missing. Returns how many were made."""
    made = await session.scalar(
        text("SELECT ensure_log_partitions(:first, :last)"), {"first": first, "last": last}
    )
    return int(made or 0)


async def drop_oldest(session: AsyncSession, before: date) -> str | None:
    """Drop the oldest partition of a day before `before`. Returns its name, or None."""
    name: str | None = await session.scalar(
        text("SELECT drop_log_partition(:before)"), {"before": before}
    )
    return name
