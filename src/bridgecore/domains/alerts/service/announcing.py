"""An alert, as it is announced to the live stream, to webhooks and to whoever listens."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.alerts.models import Alert
from bridgecore.infra.outbox import announce


async def announce_alert(session: AsyncSession, type: str, alert: Alert) -> None:
    await announce(
        session,
        type,
        {
            "alert_id": str(alert.id),
            "rule_id": str(alert.rule_id),
            "kind": alert.kind,
            "severity": alert.severity,
            "subject": alert.subject,
            "name": alert.name,
            "facts": alert.facts,
            "about_tenant_id": str(alert.about_tenant_id),
        },
        tenant_id=alert.tenant_id,
    )
