"""Table of the audit trail. Neither role may change or delete a row."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from bridgecore.infra.db import Base
from bridgecore.kit.ids import uuid7


class AuditEntry(Base):
    __tablename__ = "audit_entries"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID | None]
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[UUID | None]
    actor_email: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(80))
    target_type: Mapped[str] = mapped_column(String(40))
    target_id: Mapped[str] = mapped_column(Text)
    changes: Mapped[dict[str, Any]]
    reason: Mapped[str | None] = mapped_column(Text)
    correlation_id: Mapped[str] = mapped_column(String(128))
    client_address: Mapped[str] = mapped_column(String(64))
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "occurred_at", "id"),
        Index(None, "target_type", "target_id", "occurred_at"),
        Index(None, "actor_id", "occurred_at"),
    )
