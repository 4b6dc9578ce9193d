"""Queries of rules, alerts and notifications. A `tenant_id` None means the platform's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.alerts.models import Alert, AlertRule, Notification
from bridgecore.kit.ids import uuid7

# ── rules ──────────────────────────────────────────────────────────────────────────────────────


async def rules(
    session: AsyncSession, tenant_id: UUID | None, *, enabled: bool = False
) -> Sequence[AlertRule]:
    query = _rules(tenant_id)
    if enabled:
        query = query.where(AlertRule.is_enabled)
    query = query.order_by(AlertRule.created_at, AlertRule.id)
    return (await session.scalars(query)).all()


async def rule(
    session: AsyncSession, tenant_id: UUID | None, rule_id: UUID, *, lock: bool = False
) -> AlertRule | None:
    query = _rules(tenant_id).where(AlertRule.id == rule_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: AlertRule | None = await session.scalar(query)
    return found


async def count_rules(session: AsyncSession, tenant_id: UUID | None) -> int:
    query = select(func.count()).select_from(_rules(tenant_id).subquery())
    return await session.scalar(query) or 0


def _rules(tenant_id: UUID | None) -> Select[AlertRule]:
    return select(AlertRule).where(AlertRule.tenant_id == tenant_id, AlertRule.removed_at.is_(None))


async def known_defaults(session: AsyncSession, tenant_id: UUID | None) -> set[str]:
    """The kinds that have been given a default rule, the removed ones among them."""
    rows = await session.scalars(
        select(AlertRule.kind).where(AlertRule.tenant_id == tenant_id, AlertRule.is_default)
    )
    return set(rows)


async def add_default(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(
        insert(AlertRule)
        .values(id=uuid7(), is_default=True, **values)
        .on_conflict_do_nothing(
            index_elements=[AlertRule.tenant_id, AlertRule.kind],
            index_where=text("is_default"),
        )
    )


async def firing_by_rule(
    session: AsyncSession, tenant_id: UUID | None, rule_ids: Collection[UUID]
) -> dict[UUID, int]:
    rows = await session.execute(
        select(Alert.rule_id, func.count(Alert.id))
        .where(Alert.tenant_id == tenant_id, Alert.status == "firing", Alert.rule_id.in_(rule_ids))
        .group_by(Alert.rule_id)
    )
    return {row[0]: row[1] for row in rows}


# ── conditions ─────────────────────────────────────────────────────────────────────────────────


async def lock_evaluation(session: AsyncSession, about: UUID) -> None:
    """Let nobody else evaluate this tenant until the transaction ends."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('alerts:' || :id, 0))"),
        {"id": str(about)},
    )


async def firing(session: AsyncSession, about: UUID, rule_ids: Collection[UUID]) -> Sequence[Alert]:
    query = select(Alert).where(
        Alert.about_tenant_id == about, Alert.status == "firing", Alert.rule_id.in_(rule_ids)
    )
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def last_words(
    session: AsyncSession, about: UUID, rule_id: UUID, subject: str
) -> tuple[datetime | None, datetime | None]:
    """When this condition was last told, and until when a person has muted it."""
    row = (
        await session.execute(
            select(func.max(Alert.told_at), func.max(Alert.muted_until)).where(
                Alert.rule_id == rule_id,
                Alert.about_tenant_id == about,
                Alert.subject == subject,
            )
        )
    ).one()
    return row[0], row[1]


async def unmute(session: AsyncSession, about: UUID, rule_id: UUID, subject: str) -> None:
    """End every mute of a condition."""
    await session.execute(
        update(Alert)
        .where(
            Alert.rule_id == rule_id,
            Alert.about_tenant_id == about,
            Alert.subject == subject,
            Alert.muted_until.is_not(None),
        )
        .values(muted_until=None)
        .execution_options(synchronize_session=False)
    )


async def fire(session: AsyncSession, values: Mapping[str, Any]) -> Alert | None:
    """A new alert; None where the condition has one that fires."""
    made: Alert | None = await session.scalar(
        insert(Alert)
        .values(id=uuid7(), status="firing", **values)
        .on_conflict_do_nothing(
            index_elements=[Alert.rule_id, Alert.about_tenant_id, Alert.subject],
            index_where=text("status = 'firing'"),
        )
        .returning(Alert)
    )
    return made


async def mark_told(session: AsyncSession, alert_id: UUID, now: datetime) -> bool:
    """False: it was told, or is over, already."""
    told = await session.scalar(
        update(Alert)
        .where(Alert.id == alert_id, Alert.told_at.is_(None), Alert.status == "firing")
        .values(told_at=now)
        .returning(Alert.id)
    )
    return told is not None


async def end(session: AsyncSession, alert_id: UUID, status: str, now: datetime) -> bool:
    """False: it was over already."""
    ended = await session.scalar(
        update(Alert)
        .where(Alert.id == alert_id, Alert.status == "firing")
        .values(status=status, over_at=now)
        .returning(Alert.id)
    )
    return ended is not None


async def end_of_rule(session: AsyncSession, rule_id: UUID, now: datetime) -> Sequence[Alert]:
    return (
        await session.scalars(
            update(Alert)
            .where(Alert.rule_id == rule_id, Alert.status == "firing")
            .values(status="ended", over_at=now)
            .returning(Alert)
        )
    ).all()


# ── alerts ─────────────────────────────────────────────────────────────────────────────────────


async def alerts(
    session: AsyncSession,
    tenant_id: UUID | None,
    *,
    status: str | None,
    kind: str | None,
    before: UUID | None,
    limit: int,
) -> Sequence[Alert]:
    query = select(Alert).where(Alert.tenant_id == tenant_id)
    if status is not None:
        query = query.where(Alert.status == status)
    if kind is not None:
        query = query.where(Alert.kind == kind)
    if before is not None:
        query = query.where(Alert.id < before)
    return (await session.scalars(query.order_by(Alert.id.desc()).limit(limit))).all()


async def count_firing(session: AsyncSession, tenant_id: UUID | None) -> int:
    query = select(func.count(Alert.id)).where(
        Alert.tenant_id == tenant_id, Alert.status == "firing"
    )
    return await session.scalar(query) or 0


async def alert(
    session: AsyncSession, tenant_id: UUID | None, alert_id: UUID, *, lock: bool = False
) -> Alert | None:
    query = select(Alert).where(Alert.tenant_id == tenant_id, Alert.id == alert_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Alert | None = await session.scalar(query)
    return found


# ── notifications ──────────────────────────────────────────────────────────────────────────────


async def notify(session: AsyncSession, values: Mapping[str, Any]) -> UUID | None:
    """The new notification; None where the person has been told."""
    made: UUID | None = await session.scalar(
        insert(Notification)
        .values(id=uuid7(), **values)
        .on_conflict_do_nothing(
            index_elements=[Notification.alert_id, Notification.user_id, Notification.event]
        )
        .returning(Notification.id)
    )
    return made


async def told_people(session: AsyncSession, alert_id: UUID) -> set[UUID]:
    rows = await session.scalars(
        select(Notification.user_id).where(
            Notification.alert_id == alert_id, Notification.event == "fired"
        )
    )
    return set(rows)


async def notifications(
    session: AsyncSession,
    tenant_id: UUID | None,
    user_id: UUID,
    *,
    unread: bool,
    before: UUID | None,
    limit: int,
) -> Sequence[Notification]:
    query = select(Notification).where(
        Notification.user_id == user_id, Notification.tenant_id == tenant_id, Notification.in_app
    )
    if unread:
        query = query.where(Notification.read_at.is_(None))
    if before is not None:
        query = query.where(Notification.id < before)
    return (await session.scalars(query.order_by(Notification.id.desc()).limit(limit))).all()


async def count_unread(session: AsyncSession, tenant_id: UUID | None, user_id: UUID) -> int:
    query = select(func.count(Notification.id)).where(
        Notification.user_id == user_id,
        Notification.tenant_id == tenant_id,
        Notification.read_at.is_(None),
        Notification.in_app,
    )
    return await session.scalar(query) or 0


async def notification(
    session: AsyncSession, tenant_id: UUID | None, user_id: UUID, notification_id: UUID
) -> Notification | None:
    found: Notification | None = await session.scalar(
        select(Notification).where(
            Notification.id == notification_id,
            Notification.user_id == user_id,
            Notification.tenant_id == tenant_id,
            Notification.in_app,
        )
    )
    return found


async def read_all(
    session: AsyncSession, tenant_id: UUID | None, user_id: UUID, now: datetime
) -> None:
    await session.execute(
        update(Notification)
        .where(
            Notification.user_id == user_id,
            Notification.tenant_id == tenant_id,
            Notification.read_at.is_(None),
        )
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )


# ── forgetting ─────────────────────────────────────────────────────────────────────────────────


async def forget_old(session: AsyncSession, before: datetime) -> None:
    """Delete alerts that were over before then, and old notifications."""
    await session.execute(delete(Notification).where(Notification.created_at < before))
    await session.execute(delete(Alert).where(Alert.over_at < before))


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    # what the platform's rules say of them goes too
    for table in (Notification, Alert):
        await session.execute(delete(table).where(table.about_tenant_id.in_(tenant_ids)))
    await session.execute(delete(AlertRule).where(AlertRule.tenant_id.in_(tenant_ids)))


async def forget_member(session: AsyncSession, tenant_id: UUID, user_id: UUID) -> None:
    """A person who left is told nothing more, and nothing is kept for them."""
    await session.execute(
        delete(Notification).where(
            Notification.tenant_id == tenant_id, Notification.user_id == user_id
        )
    )
