"""The table of outgoing mails."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, LargeBinary, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bridgecore.infra.db import Base
from bridgecore.kit.ids import uuid7


class MailStatus(StrEnum):
    WAITING = "waiting"  # for its first or its next try
    SENT = "sent"  # taken by the mail server
    FAILED = "failed"  # refused, or its time ran out
    CAPTURED = "captured"  # there was no mail server: staff read it here


class Mail(Base):
    """One mail to one address. Its text is sealed, because its links let people in.

    The text is forgotten once the mail is sent; staff can read that of captured ones, for a time.
    """

    __tablename__ = "mails"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID | None]
    event_id: Mapped[UUID | None] = mapped_column(unique=True)
    purpose: Mapped[str] = mapped_column(String(60))
    recipient: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'sent', 'failed', 'captured')", name="status"),
        Index(None, "created_at", "id"),
        Index("ix_mails_due", "due_at", postgresql_where=text("status = 'waiting'")),
    )
