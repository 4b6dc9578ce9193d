"""Counts of hours and days, made again from the facts wherever those changed.

So a fact that comes twice changes nothing.
"""

# ruff: noqa: S608 - statements are put together from names of ours; values are bound

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.automation.models import Day, Hour
from bridgecore.domains.automation.repository.executions import TouchedHour
from bridgecore.domains.automation.repository.measures import (
    ADDED,
    COLUMNS,
    OF_EXECUTIONS,
    as_json,
)

_TOUCHED = """
    json_to_recordset(CAST(:touched AS json))
        AS touched (connection_id uuid, workflow_id text, production bool, hour timestamptz)
"""
_SAME = """
    {row}.tenant_id = :tenant_id AND {row}.connection_id = touched.connection_id
    AND {row}.workflow_id = touched.workflow_id AND {row}.production = touched.production
"""


async def count_again(
    session: AsyncSession, tenant_id: UUID, zone: str, touched: Sequence[TouchedHour]
) -> None:
    """Make hours, and the days they are in, from the facts."""
    bound = {
        "tenant_id": tenant_id,
        "zone": zone,
        "touched": as_json([each._asdict() for each in touched]),
    }
    statements = (
        f"""
        DELETE FROM automation_hours h USING {_TOUCHED}
         WHERE {_SAME.format(row="h")} AND h.hour = touched.hour
        """,
        # an hour of a clock that is put forward or back is not sixty minutes long everywhere
        f"""
        INSERT INTO automation_hours
               (tenant_id, connection_id, workflow_id, production, hour, {COLUMNS})
        SELECT :tenant_id, touched.connection_id, touched.workflow_id, touched.production,
               touched.hour, {OF_EXECUTIONS}
          FROM {_TOUCHED}
          JOIN automation_executions e
            ON {_SAME.format(row="e")} AND e.started_at >= touched.hour
           AND e.started_at < touched.hour + interval '2 hours'
           AND date_trunc('hour', e.started_at, :zone) = touched.hour
         GROUP BY 2, 3, 4, 5
        """,
        f"""
        DELETE FROM automation_days d USING {_TOUCHED}
         WHERE {_SAME.format(row="d")} AND d.day = (touched.hour AT TIME ZONE :zone)::date
        """,
        f"""
        INSERT INTO automation_days
               (tenant_id, connection_id, workflow_id, production, day, {COLUMNS})
        SELECT :tenant_id, touched.connection_id, touched.workflow_id, touched.production,
               touched.day, {ADDED}
          FROM (SELECT DISTINCT connection_id, workflow_id, production,
                       (hour AT TIME ZONE :zone)::date AS day FROM {_TOUCHED}) AS touched
          JOIN automation_hours h
            ON {_SAME.format(row="h")}
           AND h.hour >= touched.day::timestamp AT TIME ZONE :zone
           AND h.hour < (touched.day + 1)::timestamp AT TIME ZONE :zone
         GROUP BY 2, 3, 4, 5
        """,
    )
    for statement in statements:
        await session.execute(text(statement), bound)


async def count_all_again(session: AsyncSession, tenant_id: UUID, zone: str) -> None:
    """Make every hour and day of a tenant in another time zone."""
    bound = {"tenant_id": tenant_id, "zone": zone}
    for table in (Hour, Day):
        await session.execute(delete(table).where(table.tenant_id == tenant_id))
    await session.execute(
        text(
            f"""
            INSERT INTO automation_hours
                   (tenant_id, connection_id, workflow_id, production, hour, {COLUMNS})
            SELECT :tenant_id, e.connection_id, e.workflow_id, e.production,
                   date_trunc('hour', e.started_at, :zone), {OF_EXECUTIONS}
              FROM automation_executions e WHERE e.tenant_id = :tenant_id
             GROUP BY 2, 3, 4, 5
            """
        ),
        bound,
    )
    await session.execute(
        text(
            f"""
            INSERT INTO automation_days
                   (tenant_id, connection_id, workflow_id, production, day, {COLUMNS})
            SELECT :tenant_id, h.connection_id, h.workflow_id, h.production,
                   (h.hour AT TIME ZONE :zone)::date, {ADDED}
              FROM automation_hours h WHERE h.tenant_id = :tenant_id
             GROUP BY 2, 3, 4, 5
            """
        ),
        bound,
    )
