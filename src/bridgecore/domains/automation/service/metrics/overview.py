"""All clients side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.automation.repository import feeds, figures
from bridgecore.domains.automation.repository import workflows as lists
from bridgecore.domains.automation.repository.figures import Key
from bridgecore.domains.automation.schemas.metrics import (
    Attention,
    Overview,
    OverviewClient,
    Runs,
)
from bridgecore.domains.automation.schemas.periods import Period, day_span
from bridgecore.domains.automation.service import attention, counting
from bridgecore.domains.automation.service.clients import servers_of
from bridgecore.domains.automation.service.counting import Counts, Saved
from bridgecore.domains.automation.service.metrics.asked import Asked
from bridgecore.domains.automation.service.metrics.subject import Subject, is_there, latest
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantFilter, TenantStatus
from bridgecore.kit.clock import utcnow

MOST_CLIENTS = 10_000
_COLUMNS = ("tenant_id", "connection_id", "workflow_id")


async def overview(session: AsyncSession, asked: Asked) -> Overview:
    """Every client that has, or had, automations, what needs attention most first.

    A fixed number of queries, whatever the number of clients. Needs a platform session. Raises
    PeriodInvalid.
    """
    now, utc = utcnow(), ZoneInfo("UTC")
    told = asked.told(asked.period(utc, now), utc)
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
    keys, by_day = (Key.TENANT, Key.WORKFLOW), (Key.TENANT, Key.DAY)
    found = await figures.read(session, spans, zones, asked.runs, keys, by_day)
    rows = counting.keyed(found, *_COLUMNS)
    days: dict[UUID, dict[date, Any]] = {}
    for row in found:
        if row.day is not None:
            days.setdefault(row.tenant_id, {})[row.day] = row
    old_rows: dict[Any, Counts] = {}
    if old_spans:
        found = await figures.read(session, old_spans, zones, asked.runs, keys)
        old_rows = counting.keyed(found, *_COLUMNS)
    workflows: dict[UUID, list[Any]] = {}
    for workflow in await lists.of_tenants(session, tenants):
        workflows.setdefault(workflow.tenant_id, []).append(workflow)
    whole = _added_by_tenant(tenants, rows, workflows)
    old = _added_by_tenant(list(before), old_rows, workflows)
    slow: Mapping[UUID, int] = {}
    if asked.runs is Runs.PRODUCTION:
        timed = {tenant: counts.timed for tenant, (counts, _) in whole.items()}
        slow = await figures.p95_of_tenants(session, periods, timed)
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
        period=told,
        totals=counting.figures(total, saved),
        clients=shown,
    )


async def _clients(session: AsyncSession, now: datetime) -> dict[UUID, Subject]:
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
        clients[tenant_id] = Subject(tenant, zone, feed[1] if feed else None, own, now)
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
    client: Subject,
    days: Sequence[date],
    whole: tuple[Counts, Saved],
    p95: int | None,
    former: tuple[Counts, Saved] | None,
    daily: Mapping[date, Any],
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
        active_workflows=sum(is_there(workflow) and workflow.active for workflow in workflows),
        last_run_at=latest(workflow.last_run_at for workflow in workflows),
        servers=len(client.servers),
        fresh_at=client.fresh_at,
        attention=attention.sorted_by_weight(found),
    )
