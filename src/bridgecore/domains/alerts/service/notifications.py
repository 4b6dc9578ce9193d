"""What one person has been told, and what of it they have read."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.alerts import repository
from bridgecore.domains.alerts.errors import NotificationNotFound
from bridgecore.domains.alerts.models import Notification
from bridgecore.domains.alerts.schemas import (
    NotificationFeed,
    NotificationOut,
    UnreadNotificationsOut,
)
from bridgecore.domains.alerts.service.letters import sentences
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.auth import Actor
from bridgecore.kit.clock import utcnow
from bridgecore.kit.cursors import decode_cursor, encode_cursor

_CURSOR = "notifications"


async def list_notifications(
    session: AsyncSession,
    actor: Actor,
    *,
    unread: bool,
    cursor: str | None,
    limit: int,
    language: str,
) -> NotificationFeed:
    """The caller's own, newest first. Raises InvalidCursor."""
    before = None if cursor is None else decode_cursor(_CURSOR, cursor, [UUID])[0]
    rows = await repository.notifications(
        session, actor.tenant_id, actor.id, unread=unread, before=before, limit=limit + 1
    )
    shown = rows[:limit]
    return NotificationFeed(
        items=await _shown(session, shown, language),
        next_cursor=encode_cursor(_CURSOR, [shown[-1].id]) if len(rows) > limit else None,
        unread=await repository.count_unread(session, actor.tenant_id, actor.id),
    )


async def count_unread(session: AsyncSession, actor: Actor) -> UnreadNotificationsOut:
    return UnreadNotificationsOut(
        unread=await repository.count_unread(session, actor.tenant_id, actor.id)
    )


async def mark_read(
    session: AsyncSession, actor: Actor, notification_id: UUID, language: str
) -> NotificationOut:
    """Raises NotificationNotFound."""
    row = await repository.notification(session, actor.tenant_id, actor.id, notification_id)
    if row is None:
        raise NotificationNotFound
    row.read_at = row.read_at or utcnow()
    await session.flush()
    return (await _shown(session, [row], language))[0]


async def mark_all_read(session: AsyncSession, actor: Actor) -> UnreadNotificationsOut:
    await repository.read_all(session, actor.tenant_id, actor.id, utcnow())
    return await count_unread(session, actor)


async def _shown(
    session: AsyncSession, rows: Sequence[Notification], language: str
) -> list[NotificationOut]:
    abouts = {row.about_tenant_id for row in rows if row.tenant_id is None}
    tenants = await tenancy.tenants_by_id(session, list(abouts)) if abouts else {}
    found = []
    for row in rows:
        tenant = tenants.get(row.about_tenant_id)
        said = sentences(
            language, row.kind, row.event, row.name, row.facts, tenant.name if tenant else None
        )
        found.append(
            NotificationOut(
                id=row.id,
                alert_id=row.alert_id,
                event="fired" if row.event == "fired" else "recovered",
                kind=row.kind,
                severity=row.severity,
                title=said.title,
                text=said.text,
                page=row.page,
                created_at=row.created_at,
                read_at=row.read_at,
            )
        )
    return found
