"""Tables of webhooks: what senders prove themselves with, what they sent, figures by hour."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bridgecore.infra.db import Base
from bridgecore.kit.ids import uuid7


class WebhookSecret(Base):
    """A secret that a connection's sender signs with, sealed. Several are valid at once."""

    __tablename__ = "webhook_secrets"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(32))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["connections.tenant_id", "connections.id"],
            name="fk_webhook_secrets_connection",
            ondelete="CASCADE",
        ),
        Index(None, "tenant_id", "connection_id"),
    )


class WebhookAddress(Base):
    """An unguessable address for a sender that can't sign. Only its hash is kept."""

    __tablename__ = "webhook_addresses"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["connections.tenant_id", "connections.id"],
            name="fk_webhook_addresses_connection",
            ondelete="CASCADE",
        ),
        Index(None, "tenant_id", "connection_id"),
    )


class WebhookEvent(Base):
    """One event as it was accepted, and what became of it.

    `payload` is the JSON the sender wrote, kept as text: to store it, it need not be understood.
    """

    __tablename__ = "webhook_events"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    connection_id: Mapped[UUID]
    source_event_id: Mapped[str] = mapped_column(String(200))
    trust: Mapped[str] = mapped_column(String(8))
    model: Mapped[str] = mapped_column(String(100))
    record_key: Mapped[str] = mapped_column(String(64))
    operation: Mapped[str] = mapped_column(String(6))
    changed_fields: Mapped[list[str] | None]
    payload: Mapped[str | None] = mapped_column(Text)
    origin: Mapped[str | None] = mapped_column(String(100))
    occurred_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(9), server_default="pending")
    outcome: Mapped[str | None] = mapped_column(String(8))
    echo: Mapped[bool] = mapped_column(server_default=text("false"))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]
    fault: Mapped[str | None] = mapped_column(String(6))
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint(
            "connection_id", "source_event_id", name="uq_webhook_events_connection_source_event"
        ),
        CheckConstraint("trust IN ('signed', 'token', 'address')", name="trust"),
        CheckConstraint("operation IN ('create', 'write', 'unlink')", name="operation"),
        CheckConstraint("status IN ('pending', 'done', 'dead', 'discarded')", name="status"),
        CheckConstraint("fault IN ('source', 'ours')", name="fault"),
        Index(
            "ix_webhook_events_pending",
            "tenant_id",
            "due_at",
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "ix_webhook_events_dead", "tenant_id", "id", postgresql_where=text("status = 'dead'")
        ),
    )


class WebhookHour(Base):
    """What came from one connection in one hour. `lag` is from acceptance to effect."""

    __tablename__ = "webhook_hours"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    received: Mapped[int] = mapped_column(BigInteger, server_default="0")
    duplicates: Mapped[int] = mapped_column(BigInteger, server_default="0")
    rejected: Mapped[int] = mapped_column(BigInteger, server_default="0")
    applied: Mapped[int] = mapped_column(BigInteger, server_default="0")
    removed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    hinted: Mapped[int] = mapped_column(BigInteger, server_default="0")
    echoes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    retried: Mapped[int] = mapped_column(BigInteger, server_default="0")
    dead: Mapped[int] = mapped_column(BigInteger, server_default="0")
    lag_ms_sum: Mapped[int] = mapped_column(BigInteger, server_default="0")
    lag_ms_max: Mapped[int] = mapped_column(BigInteger, server_default="0")
