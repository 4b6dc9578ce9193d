"""What one client's automations did, all in all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.automation.models import Workflow
from bridgecore.domains.automation.repository import figures
from bridgecore.domains.automation.repository import workflows as lists
from bridgecore.domains.automation.repository.figures import Key, Percentiles
from bridgecore.domains.automation.schemas.metrics import (
    Bucket,
    ClientMetrics,
    ExecutionFigures,
    ExecutionHour,
    Runs,
)
from bridgecore.domains.automation.schemas.periods import HOUR, Interval, Period, local_hour
from bridgecore.domains.automation.service import attention, counting
from bridgecore.domains.automation.service.counting import Counts, Saved
from bridgecore.domains.automation.service.metrics.asked import Asked
from bridgecore.domains.automation.service.metrics.subject import (
    Subject,
    is_there,
    latest,
    subject,
)

MOST_ERRORS = 10
_OTHER = {Runs.PRODUCTION: Runs.MANUAL, Runs.MANUAL: Runs.PRODUCTION}


async def client_metrics(session: AsyncSession, tenant_id: UUID, asked: Asked) -> ClientMetrics:
    """What one client's automations did. Raises TenantNotFound, PeriodInvalid."""
    client = await subject(session, tenant_id)
    period = asked.period(client.zone, client.now)
    told = asked.told(period, client.zone)
    workflows = await lists.of_tenant(session, tenant_id)
    # those not asked for are counted in the same reading
    by_hour = told.interval is Interval.HOUR
    days = () if by_hour else ((Key.PRODUCTION, Key.DAY),)
    every = await client.days(session, period, Runs.ALL, (Key.PRODUCTION, Key.WORKFLOW), *days)
    rows = counting.of_runs(every, asked.runs)
    others = counting.of_runs(every, _OTHER[asked.runs]) if asked.runs in _OTHER else []
    periods = [period, period.before] if client.has(period.before) else [period]
    slow = await figures.percentiles(session, tenant_id, periods, asked.runs)
    now = _figures(workflows, counting.keyed(rows, *_WORKFLOW), slow[0])
    before = None
    if len(periods) == 2:
        found = await client.days(session, period.before, asked.runs, (Key.WORKFLOW,))
        before = _figures(workflows, counting.keyed(found, *_WORKFLOW), slow[1])
    changed = counting.change(now, before)
    hours = ((Key.HOUR,),) if by_hour else ()
    hourly = await client.hours(session, period, asked.runs, (Key.HOUR_OF_DAY,), *hours)
    return ClientMetrics(
        client=client.ref,
        period=told,
        figures=now,
        before=before,
        change=changed,
        other_runs=counting.added(counting.keyed(others, *_WORKFLOW).values()).executions,
        series=_by_hour(counting.keyed(hourly, "hour"), period, client.zone)
        if by_hour
        else counting.by_day(counting.keyed(rows, "day"), period, client.zone, told.interval),
        by_hour=_hours_of_day(counting.keyed(hourly, "hour_of_day")),
        errors=await client.errors(session, workflows, period, asked.runs, limit=MOST_ERRORS),
        workflows=sum(is_there(workflow) for workflow in workflows),
        active_workflows=sum(is_there(workflow) and workflow.active for workflow in workflows),
        last_run_at=latest(workflow.last_run_at for workflow in workflows),
        servers=list(client.servers),
        fresh_at=client.fresh_at,
        attention=_attention(client, workflows, now, changed),
    )


_WORKFLOW = ("connection_id", "workflow_id")


def _figures(
    workflows: Sequence[Workflow], rows: Mapping[Any, Counts], slow: Percentiles | None
) -> ExecutionFigures:
    saved = Saved()
    for workflow in workflows:
        counts = rows.get((workflow.connection_id, workflow.workflow_id))
        if counts is not None:
            saved.count(workflow, counts.success)
    p50, p95 = slow or (None, None)
    return counting.figures(counting.added(rows.values()), saved, p50=p50, p95=p95)


def _by_hour(rows: Mapping[datetime, Counts], period: Period, zone: ZoneInfo) -> list[Bucket]:
    hours = []
    hour = local_hour(period.start, zone)
    while hour < period.end:
        hours.append(hour)
        hour = local_hour(hour + HOUR + timedelta(minutes=1), zone)
    return counting.by_hour(rows, hours)


def _hours_of_day(rows: Mapping[int, Counts]) -> list[ExecutionHour]:
    nothing = Counts()
    return [
        ExecutionHour(
            hour=hour,
            executions=rows.get(hour, nothing).executions,
            error=rows.get(hour, nothing).error,
        )
        for hour in range(24)
    ]


def _attention(
    client: Subject, workflows: Sequence[Workflow], now: ExecutionFigures, changed: Any
) -> Any:
    return attention.sorted_by_weight(
        [
            *attention.of_servers(client.servers, client.now),
            *(
                found
                for workflow in workflows
                for found in attention.of_workflow(workflow, client.now)
            ),
            *attention.of_figures(now, changed),
        ]
    )
