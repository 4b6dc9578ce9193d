"""Tables of tenants and plans."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from bridgecore.infra.db import Base
from bridgecore.kit.ids import uuid7


class Plan(Base):
    """What a tenant may use. None in a limit is unlimited."""

    __tablename__ = "plans"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    tier: Mapped[str] = mapped_column(String(20))
    max_requests_per_day: Mapped[int | None] = mapped_column(BigInteger)
    max_requests_per_hour: Mapped[int | None] = mapped_column(BigInteger)
    burst_limit: Mapped[int | None] = mapped_column(Integer)
    max_users: Mapped[int | None] = mapped_column(Integer)
    max_storage_bytes: Mapped[int | None] = mapped_column(BigInteger)
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    is_active: Mapped[bool]
    position: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.clock_timestamp(), onupdate=func.clock_timestamp()
    )


class Tenant(Base):
    """A customer company. Overrides of the plan are None where the plan holds."""

    __tablename__ = "tenants"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    status: Mapped[str] = mapped_column(String(10))
    contact_email: Mapped[str | None] = mapped_column(Text)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    time_zone: Mapped[str] = mapped_column(String(64), server_default="UTC")
    max_requests_per_day: Mapped[int | None] = mapped_column(BigInteger)
    max_requests_per_hour: Mapped[int | None] = mapped_column(BigInteger)
    max_requests_per_hour_per_user: Mapped[int | None] = mapped_column(BigInteger)
    burst_limit: Mapped[int | None] = mapped_column(Integer)
    max_users: Mapped[int | None] = mapped_column(Integer)
    allowed_models: Mapped[list[str] | None]
    allowed_features: Mapped[list[str] | None]
    trial_ends_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspension_reason: Mapped[str | None] = mapped_column(Text)
    deleted_at: Mapped[datetime | None]
    status_before: Mapped[str | None] = mapped_column(String(10))
    token_epoch: Mapped[int] = mapped_column(BigInteger, server_default="0")
    version: Mapped[int] = mapped_column(BigInteger, server_default="1")
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.clock_timestamp(), onupdate=func.clock_timestamp()
    )

    __table_args__ = (
        CheckConstraint("status IN ('trial', 'active', 'suspended', 'deleted')", name="status"),
        Index(None, "status", "created_at"),
        Index(None, "plan_id"),
        Index(None, "created_at"),
    )
