"""Figures of clients and workflows over any period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.n8n.server import execution_url
from bridgecore.domains.automation.errors import PeriodInvalid
from bridgecore.domains.automation.models import Workflow
from bridgecore.domains.automation.repository import feeds
from bridgecore.domains.automation.repository import figures as repository
from bridgecore.domains.automation.repository import workflows as lists
from bridgecore.domains.automation.repository.figures import Key
from bridgecore.domains.automation.schemas.metrics import (
    Attention,
    ClientMetrics,
    ClientRef,
    ErrorGroup,
    ExecutionFigures,
    ExecutionHour,
    ExecutionLink,
    Overview,
    OverviewClient,
    PeriodOut,
    Runs,
    Savings,
    ServerOut,
    Status,
    Streak,
    WorkflowMetrics,
    WorkflowsOut,
)
from bridgecore.domains.automation.schemas.periods import (
    HOUR,
    Interval,
    Period,
    day_span,
    hour_span,
    last_days,
    local_hour,
)
from bridgecore.domains.automation.service import attention, counting
from bridgecore.domains.automation.service.clients import servers_of
from bridgecore.domains.automation.service.counting import Counts, Saved
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantFilter, TenantOut, TenantStatus
from bridgecore.kit.clock import utcnow

LONGEST = timedelta(days=800)
LONGEST_BY_HOUR = timedelta(days=62)
MOST_ERRORS = 10
MOST_CLIENTS = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller wants figures of: a period, or so many days up to now."""

    start: datetime | None
    end: datetime | None
    days: int
    interval: Interval | None
    runs: Runs

    def period(self, zone: ZoneInfo, now: datetime) -> Period:
        """[start, end) on that zone's clock, its end never in the future. Raises PeriodInvalid."""
        if self.start is None and self.end is None:
            return last_days(self.days, zone, now)
        end = min(self.end or now, now)
        start = self.start if self.start is not None else last_days(self.days, zone, end).start
        if start >= end:
            raise PeriodInvalid
        if end - start > LONGEST:
            raise PeriodInvalid(f"The period is longer than {LONGEST.days} days.")
        return Period(start, end)

    def grouping(self, period: Period) -> Interval:
        """As asked for, else what gives a series of a length that can be looked at."""
        length = period.end - period.start
        if self.interval is Interval.HOUR and length > LONGEST_BY_HOUR:
            raise PeriodInvalid(f"By hour a period has at most {LONGEST_BY_HOUR.days} days.")
        if self.interval is not None:
            return self.interval
        if length <= timedelta(days=2):
            return Interval.HOUR
        return Interval.DAY if length <= timedelta(days=120) else Interval.WEEK


@dataclass(slots=True)
class _Client:
    """One tenant, its clock and its servers, while its figures are put together."""

    tenant: TenantOut
    zone: ZoneInfo
    first_run_at: datetime | None
    servers: Sequence[ServerOut]
    now: datetime

    @property
    def ref(self) -> ClientRef:
        return ClientRef(
            id=self.tenant.id,
            name=self.tenant.name,
            slug=self.tenant.slug,
            status=self.tenant.status.value,
            time_zone=self.zone.key,
        )

    def has(self, period: Period) -> bool:
        """Whether what is known reaches back over all of a period."""
        return self.first_run_at is not None and self.first_run_at <= period.start

    @property
    def fresh_at(self) -> datetime | None:
        read = [server.fresh_at for server in self.servers if server.is_active]
        return min((each for each in read if each is not None), default=None)

    def link(self, connection_id: UUID, workflow_id: str, number: int, at: datetime) -> Any:
        return ExecutionLink(
            connection_id=connection_id,
            id=str(number),
            started_at=at,
            url=self.url(connection_id, workflow_id, number),
        )

    def url(self, connection_id: UUID, workflow_id: str, number: int) -> str | None:
        for server in self.servers:
            if server.connection_id == connection_id and server.url:
                return execution_url(server.url, workflow_id, str(number))
        return None

    def server_name(self, connection_id: UUID) -> str:
        for server in self.servers:
            if server.connection_id == connection_id:
                return server.name
        return "n8n"

    def server_url(self, connection_id: UUID, workflow_id: str) -> str | None:
        for server in self.servers:
            if server.connection_id == connection_id and server.url:
                return f"{server.url}/workflow/{workflow_id}"
        return None


async def _client(session: AsyncSession, tenant_id: UUID) -> _Client:
    tenant = await tenancy.get_tenant(session, tenant_id)
    feed = (await feeds.known(session, [tenant_id])).get(tenant_id)
    servers = (await servers_of(session, [tenant_id])).get(tenant_id, [])
    zone = ZoneInfo(feed[0] if feed else tenant.time_zone)
    return _Client(tenant, zone, feed[1] if feed else None, servers, utcnow())


# ── one client ─────────────────────────────────────────────────────────────────────────────────


async def client_metrics(session: AsyncSession, tenant_id: UUID, asked: Asked) -> ClientMetrics:
    """What one client's automations did. Raises TenantNotFound, PeriodInvalid."""
    client = await _client(session, tenant_id)
    period = asked.period(client.zone, client.now)
    interval = asked.grouping(period)
    workflows = await lists.of_tenant(session, tenant_id)
    now = await _whole(session, client, workflows, period, asked.runs)
    before = None
    if client.has(period.before):
        before = await _whole(session, client, workflows, period.before, asked.runs)
    other = 0
    if asked.runs is not Runs.ALL:
        left_out = Runs.MANUAL if asked.runs is Runs.PRODUCTION else Runs.PRODUCTION
        (row,) = await _read(session, client, period, left_out)
        other = Counts.of(row).executions
    series = await _series(session, client, period, interval, asked.runs)
    changed = counting.change(now, before)
    return ClientMetrics(
        client=client.ref,
        period=_period_out(period, client.zone, interval, asked.runs),
        figures=now,
        before=before,
        change=changed,
        other_runs=other,
        series=series,
        by_hour=await _hours_of_day(session, client, period, asked.runs),
        errors=await _errors(session, client, workflows, period, asked.runs),
        workflows=sum(_there(workflow) for workflow in workflows),
        active_workflows=sum(_there(workflow) and workflow.active for workflow in workflows),
        last_run_at=_latest(workflow.last_run_at for workflow in workflows),
        servers=list(client.servers),
        fresh_at=client.fresh_at,
        attention=attention.sorted_by_weight(
            [
                *attention.of_servers(client.servers, client.now),
                *(
                    found
                    for workflow in workflows
                    for found in attention.of_workflow(workflow, client.now)
                ),
                *attention.of_figures(now, changed),
            ]
        ),
    )


async def workflow_metrics(session: AsyncSession, tenant_id: UUID, asked: Asked) -> WorkflowsOut:
    """The same of each workflow, those that need attention first, then the busiest.

    Raises TenantNotFound, PeriodInvalid.
    """
    client = await _client(session, tenant_id)
    period = asked.period(client.zone, client.now)
    workflows = await lists.of_tenant(session, tenant_id)
    keys = (Key.WORKFLOW, Key.DAY)
    rows = counting.keyed(await _read(session, client, period, asked.runs, keys), 3)
    former: Mapping[Any, Counts] | None = None
    old: Mapping[Any, tuple[int, int]] = {}
    if client.has(period.before):
        found = await _read(session, client, period.before, asked.runs, (Key.WORKFLOW,))
        former = counting.keyed(found, 2)
        old = await repository.percentiles_by_workflow(
            session, tenant_id, period.before, asked.runs
        )
    slow = await repository.percentiles_by_workflow(session, tenant_id, period, asked.runs)
    errors = {
        (group.connection_id, group.workflow_id): group
        for group in await _errors(
            session, client, workflows, period, asked.runs, each_workflow=True
        )
    }
    days = counting.days_of(period, client.zone)
    daily: dict[Any, dict[date, Counts]] = {}
    for (connection_id, workflow_id, day), counts in rows.items():
        daily.setdefault((connection_id, workflow_id), {})[day] = counts
    made = []
    for workflow in workflows:
        key = (workflow.connection_id, workflow.workflow_id)
        if not _there(workflow) and key not in daily:
            continue
        made.append(
            _workflow(
                client,
                workflow,
                daily.get(key, {}),
                days,
                slow.get(key),
                None if former is None else former.get(key, Counts()),
                old.get(key),
                errors.get(key),
            )
        )
    made.sort(key=lambda each: (-attention.weight(each.attention), -each.figures.executions))
    return WorkflowsOut(
        client=client.ref,
        period=_period_out(period, client.zone, asked.grouping(period), asked.runs),
        workflows=made,
    )


def _workflow(
    client: _Client,
    workflow: Workflow,
    daily: Mapping[date, Counts],
    days: Sequence[date],
    slow: tuple[int, int] | None,
    former: Counts | None,
    old: tuple[int, int] | None,
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


def _of_workflow(workflow: Any, counts: Counts, slow: tuple[int, int] | None) -> ExecutionFigures:
    saved = Saved()
    saved.count(workflow, counts.success)
    p50, p95 = slow or (None, None)
    return counting.figures(counts, saved, p50=p50, p95=p95)


async def _whole(
    session: AsyncSession,
    client: _Client,
    workflows: Sequence[Workflow],
    period: Period,
    runs: Runs,
) -> ExecutionFigures:
    """The figures of a client over a period."""
    rows = counting.keyed(await _read(session, client, period, runs, (Key.WORKFLOW,)), 2)
    saved = Saved()
    for workflow in workflows:
        counts = rows.get((workflow.connection_id, workflow.workflow_id))
        if counts is not None:
            saved.count(workflow, counts.success)
    total = counting.added(rows.values())
    p50, p95 = None, None
    if total.timed:
        p50, p95 = await repository.percentiles(session, client.tenant.id, period, runs)
    return counting.figures(total, saved, p50=p50, p95=p95)


async def _read(
    session: AsyncSession, client: _Client, period: Period, runs: Runs, keys: Sequence[Key] = ()
) -> Sequence[Any]:
    spans = {client.tenant.id: day_span(period, client.zone, client.now)}
    return await repository.read(session, spans, {client.tenant.id: client.zone.key}, runs, keys)


async def _series(
    session: AsyncSession, client: _Client, period: Period, interval: Interval, runs: Runs
) -> Any:
    if interval is not Interval.HOUR:
        rows = await _read(session, client, period, runs, (Key.DAY,))
        return counting.by_day(counting.keyed(rows, 1), period, client.zone, interval)
    rows = await _read_hours(session, client, period, runs, Key.HOUR)
    hours = []
    hour = local_hour(period.start, client.zone)
    while hour < period.end:
        hours.append(hour)
        hour = local_hour(hour + HOUR + timedelta(minutes=1), client.zone)
    return counting.by_hour(counting.keyed(rows, 1), hours)


async def _read_hours(
    session: AsyncSession, client: _Client, period: Period, runs: Runs, key: Key
) -> Sequence[Any]:
    spans = {client.tenant.id: hour_span(period, client.zone, client.now)}
    return await repository.read(session, spans, {client.tenant.id: client.zone.key}, runs, (key,))


async def _hours_of_day(
    session: AsyncSession, client: _Client, period: Period, runs: Runs
) -> list[ExecutionHour]:
    rows = counting.keyed(await _read_hours(session, client, period, runs, Key.HOUR_OF_DAY), 1)
    return [
        ExecutionHour(
            hour=hour,
            executions=rows[hour].executions if hour in rows else 0,
            error=rows[hour].error if hour in rows else 0,
        )
        for hour in range(24)
    ]


async def _errors(
    session: AsyncSession,
    client: _Client,
    workflows: Sequence[Workflow],
    period: Period,
    runs: Runs,
    *,
    each_workflow: bool = False,
) -> list[ErrorGroup]:
    rows = await repository.errors(
        session,
        client.tenant.id,
        period,
        runs,
        limit=10_000 if each_workflow else MOST_ERRORS,
        each_workflow=each_workflow,
    )
    names = {(each.connection_id, each.workflow_id): each.name for each in workflows}
    return [
        ErrorGroup(
            message=row.error_message,
            node=row.error_node,
            count=row.count,
            connection_id=row.connection_id,
            workflow_id=row.workflow_id,
            workflow_name=names.get((row.connection_id, row.workflow_id)),
            latest=client.link(row.connection_id, row.workflow_id, row.number, row.started_at),
        )
        for row in rows
    ]


def _there(workflow: Any) -> bool:
    return workflow.deleted_at is None and not workflow.archived and workflow.name is not None


def _latest(moments: Any) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _period_out(period: Period, zone: ZoneInfo, interval: Interval, runs: Runs) -> PeriodOut:
    return PeriodOut(
        start=period.start, end=period.end, time_zone=zone.key, interval=interval, runs=runs
    )


# ── all clients ────────────────────────────────────────────────────────────────────────────────


async def overview(session: AsyncSession, asked: Asked) -> Overview:
    """Every client that has, or had, automations, what needs attention most first.

    A fixed number of queries, whatever the number of clients. Needs a platform session. Raises
    PeriodInvalid.
    """
    now, utc = utcnow(), ZoneInfo("UTC")
    asked_of_all = asked.period(utc, now)
    clients = await _clients(session, now)
    tenants = list(clients)
    periods = {tenant: asked.period(client.zone, now) for tenant, client in clients.items()}
    zones = {tenant: client.zone.key for tenant, client in clients.items()}
    spans = {
        tenant: day_span(period, clients[tenant].zone, now) for tenant, period in periods.items()
    }
    before = {
        tenant: period.before
        for tenant, period in periods.items()
        if clients[tenant].has(period.before)
    }
    old_spans = {
        tenant: day_span(period, clients[tenant].zone, now) for tenant, period in before.items()
    }
    keys = (Key.TENANT, Key.WORKFLOW)
    days: dict[UUID, dict[date, Counts]] = {}
    rows: dict[Any, Counts] = {}
    found = await repository.read(
        session, spans, zones, asked.runs, keys, also=(Key.TENANT, Key.DAY)
    )
    for row in found:
        if row.day is None:
            rows[row.tenant_id, row.connection_id, row.workflow_id] = Counts.of(row)
        else:
            days.setdefault(row.tenant_id, {})[row.day] = Counts.of(row)
    old_rows = (
        counting.keyed(await repository.read(session, old_spans, zones, asked.runs, keys), 3)
        if old_spans
        else {}
    )
    workflows: dict[UUID, list[Any]] = {}
    for workflow in await lists.of_tenants(session, tenants):
        workflows.setdefault(workflow.tenant_id, []).append(workflow)
    whole = _added_by_tenant(tenants, rows, workflows)
    old = _added_by_tenant(list(before), old_rows, workflows)
    slow: Mapping[UUID, int] = {}
    if asked.runs is Runs.PRODUCTION:
        timed = {tenant: counts.timed for tenant, (counts, _) in whole.items()}
        slow = await repository.p95_of_tenants(session, periods, timed)
    # clients of one time zone share their calendar
    calendars: dict[tuple[ZoneInfo, Period], list[date]] = {}
    for tenant, client in clients.items():
        if (client.zone, periods[tenant]) not in calendars:
            days_there = counting.days_of(periods[tenant], client.zone)
            calendars[client.zone, periods[tenant]] = days_there
    shown = [
        _overview_client(
            client,
            calendars[client.zone, periods[tenant]],
            whole[tenant],
            slow.get(tenant),
            old.get(tenant),
            days.get(tenant, {}),
            workflows.get(tenant, []),
        )
        for tenant, client in clients.items()
    ]
    shown.sort(
        key=lambda each: (
            -attention.weight(each.attention),
            -each.figures.executions,
            each.client.name,
        )
    )
    total, saved = Counts(), Saved()
    for counts, earned in whole.values():
        total.add(counts)
        saved.add(earned)
    return Overview(
        period=_period_out(asked_of_all, utc, asked.grouping(asked_of_all), asked.runs),
        totals=counting.figures(total, saved),
        clients=shown,
    )


async def _clients(session: AsyncSession, now: datetime) -> dict[UUID, _Client]:
    wanted = TenantFilter(sort="name")
    found, _ = await tenancy.list_tenants(session, wanted, 0, MOST_CLIENTS)
    tenants = {each.id: each for each in found if each.status is not TenantStatus.DELETED}
    following = await feeds.known(session, list(tenants))
    servers = await servers_of(session, list(tenants))
    clients = {}
    for tenant_id, tenant in tenants.items():
        feed = following.get(tenant_id)
        own = servers.get(tenant_id, [])
        if feed is None and not own:
            continue
        zone = ZoneInfo(feed[0] if feed else tenant.time_zone)
        clients[tenant_id] = _Client(tenant, zone, feed[1] if feed else None, own, now)
    return clients


def _added_by_tenant(
    tenants: Sequence[UUID],
    rows: Mapping[Any, Counts],
    workflows: Mapping[UUID, Sequence[Any]],
) -> dict[UUID, tuple[Counts, Saved]]:
    """Counts and savings of each tenant, from those of its workflows."""
    made = {tenant: (Counts(), Saved()) for tenant in tenants}
    for (tenant, _, _), counts in rows.items():
        made[tenant][0].add(counts)
    for tenant, (_, saved) in made.items():
        for workflow in workflows.get(tenant, ()):
            counts_of = rows.get((tenant, workflow.connection_id, workflow.workflow_id))
            if counts_of is not None:
                saved.count(workflow, counts_of.success)
    return made


def _overview_client(
    client: _Client,
    days: Sequence[date],
    whole: tuple[Counts, Saved],
    p95: int | None,
    former: tuple[Counts, Saved] | None,
    daily: Mapping[date, Counts],
    workflows: Sequence[Any],
) -> OverviewClient:
    now = counting.figures(*whole, p95=p95)
    before = counting.figures(*former) if former else None
    changed = counting.change(now, before)
    found: list[Attention] = [
        *attention.of_servers(client.servers, client.now),
        *(each for workflow in workflows for each in attention.of_workflow(workflow, client.now)),
        *attention.of_figures(now, changed),
    ]
    return OverviewClient(
        client=client.ref,
        figures=now,
        before=before,
        change=changed,
        executions_by_day=[daily[day].executions if day in daily else 0 for day in days],
        errors_by_day=[daily[day].error if day in daily else 0 for day in days],
        active_workflows=sum(_there(workflow) and workflow.active for workflow in workflows),
        last_run_at=_latest(workflow.last_run_at for workflow in workflows),
        servers=len(client.servers),
        fresh_at=client.fresh_at,
        attention=attention.sorted_by_weight(found),
    )
