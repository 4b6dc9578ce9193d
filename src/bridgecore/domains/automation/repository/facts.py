"""Facts written as they come, and the hours, days and states of workflows they touch.

What is touched is made again from the facts themselves, so coming twice changes nothing.
"""

# ruff: noqa: S608 - statements are put together from names of ours; values are bound

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.automation.models import Day, Execution, Feed, Hour, Workflow
from bridgecore.domains.automation.repository.measures import (
    ADDED,
    COLUMNS,
    OF_EXECUTIONS,
    as_json,
)
from bridgecore.domains.automation.schemas.facts import ExecutionFact, WorkflowFact

LONGEST_STREAK = 1_000


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


async def store_workflows(
    session: AsyncSession, tenant_id: UUID, facts: Sequence[WorkflowFact]
) -> None:
    """Names, switches and schedules as they are now; what people set here stays."""
    if not facts:
        return
    latest = {(fact.connection_id, fact.workflow_id): fact for fact in facts}
    await session.execute(
        text(
            """
            INSERT INTO automation_workflows AS w
                   (tenant_id, connection_id, workflow_id, name, active, archived, deleted_at,
                    tags, every_seconds, source_minutes)
            VALUES (:tenant_id, :connection_id, :workflow_id, :name, :active, :archived,
                    :deleted_at, CAST(:tags AS jsonb), :every_seconds, :source_minutes)
            ON CONFLICT (tenant_id, connection_id, workflow_id) DO UPDATE
               SET name = excluded.name, active = excluded.active, archived = excluded.archived,
                   deleted_at = excluded.deleted_at, tags = excluded.tags,
                   every_seconds = excluded.every_seconds,
                   source_minutes = excluded.source_minutes
            """
        ),
        [
            {
                "tenant_id": tenant_id,
                "connection_id": fact.connection_id,
                "workflow_id": fact.workflow_id,
                "name": fact.name,
                "active": fact.active,
                "archived": fact.archived,
                "deleted_at": fact.deleted_at,
                "tags": as_json(fact.tags),
                "every_seconds": fact.every_seconds,
                "source_minutes": fact.source_minutes,
            }
            for fact in latest.values()
        ],
    )


_FACTS = """
    unnest(CAST(:connections AS uuid[]), CAST(:numbers AS bigint[]), CAST(:workflows AS text[]),
           CAST(:statuses AS text[]), CAST(:modes AS text[]), CAST(:productions AS bool[]),
           CAST(:started AS timestamptz[]), CAST(:stopped AS timestamptz[]),
           CAST(:durations AS bigint[]), CAST(:waits AS timestamptz[]),
           CAST(:retries AS bigint[]), CAST(:recoveries AS bigint[]))
        AS fact (connection_id, number, workflow_id, status, mode, production, started_at,
                 stopped_at, duration_ms, wait_till, retry_of, recovered_by)
"""


async def store_executions(
    session: AsyncSession, tenant_id: UUID, zone: str, facts: Sequence[ExecutionFact]
) -> list[Row[Any]]:
    """Facts as they are now, with all that follows from them.

    Returns the workflows whose state became another one.
    """
    if not facts:
        return []
    latest = list({(fact.connection_id, fact.number): fact for fact in facts}.values())
    bound: dict[str, Any] = {
        "tenant_id": tenant_id,
        "zone": zone,
        "connections": [fact.connection_id for fact in latest],
        "numbers": [fact.number for fact in latest],
    }
    # an execution that goes on after a wait starts anew: the hour it was in loses it
    before = await session.execute(
        text(
            """
            SELECT e.connection_id, e.workflow_id, e.production,
                   date_trunc('hour', e.started_at, :zone) AS hour
              FROM unnest(CAST(:connections AS uuid[]), CAST(:numbers AS bigint[]))
                   AS fact (connection_id, number)
              JOIN automation_executions e
                ON e.tenant_id = :tenant_id AND e.connection_id = fact.connection_id
               AND e.number = fact.number
            """
        ),
        bound,
    )
    touched = {tuple(row) for row in before}
    stored = await session.execute(
        text(
            f"""
            INSERT INTO automation_executions AS e
                   (tenant_id, connection_id, number, workflow_id, status, mode, production,
                    started_at, stopped_at, duration_ms, waited, wait_till, retry_of, recovered_by)
            SELECT :tenant_id, connection_id, number, workflow_id, status, mode, production,
                   started_at, stopped_at, duration_ms, status = 'waiting', wait_till, retry_of,
                   recovered_by
              FROM {_FACTS}
            ON CONFLICT (tenant_id, connection_id, number) DO UPDATE
               SET workflow_id = excluded.workflow_id, status = excluded.status,
                   mode = excluded.mode, production = excluded.production,
                   started_at = excluded.started_at, stopped_at = excluded.stopped_at,
                   duration_ms = excluded.duration_ms, waited = e.waited OR excluded.waited,
                   wait_till = excluded.wait_till, retry_of = excluded.retry_of,
                   recovered_by = excluded.recovered_by
            RETURNING connection_id, workflow_id, production,
                      date_trunc('hour', started_at, :zone) AS hour
            """
        ),
        {
            **bound,
            "workflows": [fact.workflow_id for fact in latest],
            "statuses": [fact.status for fact in latest],
            "modes": [fact.mode for fact in latest],
            "productions": [fact.production for fact in latest],
            "started": [fact.started_at for fact in latest],
            "stopped": [fact.stopped_at for fact in latest],
            "durations": [fact.duration_ms for fact in latest],
            "waits": [fact.wait_till for fact in latest],
            "retries": [fact.retry_of for fact in latest],
            "recoveries": [fact.recovered_by for fact in latest],
        },
    )
    touched |= {tuple(row) for row in stored}
    await count_again(session, tenant_id, zone, sorted(touched))
    await session.execute(
        text(
            "UPDATE automation_feeds SET first_run_at = least(first_run_at, :first)"
            " WHERE tenant_id = :tenant_id"
        ),
        {"tenant_id": tenant_id, "first": min(fact.started_at for fact in latest)},
    )
    return await _look_at(session, tenant_id, sorted({(row[0], row[1]) for row in touched}))


_TOUCHED = """
    unnest(CAST(:connections AS uuid[]), CAST(:workflows AS text[]),
           CAST(:productions AS bool[]), CAST(:hours AS timestamptz[]))
        AS touched (connection_id, workflow_id, production, hour)
"""
_SAME = """
    {row}.tenant_id = :tenant_id AND {row}.connection_id = touched.connection_id
    AND {row}.workflow_id = touched.workflow_id AND {row}.production = touched.production
"""


async def count_again(
    session: AsyncSession, tenant_id: UUID, zone: str, touched: Sequence[Sequence[Any]]
) -> None:
    """Make hours, and the days they are in, from the facts: (connection, workflow, production,
    hour) each."""
    bound = {
        "tenant_id": tenant_id,
        "zone": zone,
        "connections": [row[0] for row in touched],
        "workflows": [row[1] for row in touched],
        "productions": [row[2] for row in touched],
        "hours": [row[3] for row in touched],
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


_RUNS = """
    SELECT e.started_at, e.number, e.status, e.failed FROM automation_executions e
     WHERE e.tenant_id = :tenant_id AND e.connection_id = touched.connection_id
       AND e.workflow_id = touched.workflow_id AND e.production
"""
_LATEST = "ORDER BY started_at DESC, number DESC LIMIT 1"


async def _look_at(
    session: AsyncSession, tenant_id: UUID, touched: Sequence[tuple[UUID, str]]
) -> list[Row[Any]]:
    """Last run, outcome and streak of workflows; those that came to another state."""
    rows = await session.execute(
        text(
            f"""
            WITH touched AS (
                   SELECT * FROM unnest(CAST(:connections AS uuid[]), CAST(:workflows AS text[]))
                       AS touched (connection_id, workflow_id)),
                 seen AS (
                   INSERT INTO automation_workflows (tenant_id, connection_id, workflow_id)
                   SELECT :tenant_id, connection_id, workflow_id FROM touched
                   ON CONFLICT DO NOTHING
                   RETURNING connection_id, workflow_id),
                 state AS (
                   SELECT touched.connection_id, touched.workflow_id,
                          last.started_at AS last_run_at, last.status AS last_status,
                          last.number AS last_number, good.started_at AS last_success_at,
                          bad.started_at AS last_failure_at,
                          CASE WHEN ended.failed THEN 'failure'
                               WHEN NOT ended.failed THEN 'success' END AS outcome,
                          streak.length AS streak
                     FROM touched
                     LEFT JOIN LATERAL ({_RUNS} {_LATEST}) AS last ON true
                     LEFT JOIN LATERAL ({_RUNS} AND e.finished {_LATEST}) AS ended ON true
                     LEFT JOIN LATERAL ({_RUNS} AND e.finished AND NOT e.failed {_LATEST})
                          AS good ON true
                     LEFT JOIN LATERAL ({_RUNS} AND e.failed {_LATEST}) AS bad ON true
                     LEFT JOIN LATERAL (
                          SELECT count(*) AS length FROM (
                            {_RUNS} AND e.finished AND (e.started_at, e.number) > (
                                coalesce(CASE WHEN ended.failed THEN good.started_at
                                              ELSE bad.started_at END, '-infinity'),
                                coalesce(CASE WHEN ended.failed THEN good.number
                                              ELSE bad.number END, -1))
                             LIMIT {LONGEST_STREAK}) AS row) AS streak ON true)
            SELECT * FROM state
            """
        ),
        {
            "tenant_id": tenant_id,
            "connections": [row[0] for row in touched],
            "workflows": [row[1] for row in touched],
        },
    )
    states = [dict(row._mapping) for row in rows]
    changed = await session.execute(
        text(
            """
            WITH state AS (
                   SELECT * FROM jsonb_to_recordset(CAST(:states AS jsonb)) AS state (
                       connection_id uuid, workflow_id text, last_run_at timestamptz,
                       last_status text, last_number bigint, last_success_at timestamptz,
                       last_failure_at timestamptz, outcome text, streak int)),
                 before AS (
                   SELECT w.connection_id, w.workflow_id, w.outcome, w.last_run_at
                     FROM automation_workflows w JOIN state USING (connection_id, workflow_id)
                    WHERE w.tenant_id = :tenant_id),
                 changed AS (
                   UPDATE automation_workflows w
                      SET last_run_at = state.last_run_at, last_status = state.last_status,
                          last_number = state.last_number,
                          last_success_at = state.last_success_at,
                          last_failure_at = state.last_failure_at,
                          outcome = state.outcome, streak = coalesce(state.streak, 0)
                     FROM state
                    WHERE w.tenant_id = :tenant_id AND w.connection_id = state.connection_id
                      AND w.workflow_id = state.workflow_id
                      AND (w.last_run_at, w.last_status, w.last_number, w.last_success_at,
                           w.last_failure_at, w.outcome, w.streak)
                          IS DISTINCT FROM
                          (state.last_run_at, state.last_status, state.last_number,
                           state.last_success_at, state.last_failure_at, state.outcome,
                           coalesce(state.streak, 0))
                   RETURNING w.connection_id, w.workflow_id, w.name, w.outcome, w.streak,
                             w.last_number, w.last_run_at)
            SELECT changed.* FROM changed JOIN before USING (connection_id, workflow_id)
             WHERE changed.outcome IS NOT NULL
               AND (changed.outcome, changed.last_run_at)
                   IS DISTINCT FROM (before.outcome, before.last_run_at)
            """
        ),
        {"tenant_id": tenant_id, "states": as_json(states)},
    )
    return list(changed.all())


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
    await session.execute(
        text("UPDATE automation_feeds SET time_zone = :zone WHERE tenant_id = :tenant_id"), bound
    )


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


async def unexplained(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, limit: int
) -> list[int]:
    """Failed executions nobody has asked n8n about, the newest first."""
    rows = await session.scalars(
        text(
            "SELECT number FROM automation_executions"
            " WHERE tenant_id = :tenant_id AND connection_id = :connection_id"
            " AND failed AND explained_at IS NULL ORDER BY number DESC LIMIT :limit"
        ),
        {"tenant_id": tenant_id, "connection_id": connection_id, "limit": limit},
    )
    return list(rows)


async def connections_with_unexplained(session: AsyncSession) -> list[tuple[UUID, UUID]]:
    """(tenant, connection) that have failures to be explained. Needs a platform session."""
    rows = await session.execute(
        text(
            "SELECT tenant_id, connection_id FROM automation_executions"
            " WHERE failed AND explained_at IS NULL GROUP BY 1, 2"
        )
    )
    return [(row.tenant_id, row.connection_id) for row in rows]


async def explain(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    number: int,
    *,
    message: str | None,
    name: str | None,
    node: str | None,
    description: str | None,
    at: datetime,
) -> None:
    await session.execute(
        text(
            "UPDATE automation_executions SET error_message = :message, error_name = :name,"
            " error_node = :node, error_description = :description, explained_at = :at"
            " WHERE tenant_id = :tenant_id AND connection_id = :connection_id"
            " AND number = :number"
        ),
        {
            "tenant_id": tenant_id,
            "connection_id": connection_id,
            "number": number,
            "message": message,
            "name": name,
            "node": node,
            "description": description,
            "at": at,
        },
    )
