"""Alerts as people see them, acknowledge them and mute them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.alerts import events, repository
from bridgecore.domains.alerts.errors import AlertNotFound, AlertOver
from bridgecore.domains.alerts.models import Alert
from bridgecore.domains.alerts.schemas import AlertFeed, AlertOut, AlertStatus
from bridgecore.domains.alerts.service.announcing import announce_alert
from bridgecore.domains.alerts.service.letters import sentences
from bridgecore.domains.audit import service as audit
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.auth import Actor
from bridgecore.kit.clock import isoformat, utcnow
from bridgecore.kit.cursors import decode_cursor, encode_cursor

_CURSOR = "alerts"
_SAID = ("title", "text", "what_to_do", "about_tenant")


async def list_alerts(
    session: AsyncSession,
    tenant_id: UUID | None,
    *,
    status: AlertStatus | None,
    kind: str | None,
    cursor: str | None,
    limit: int,
    language: str,
) -> AlertFeed:
    """The newest first. Raises InvalidCursor."""
    before = None if cursor is None else decode_cursor(_CURSOR, cursor, [UUID])[0]
    rows = await repository.alerts(
        session, tenant_id, status=status, kind=kind, before=before, limit=limit + 1
    )
    shown = rows[:limit]
    return AlertFeed(
        items=await _shown(session, shown, language),
        next_cursor=encode_cursor(_CURSOR, [shown[-1].id]) if len(rows) > limit else None,
        firing=await repository.count_firing(session, tenant_id),
    )


async def get_alert(
    session: AsyncSession, tenant_id: UUID | None, alert_id: UUID, language: str
) -> AlertOut:
    """Raises AlertNotFound."""
    row = await repository.alert(session, tenant_id, alert_id)
    if row is None:
        raise AlertNotFound
    return (await _shown(session, [row], language))[0]


async def acknowledge(
    session: AsyncSession, actor: Actor, tenant_id: UUID | None, alert_id: UUID, language: str
) -> AlertOut:
    """A person takes it on: it stays until it is over. Raises AlertNotFound, AlertOver."""
    row = await _firing(session, tenant_id, alert_id)
    if row.acknowledged_at is None:
        row.acknowledged_at = utcnow()
        row.acknowledged_by = actor.id
    await _changed(session, actor, events.ACKNOWLEDGED, row, {"name": row.name})
    return (await _shown(session, [row], language))[0]


async def mute(
    session: AsyncSession,
    actor: Actor,
    tenant_id: UUID | None,
    alert_id: UUID,
    minutes: int,
    language: str,
) -> AlertOut:
    """Tell nothing of this condition for so long. Raises AlertNotFound, AlertOver."""
    row = await _firing(session, tenant_id, alert_id)
    row.muted_until = utcnow() + timedelta(minutes=minutes)
    changes = {"name": row.name, "until": isoformat(row.muted_until)}
    await _changed(session, actor, events.MUTED, row, changes)
    return (await _shown(session, [row], language))[0]


async def unmute(
    session: AsyncSession, actor: Actor, tenant_id: UUID | None, alert_id: UUID, language: str
) -> AlertOut:
    """Tell of this condition again. An alert that is over may be named too: its mute lasts on.

    Raises AlertNotFound.
    """
    row = await repository.alert(session, tenant_id, alert_id, lock=True)
    if row is None:
        raise AlertNotFound
    await repository.unmute(session, row.about_tenant_id, row.rule_id, row.subject)
    await session.refresh(row)
    await _changed(session, actor, events.UNMUTED, row, {"name": row.name})
    return (await _shown(session, [row], language))[0]


async def _firing(session: AsyncSession, tenant_id: UUID | None, alert_id: UUID) -> Alert:
    row = await repository.alert(session, tenant_id, alert_id, lock=True)
    if row is None:
        raise AlertNotFound
    if row.status != AlertStatus.FIRING:
        raise AlertOver
    return row


async def _changed(
    session: AsyncSession, actor: Actor, action: str, row: Alert, changes: dict[str, str]
) -> None:
    await session.flush()
    await audit.record(
        session,
        actor,
        action,
        target_type="alert",
        target_id=row.id,
        tenant_id=row.about_tenant_id,
        changes=changes,
    )
    await announce_alert(session, events.ALERT_CHANGED, row)


async def _shown(session: AsyncSession, rows: Sequence[Alert], language: str) -> list[AlertOut]:
    abouts = {row.about_tenant_id for row in rows if row.tenant_id is None}
    tenants = await tenancy.tenants_by_id(session, list(abouts)) if abouts else {}
    found = []
    for row in rows:
        tenant = tenants.get(row.about_tenant_id)
        # however it ended: the list says what it was about
        said = sentences(language, row.kind, "fired", row.name, row.facts)
        found.append(
            AlertOut(
                **{name: getattr(row, name) for name in AlertOut.model_fields if name not in _SAID},
                title=said.title,
                text=said.text,
                what_to_do=said.what_to_do,
                about_tenant=tenant.name if tenant else None,
            )
        )
    return found
