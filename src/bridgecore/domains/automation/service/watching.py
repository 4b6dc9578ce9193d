"""How workflows stand, for whoever watches them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.automation.models import Workflow
from bridgecore.domains.automation.repository import watching as repository
from bridgecore.domains.automation.repository import workflows as lists

LEARNT_FROM = 30
"""Starts an unknown schedule is learnt from."""
ENOUGH_GAPS = 8
EVEN = 3.0
"""A workflow whose longest wait is within so many times its usual one runs by a schedule."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One workflow that is switched on. `failed_in_a_row` counts production runs, up to 1,000."""

    connection_id: UUID
    workflow_id: str
    name: str
    failed_in_a_row: int
    last_run_at: datetime | None
    last_execution: str | None
    every_seconds: int | None


async def watched_workflows(session: AsyncSession, tenant_id: UUID) -> list[Watched]:
    """Every active workflow of a tenant."""
    return [_watched(row) for row in await lists.of_tenant(session, tenant_id) if _on(row)]


async def recent_outcomes(
    session: AsyncSession, tenant_id: UUID, since: datetime
) -> Mapping[tuple[UUID, str], tuple[int, int]]:
    """(successes, failures) of each workflow that ran since then."""
    rows = await repository.outcomes(session, tenant_id, since)
    return {(row.connection_id, row.workflow_id): (row.success, row.failed) for row in rows}


async def learnt_rhythms(
    session: AsyncSession, tenant_id: UUID
) -> Mapping[tuple[UUID, str], timedelta]:
    """The longest usual wait of workflows that start evenly and whose schedule is unknown."""
    return {
        (row.connection_id, row.workflow_id): timedelta(seconds=row.longest_seconds)
        for row in await repository.rhythms(session, tenant_id, LEARNT_FROM)
        if row.gaps >= ENOUGH_GAPS and row.longest_seconds <= row.median_seconds * EVEN
    }


def _on(row: Workflow) -> bool:
    return row.active and not row.archived and row.deleted_at is None


def _watched(row: Workflow) -> Watched:
    return Watched(
        connection_id=row.connection_id,
        workflow_id=row.workflow_id,
        name=row.name or row.workflow_id,
        failed_in_a_row=row.streak if row.outcome == "failure" else 0,
        last_run_at=row.last_run_at,
        last_execution=None if row.last_number is None else str(row.last_number),
        every_seconds=row.every_seconds,
    )
