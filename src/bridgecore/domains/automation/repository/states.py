"""How workflows stand after their executions: last run, outcome, and how often in a row."""

# ruff: noqa: S608 - statements are put together from names of ours; values are bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.automation.repository.measures import as_json

LONGEST_STREAK = 1_000

_RUNS = """
    SELECT e.started_at, e.number, e.status, e.failed FROM automation_executions e
     WHERE e.tenant_id = :tenant_id AND e.connection_id = touched.connection_id
       AND e.workflow_id = touched.workflow_id AND e.production
"""
_LATEST = "ORDER BY started_at DESC, number DESC LIMIT 1"


async def look_at(
    session: AsyncSession, tenant_id: UUID, touched: Sequence[tuple[UUID, str]]
) -> list[Row[Any]]:
    """Last run, outcome and streak of workflows; those that came to another state."""
    rows = await session.execute(
        text(
            f"""
            WITH touched AS (
                   SELECT * FROM unnest(CAST(:connections AS uuid[]), CAST(:workflows AS text[]))
                       AS touched (connection_id, workflow_id)),
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
