"""Evaluation: what probes read becomes alerts that fire, recover or end.

A tenant is evaluated by one process at a time, which reads how things stand after it has the
lock, so a late evaluation never undoes a newer one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.alerts import events, repository
from bridgecore.domains.alerts.models import Alert, AlertRule
from bridgecore.domains.alerts.service.announcing import announce_alert
from bridgecore.domains.alerts.service.probes import probes_of, stored_parameters
from bridgecore.domains.alerts.service.rules import ensure_defaults
from bridgecore.domains.alerts.service.telling import tell
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.errors import TenantNotFound
from bridgecore.domains.tenancy.schemas import TenantFilter, TenantStatus
from bridgecore.infra.alerting import Probe, Reading
from bridgecore.infra.outbox import Event
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

LONGEST_NAME = 200
_WATCHED = (TenantStatus.ACTIVE, TenantStatus.TRIAL)
_TENANTS_A_PAGE = 500
_RULES = frozenset({events.RULE_CREATED, events.RULE_CHANGED})

log = structlog.get_logger(__name__)


async def evaluate_all(resources: Resources) -> int:
    """Evaluate every tenant that is active; how many there were."""
    tenants: list[UUID] = []
    async with resources.database.platform() as session:
        for status in _WATCHED:
            seen = 0
            while True:
                page, total = await tenancy.list_tenants(
                    session,
                    TenantFilter(status=status, sort="created_at"),
                    seen,
                    _TENANTS_A_PAGE,
                )
                tenants += [tenant.id for tenant in page]
                seen += len(page)
                if not page or seen >= total:
                    break
    for tenant_id in tenants:
        await evaluate_tenant(resources, tenant_id)
    return len(tenants)


def triggers(resources: Resources) -> frozenset[str]:
    """The types of events after which something is evaluated."""
    return _RULES.union(*(probe.triggers for probe in probes_of(resources).values()))


async def evaluate_after(resources: Resources, happened: Sequence[Event]) -> None:
    """Evaluate the tenants of these events once each, as far as rules care for what happened."""
    kinds: dict[UUID, set[str]] = {}
    for event in happened:
        if event.tenant_id is None:
            continue
        if event.type in _RULES:
            wanted = {event.payload["kind"]}
        else:
            wanted = {
                probe.kind
                for probe in probes_of(resources).values()
                if event.type in probe.triggers
            }
        kinds.setdefault(event.tenant_id, set()).update(wanted)
    for tenant_id, of_tenant in kinds.items():
        await evaluate_tenant(resources, tenant_id, of_tenant)


async def evaluate_tenant(
    resources: Resources, tenant_id: UUID, kinds: Collection[str] | None = None
) -> None:
    """Read how one tenant stands, and tell what has changed. `kinds` None: all of them.

    What can't be read is logged and left as it was; the next evaluation comes soon.
    """
    try:
        async with resources.database.platform() as session:
            await _evaluate(session, resources, tenant_id, kinds)
    except TenantNotFound:
        return
    except Exception:
        # one tenant must not hold up the others, nor the events behind it
        log.exception("alerts_not_evaluated", tenant_id=str(tenant_id))


async def _evaluate(
    session: AsyncSession,
    resources: Resources,
    tenant_id: UUID,
    kinds: Collection[str] | None,
) -> None:
    tenant = await tenancy.get_tenant(session, tenant_id)
    if tenant.status not in _WATCHED:
        return
    await repository.lock_evaluation(session, tenant_id)
    owners = (tenant_id, None)
    for owner in owners:
        await ensure_defaults(session, resources, owner)
    probes = probes_of(resources)
    rules = [
        rule
        for owner in owners
        for rule in await repository.rules(session, owner, enabled=True)
        if rule.kind in probes and (kinds is None or rule.kind in kinds)
    ]
    firing: dict[UUID, dict[str, Alert]] = {}
    for alert in await repository.firing(session, tenant_id, [rule.id for rule in rules]):
        firing.setdefault(alert.rule_id, {})[alert.subject] = alert
    read: dict[str, Sequence[Reading] | None] = {}
    for rule in rules:
        probe = probes[rule.kind]
        parameters = stored_parameters(probe, rule.parameters)
        key = f"{rule.kind}:{parameters.model_dump_json()}"
        if key not in read:
            read[key] = await _readings(session, resources, tenant_id, probe, parameters)
        readings = read[key]
        if readings is not None:
            await _apply(session, resources, tenant_id, rule, readings, firing.get(rule.id, {}))


async def _readings(
    session: AsyncSession, resources: Resources, tenant_id: UUID, probe: Probe, parameters: Any
) -> Sequence[Reading] | None:
    """None when the probe failed: one that is broken must not silence the others."""
    try:
        async with session.begin_nested():
            return await probe.observe(session, resources, tenant_id, parameters)
    except TenantNotFound:
        raise
    except Exception:
        log.exception("probe_failed", kind=probe.kind, tenant_id=str(tenant_id))
        return None


async def _apply(
    session: AsyncSession,
    resources: Resources,
    tenant_id: UUID,
    rule: AlertRule,
    readings: Sequence[Reading],
    firing: Mapping[str, Alert],
) -> None:
    now = utcnow()
    for reading in readings:
        alert = firing.get(reading.subject)
        if reading.firing:
            await _holds(session, resources, tenant_id, rule, reading, alert, now)
        elif reading.firing is False and alert is not None:
            await _recovered(session, resources, rule, reading, alert, now)
    seen = {reading.subject for reading in readings}
    for subject, alert in firing.items():
        if subject not in seen and await repository.end(session, alert.id, "ended", now):
            await announce_alert(session, events.ALERT_ENDED, alert)


async def _holds(
    session: AsyncSession,
    resources: Resources,
    tenant_id: UUID,
    rule: AlertRule,
    reading: Reading,
    alert: Alert | None,
    now: datetime,
) -> None:
    if alert is None:
        alert = await repository.fire(
            session,
            {
                "tenant_id": rule.tenant_id,
                "about_tenant_id": tenant_id,
                "rule_id": rule.id,
                "kind": rule.kind,
                "severity": rule.severity,
                "subject": reading.subject,
                "name": reading.name[:LONGEST_NAME],
                "facts": dict(reading.facts),
                "page": reading.page,
            },
        )
        if alert is None:
            return
        await announce_alert(session, events.ALERT_FIRED, alert)
    else:
        alert.name = reading.name[:LONGEST_NAME]
        alert.facts = dict(reading.facts)
        alert.seen_at = now
        await session.flush()
    if alert.told_at is not None or alert.acknowledged_at is not None:
        return
    last_told, muted_until = await repository.last_words(
        session, tenant_id, rule.id, reading.subject
    )
    quiet_until = last_told + timedelta(minutes=rule.window_minutes) if last_told else now
    if max(quiet_until, muted_until or now) > now:
        return
    if await repository.mark_told(session, alert.id, now):
        await tell(session, resources, rule, alert, "fired")


async def _recovered(
    session: AsyncSession,
    resources: Resources,
    rule: AlertRule,
    reading: Reading,
    alert: Alert,
    now: datetime,
) -> None:
    if not await repository.end(session, alert.id, "recovered", now):
        return
    alert.facts = dict(reading.facts)
    await announce_alert(session, events.ALERT_RECOVERED, alert)
    muted = alert.muted_until is not None and alert.muted_until > now
    if alert.told_at is not None and not muted:
        await tell(session, resources, rule, alert, "recovered")
