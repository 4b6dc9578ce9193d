"""Tables of alert rules, of what fired by them, and of notifications.

A row without `tenant_id` is the platform's own: only staff see it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bridgecore.infra.db import Base
from bridgecore.kit.ids import uuid7

SEVERITY = "severity IN ('critical', 'warning', 'notice')"


class AlertRule(Base):
    """What is watched, and who is told.

    `window_minutes`: within so long of telling a condition it is not told again. `is_default`: it
    was made by the platform, which makes none of its kind again: so a removed one is kept, hidden.
    """

    __tablename__ = "alert_rules"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str | None] = mapped_column(String(100))
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    severity: Mapped[str] = mapped_column(String(10))
    window_minutes: Mapped[int] = mapped_column(Integer)
    in_app: Mapped[bool]
    by_mail: Mapped[bool]
    roles: Mapped[list[str]] = mapped_column(server_default="[]")
    people: Mapped[list[str]] = mapped_column(server_default="[]")
    is_enabled: Mapped[bool]
    is_default: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.clock_timestamp(), onupdate=func.clock_timestamp()
    )
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(SEVERITY, name="severity"),
        CheckConstraint("window_minutes BETWEEN 1 AND 43200", name="window_minutes"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(
            "uq_alert_rules_default",
            "tenant_id",
            "kind",
            unique=True,
            postgresql_where=text("is_default"),
            postgresql_nulls_not_distinct=True,
        ),
    )


class Alert(Base):
    """One time that a condition held, from firing to its end.

    A condition is a rule with a subject of `about_tenant_id`; it has at most one alert that
    fires. `told_at` None while nobody was told, because the condition was told shortly before.
    """

    __tablename__ = "alerts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID | None]
    about_tenant_id: Mapped[UUID]
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("alert_rules.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    page: Mapped[str] = mapped_column(Text, server_default="")
    status: Mapped[str] = mapped_column(String(10))
    fired_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    told_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None]
    muted_until: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("status IN ('firing', 'recovered', 'ended')", name="status"),
        CheckConstraint(SEVERITY, name="severity"),
        Index(None, "tenant_id", "id"),
        Index(
            "uq_alerts_firing",
            "rule_id",
            "about_tenant_id",
            "subject",
            unique=True,
            postgresql_where=text("status = 'firing'"),
        ),
        Index("ix_alerts_condition", "rule_id", "about_tenant_id", "subject", "fired_at"),
        Index("ix_alerts_about", "about_tenant_id"),
        Index("ix_alerts_over_at", "over_at"),
    )


class Notification(Base):
    """One person told that an alert fired or recovered, with the facts of that moment."""

    __tablename__ = "notifications"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID | None]
    about_tenant_id: Mapped[UUID]
    user_id: Mapped[UUID]
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    event: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    page: Mapped[str] = mapped_column(Text, server_default="")
    in_app: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    read_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("event IN ('fired', 'recovered')", name="event"),
        CheckConstraint(SEVERITY, name="severity"),
        # an alert fires once and recovers once: nobody is told either of them twice
        Index("uq_notifications_once", "alert_id", "user_id", "event", unique=True),
        Index("ix_notifications_person", "user_id", "tenant_id", "id"),
        Index(
            "ix_notifications_unread",
            "user_id",
            "tenant_id",
            postgresql_where=text("read_at IS NULL AND in_app"),
        ),
        Index("ix_notifications_about", "about_tenant_id"),
        Index(None, "created_at"),
    )
