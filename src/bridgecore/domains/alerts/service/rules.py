"""Rules: made, changed and removed, by people and by the platform itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.alerts import events, repository
from bridgecore.domains.alerts.errors import RecipientUnknown, RuleNotFound, TooManyRules
from bridgecore.domains.alerts.models import AlertRule
from bridgecore.domains.alerts.schemas import MOST_RULES, AlertRuleChange, AlertRuleIn, AlertRuleOut
from bridgecore.domains.alerts.service.announcing import announce_alert
from bridgecore.domains.alerts.service.letters import kind_texts
from bridgecore.domains.alerts.service.probes import checked_parameters, probe_of, probes_of
from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity import service as identity
from bridgecore.domains.identity.errors import RoleNotFound, UserNotFound
from bridgecore.domains.identity.service.members import role_permissions
from bridgecore.infra.auth import Actor
from bridgecore.infra.outbox import announce
from bridgecore.infra.problems import ValidationFailed
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

DEFAULT_WINDOW = 60
DEFAULT_ROLES = ("owner", "admin")
DEFAULT_STAFF_ROLES = ("super_admin", "admin")
_CANT_BE_EMPTY = (
    "parameters",
    "severity",
    "window_minutes",
    "in_app",
    "by_mail",
    "roles",
    "people",
    "is_enabled",
)


async def ensure_defaults(
    session: AsyncSession, resources: Resources, tenant_id: UUID | None
) -> None:
    """Give a tenant, or the platform, the rules it has not been given yet."""
    wanted = [
        probe
        for probe in probes_of(resources).values()
        if (probe.by_default if tenant_id is not None else probe.for_staff)
    ]
    known = await repository.known_defaults(session, tenant_id)
    for probe in wanted:
        if probe.kind not in known:
            roles = DEFAULT_ROLES if tenant_id is not None else DEFAULT_STAFF_ROLES
            await repository.add_default(
                session,
                {
                    "tenant_id": tenant_id,
                    "kind": probe.kind,
                    "parameters": probe.parameters().model_dump(mode="json"),
                    "severity": probe.severity.value,
                    "window_minutes": DEFAULT_WINDOW,
                    "in_app": True,
                    "by_mail": True,
                    "roles": list(roles),
                    "people": [],
                    "is_enabled": True,
                },
            )


async def list_rules(
    session: AsyncSession, resources: Resources, tenant_id: UUID | None, language: str
) -> Sequence[AlertRuleOut]:
    """Every rule, oldest first; the default ones are made if they are missing."""
    await ensure_defaults(session, resources, tenant_id)
    rows = await repository.rules(session, tenant_id)
    firing = await repository.firing_by_rule(session, tenant_id, [row.id for row in rows])
    return [_out(row, language, firing.get(row.id, 0)) for row in rows]


async def get_rule(
    session: AsyncSession, tenant_id: UUID | None, rule_id: UUID, language: str
) -> AlertRuleOut:
    """Raises RuleNotFound."""
    row = await _found(session, tenant_id, rule_id)
    firing = await repository.firing_by_rule(session, tenant_id, [row.id])
    return _out(row, language, firing.get(row.id, 0))


async def create_rule(
    session: AsyncSession,
    resources: Resources,
    actor: Actor,
    tenant_id: UUID | None,
    wanted: AlertRuleIn,
    language: str,
) -> AlertRuleOut:
    """Raises KindUnknown, ValidationFailed, RecipientUnknown, TooManyRules."""
    probe = probe_of(resources, wanted.kind)
    parameters = checked_parameters(probe, wanted.parameters)
    if await repository.count_rules(session, tenant_id) >= MOST_RULES:
        raise TooManyRules
    await _check_recipients(session, tenant_id, wanted.roles, wanted.people)
    row = AlertRule(
        tenant_id=tenant_id,
        kind=wanted.kind,
        name=wanted.name,
        parameters=parameters,
        severity=(wanted.severity or probe.severity).value,
        window_minutes=wanted.window_minutes,
        in_app=wanted.in_app,
        by_mail=wanted.by_mail,
        roles=wanted.roles,
        people=[str(each) for each in wanted.people],
        is_enabled=wanted.is_enabled,
        is_default=False,
    )
    session.add(row)
    await session.flush()
    await _note(session, actor, events.RULE_CREATED, row, {"kind": row.kind, "name": row.name})
    return await get_rule(session, tenant_id, row.id, language)


async def change_rule(
    session: AsyncSession,
    resources: Resources,
    actor: Actor,
    tenant_id: UUID | None,
    rule_id: UUID,
    wanted: AlertRuleChange,
    language: str,
) -> AlertRuleOut:
    """What fires by a rule that is switched off ends; a changed one is evaluated soon.

    Raises RuleNotFound, ValidationFailed, RecipientUnknown.
    """
    row = await _found(session, tenant_id, rule_id, lock=True)
    given = wanted.model_dump(mode="json", exclude_unset=True)
    if empty := [name for name in _CANT_BE_EMPTY if given.get(name, "") is None]:
        raise ValidationFailed(f"{', '.join(empty)} can't be empty.")
    if "parameters" in given:
        given["parameters"] = checked_parameters(probe_of(resources, row.kind), given["parameters"])
    await _check_recipients(session, tenant_id, wanted.roles or (), wanted.people or ())
    changes = audit.difference({name: getattr(row, name) for name in given}, given)
    for name in changes:
        setattr(row, name, given[name])
    await session.flush()
    if not row.is_enabled:
        await _end_alerts(session, row)
    await session.refresh(row)
    await _note(session, actor, events.RULE_CHANGED, row, changes)
    return await get_rule(session, tenant_id, rule_id, language)


async def remove_rule(
    session: AsyncSession, actor: Actor, tenant_id: UUID | None, rule_id: UUID
) -> None:
    """What fires by it ends; what has fired stays in the list. Raises RuleNotFound."""
    row = await _found(session, tenant_id, rule_id, lock=True)
    await _end_alerts(session, row)
    row.is_enabled = False
    row.removed_at = utcnow()
    await session.flush()
    await _note(session, actor, events.RULE_REMOVED, row, {"kind": row.kind, "name": row.name})


async def _end_alerts(session: AsyncSession, row: AlertRule) -> None:
    for alert in await repository.end_of_rule(session, row.id, utcnow()):
        await announce_alert(session, events.ALERT_ENDED, alert)


async def _found(
    session: AsyncSession, tenant_id: UUID | None, rule_id: UUID, *, lock: bool = False
) -> AlertRule:
    row = await repository.rule(session, tenant_id, rule_id, lock=lock)
    if row is None:
        raise RuleNotFound
    return row


async def _check_recipients(
    session: AsyncSession, tenant_id: UUID | None, roles: Sequence[str], people: Sequence[UUID]
) -> None:
    for role in roles:
        if tenant_id is None:
            if role not in identity.STAFF_ROLES:
                raise RecipientUnknown(f"There is no role of staff {role}.")
            continue
        try:
            await role_permissions(session, tenant_id, role)
        except RoleNotFound as error:
            raise RecipientUnknown(str(error)) from None
    for person in people:
        if tenant_id is not None:
            known = await identity.find_member(session, tenant_id, user_id=person) is not None
        else:
            try:
                known = (await identity.get_user(session, person)).platform_role is not None
            except UserNotFound:
                known = False
        if not known:
            raise RecipientUnknown(f"The person {person} does not belong here.")


async def _note(
    session: AsyncSession, actor: Actor, action: str, row: AlertRule, changes: dict[str, Any]
) -> None:
    await audit.record(
        session,
        actor,
        action,
        target_type="alert_rule",
        target_id=row.id,
        tenant_id=row.tenant_id,
        changes=changes,
    )
    payload = {"rule_id": str(row.id), "kind": row.kind}
    await announce(session, action, payload, tenant_id=row.tenant_id)


def _out(row: AlertRule, language: str, firing: int) -> AlertRuleOut:
    return AlertRuleOut(
        **{
            name: getattr(row, name)
            for name in AlertRuleOut.model_fields
            if name not in ("title", "firing")
        },
        title=kind_texts(language, row.kind)[0],
        firing=firing,
    )
