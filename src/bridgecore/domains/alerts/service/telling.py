"""Who is told, and how: notifications in the app, and mail in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.alerts import events, repository
from bridgecore.domains.alerts.models import Alert, AlertRule
from bridgecore.domains.alerts.service.letters import kind_texts, mail_content, sentences
from bridgecore.domains.identity import service as identity
from bridgecore.domains.identity.schemas.people import MemberFilter, UserFilter
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra import mail
from bridgecore.infra.mail import MailDraft
from bridgecore.infra.outbox import announce
from bridgecore.infra.resources import Resources

_MOST_PEOPLE = 1_000


@dataclass(frozen=True, slots=True)
class Recipient:
    user_id: UUID
    email: str
    locale: str


async def tell(
    session: AsyncSession, resources: Resources, rule: AlertRule, alert: Alert, event: str
) -> int:
    """Tell that an alert `fired` or `recovered`; how many people were told.

    Needs a platform session. Of a recovery only those are told who were told that it fired.
    """
    told = await repository.told_people(session, alert.id) if event == "recovered" else None
    people = [
        each for each in await recipients(session, rule) if told is None or each.user_id in told
    ]
    reached: list[UUID] = []
    drafts: list[MailDraft] = []
    tenant = await _tenant_name(session, alert)
    for person in people:
        notification_id = await repository.notify(
            session,
            {
                "tenant_id": alert.tenant_id,
                "about_tenant_id": alert.about_tenant_id,
                "user_id": person.user_id,
                "alert_id": alert.id,
                "event": event,
                "kind": alert.kind,
                "severity": alert.severity,
                "name": alert.name,
                "facts": alert.facts,
                "page": alert.page,
                "in_app": rule.in_app,
            },
        )
        if notification_id is None:
            continue
        reached.append(person.user_id)
        if rule.by_mail:
            drafts.append(_draft(resources, rule, alert, event, person, notification_id, tenant))
    await mail.put(session, resources, drafts)
    if reached:
        await announce(
            session,
            events.NOTIFIED,
            {"alert_id": str(alert.id), "user_ids": [str(each) for each in reached]},
            tenant_id=alert.tenant_id,
        )
    return len(reached)


async def recipients(session: AsyncSession, rule: AlertRule) -> Sequence[Recipient]:
    """The active people a rule names, by role or by person."""
    named = {UUID(each) for each in rule.people}
    if rule.tenant_id is None:
        staff, _ = await identity.list_users(
            session, UserFilter(staff=True, is_active=True), 0, _MOST_PEOPLE
        )
        return [
            Recipient(each.id, each.email, each.locale)
            for each in staff
            if each.id in named or each.platform_role in rule.roles
        ]
    members, _ = await identity.list_members(
        session, rule.tenant_id, MemberFilter(is_active=True), 0, _MOST_PEOPLE
    )
    wanted = {each.user_id for each in members if each.user_id in named or each.role in rule.roles}
    return await _people(session, rule.tenant_id, wanted)


async def _people(
    session: AsyncSession, tenant_id: UUID, wanted: Collection[UUID]
) -> Sequence[Recipient]:
    if not wanted:
        return []
    users, _ = await identity.list_users(
        session, UserFilter(tenant_id=tenant_id, is_active=True), 0, _MOST_PEOPLE
    )
    return [Recipient(each.id, each.email, each.locale) for each in users if each.id in wanted]


async def _tenant_name(session: AsyncSession, alert: Alert) -> str | None:
    if alert.tenant_id is not None:
        return None
    tenants = await tenancy.tenants_by_id(session, [alert.about_tenant_id])
    return tenants[alert.about_tenant_id].name if tenants else None


def _draft(
    resources: Resources,
    rule: AlertRule,
    alert: Alert,
    event: str,
    person: Recipient,
    notification_id: UUID,
    tenant: str | None,
) -> MailDraft:
    language = mail.written_language(person.locale)
    said = sentences(language, alert.kind, event, alert.name, alert.facts, tenant)
    return MailDraft(
        to=person.email,
        purpose="alert",
        content=mail_content(
            language,
            said,
            recovered=event == "recovered",
            rule=rule.name or kind_texts(language, rule.kind)[0],
            window=rule.window_minutes,
            url=f"{resources.settings.dashboard_url}/alerts",
        ),
        event_id=notification_id,
        tenant_id=alert.tenant_id,
    )
