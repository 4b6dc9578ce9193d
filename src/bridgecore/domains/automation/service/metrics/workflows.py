"""What each workflow of a client did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.automation.models import Workflow
from bridgecore.domains.automation.repository import figures
from bridgecore.domains.automation.repository import workflows as lists
from bridgecore.domains.automation.repository.figures import Key, Percentiles
from bridgecore.domains.automation.schemas.metrics import (
    ErrorGroup,
    ExecutionFigures,
    Savings,
    Status,
    Streak,
    WorkflowMetrics,
    WorkflowsOut,
)
from bridgecore.domains.automation.service import attention, counting
from bridgecore.domains.automation.service.counting import Counts, Saved
from bridgecore.domains.automation.service.metrics.asked import Asked
from bridgecore.domains.automation.service.metrics.subject import Subject, is_there, subject

MOST_WORKFLOWS = 10_000


async def workflow_metrics(session: AsyncSession, tenant_id: UUID, asked: Asked) -> WorkflowsOut:
    """The same of each workflow, those that need attention first, then the busiest.

    Raises TenantNotFound, PeriodInvalid.
    """
    client = await subject(session, tenant_id)
    period = asked.period(client.zone, client.now)
    told = asked.told(period, client.zone)
    workflows = await lists.of_tenant(session, tenant_id)
    by_day = (Key.WORKFLOW, Key.DAY)
    rows = counting.keyed(
        await client.days(session, period, asked.runs, by_day),
        "connection_id",
        "workflow_id",
        "day",
    )
    periods = [period, period.before] if client.has(period.before) else [period]
    slow, *old = await figures.percentiles_by_workflow(session, tenant_id, periods, asked.runs)
    former: Mapping[Any, Counts] | None = None
    if old:
        found = await client.days(session, period.before, asked.runs, (Key.WORKFLOW,))
        former = counting.keyed(found, "connection_id", "workflow_id")
    errors = {
        (group.connection_id, group.workflow_id): group
        for group in await client.errors(
            session, workflows, period, asked.runs, limit=MOST_WORKFLOWS, each_workflow=True
        )
    }
    days = counting.days_of(period, client.zone)
    daily: dict[Any, dict[date, Counts]] = {}
    for (connection_id, workflow_id, day), counts in rows.items():
        daily.setdefault((connection_id, workflow_id), {})[day] = counts
    made = []
    for workflow in workflows:
        key = (workflow.connection_id, workflow.workflow_id)
        if not is_there(workflow) and key not in daily:
            continue
        made.append(
            _workflow(
                client,
                workflow,
                daily.get(key, {}),
                days,
                slow.get(key),
                None if former is None else former.get(key, Counts()),
                old[0].get(key) if old else None,
                errors.get(key),
            )
        )
    made.sort(key=lambda each: (-attention.weight(each.attention), -each.figures.executions))
    return WorkflowsOut(
        client=client.ref,
        period=told,
        workflows=made,
    )


def _workflow(
    client: Subject,
    workflow: Workflow,
    daily: Mapping[date, Counts],
    days: Sequence[date],
    slow: Percentiles | None,
    former: Counts | None,
    old: Percentiles | None,
    error: ErrorGroup | None,
) -> WorkflowMetrics:
    counts = counting.added(daily.values())
    now = _of_workflow(workflow, counts, slow)
    before = None if former is None else _of_workflow(workflow, former, old)
    changed = counting.change(now, before)
    last = None
    if workflow.last_number is not None and workflow.last_run_at is not None:
        last = client.link(
            workflow.connection_id,
            workflow.workflow_id,
            workflow.last_number,
            workflow.last_run_at,
        )
    return WorkflowMetrics(
        connection_id=workflow.connection_id,
        server=client.server_name(workflow.connection_id),
        workflow_id=workflow.workflow_id,
        name=workflow.name,
        url=client.server_url(workflow.connection_id, workflow.workflow_id),
        active=workflow.active,
        archived=workflow.archived,
        deleted_at=workflow.deleted_at,
        tags=workflow.tags,
        every_seconds=workflow.every_seconds,
        figures=now,
        before=before,
        change=changed,
        executions_by_day=[daily[day].executions if day in daily else 0 for day in days],
        errors_by_day=[daily[day].error if day in daily else 0 for day in days],
        last_run_at=workflow.last_run_at,
        last_status=Status(workflow.last_status) if workflow.last_status else None,
        last_execution=last,
        last_success_at=workflow.last_success_at,
        last_failure_at=workflow.last_failure_at,
        streak=Streak(outcome=workflow.outcome, length=workflow.streak)
        if workflow.outcome
        else None,
        most_common_error=error,
        savings=savings_of(workflow),
        attention=attention.sorted_by_weight(
            [*attention.of_workflow(workflow, client.now), *attention.of_figures(now, changed)]
        ),
    )


def savings_of(workflow: Workflow) -> Savings:
    """What is set of a workflow, and what counts."""
    return Savings(
        minutes=counting.minutes_of(workflow),
        minutes_saved=workflow.minutes_saved,
        source_minutes=workflow.source_minutes,
        hourly_rate=workflow.hourly_rate,
        currency=workflow.currency,
    )


def _of_workflow(workflow: Any, counts: Counts, slow: Percentiles | None) -> ExecutionFigures:
    saved = Saved()
    saved.count(workflow, counts.success)
    p50, p95 = slow or (None, None)
    return counting.figures(counts, saved, p50=p50, p95=p95)
