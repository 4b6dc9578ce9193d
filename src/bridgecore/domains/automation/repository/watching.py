"""What is watched of workflows: how their executions ended lately, and how often they start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

_OUTCOMES = text(
    """
    SELECT connection_id, workflow_id,
           count(*) FILTER (WHERE status = 'success') AS success,
           count(*) FILTER (WHERE failed) AS failed
      FROM automation_executions
     WHERE tenant_id = :tenant AND started_at >= :since AND production
     GROUP BY connection_id, workflow_id
    """
)
# the starts of a schedule are even: what is started by something else is not
_RHYTHMS = text(
    """
    SELECT w.connection_id, w.workflow_id, g.gaps,
           g.median_seconds, g.longest_seconds
      FROM automation_workflows w
     CROSS JOIN LATERAL (
           SELECT count(gap) AS gaps,
                  percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS median_seconds,
                  max(gap) AS longest_seconds
             FROM (
                  SELECT extract(epoch FROM started_at - lag(started_at) OVER (ORDER BY started_at))
                         ::float8 AS gap
                    FROM (
                         SELECT started_at FROM automation_executions e
                          WHERE e.tenant_id = w.tenant_id AND e.connection_id = w.connection_id
                            AND e.workflow_id = w.workflow_id AND e.mode = 'trigger'
                          ORDER BY e.started_at DESC LIMIT :runs
                         ) AS latest
                  ) AS steps
           ) AS g
     WHERE w.tenant_id = :tenant AND w.active AND NOT w.archived AND w.deleted_at IS NULL
       AND w.every_seconds IS NULL
    """
)


async def outcomes(session: AsyncSession, tenant_id: UUID, since: datetime) -> Sequence[Row[Any]]:
    """Production executions since then: connection_id, workflow_id, success, failed."""
    return (await session.execute(_OUTCOMES, {"tenant": tenant_id, "since": since})).all()


async def rhythms(session: AsyncSession, tenant_id: UUID, runs: int) -> Sequence[Row[Any]]:
    """Of active workflows whose schedule is not known: the waits between their last `runs` starts.

    Rows: connection_id, workflow_id, gaps, median_seconds, longest_seconds.
    """
    return (await session.execute(_RHYTHMS, {"tenant": tenant_id, "runs": runs})).all()
