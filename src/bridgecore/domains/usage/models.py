"""Tables of the request log, the error log, and the figures made from them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Date,
    Double,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bridgecore.infra.db import Base
from bridgecore.kit.ids import uuid7


class Grain(StrEnum):
    """What one row of the figures counts. Endpoint grains tell method, route and model apart."""

    PLATFORM = "platform"
    PLATFORM_ENDPOINT = "platform_endpoint"
    TENANT = "tenant"
    TENANT_ENDPOINT = "tenant_endpoint"


_GRAINS = "grain IN ('platform', 'platform_endpoint', 'tenant', 'tenant_endpoint')"


class UsageLog(Base):
    """One answered request of a tenant, or of staff (`tenant_id` is None then).

    Partitioned by the day of `occurred_at`, the moment the answer ended. `path` has no query.
    """

    __tablename__ = "usage_logs"

    occurred_at: Mapped[datetime] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    actor_kind: Mapped[str] = mapped_column(String(20))
    method: Mapped[str] = mapped_column(String(10))
    route: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    operation: Mapped[str] = mapped_column(Text)
    status: Mapped[int] = mapped_column(SmallInteger)
    duration_ms: Mapped[float] = mapped_column(REAL)
    upstream_ms: Mapped[float | None] = mapped_column(REAL)
    source: Mapped[str] = mapped_column(String(10))
    request_bytes: Mapped[int] = mapped_column(BigInteger)
    response_bytes: Mapped[int] = mapped_column(BigInteger)
    client_address: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(Text)
    correlation_id: Mapped[str] = mapped_column(String(128))
    code: Mapped[str | None] = mapped_column(String(60))

    __table_args__ = (
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "correlation_id"),
        Index(None, "route", "occurred_at", "id"),
        Index(
            "ix_usage_logs_model_occurred_at_id",
            "model",
            "occurred_at",
            "id",
            postgresql_where=text("model <> ''"),
        ),
        Index("ix_usage_logs_failed", "occurred_at", "id", postgresql_where=text("status >= 400")),
        Index(
            "ix_usage_logs_slow", "occurred_at", "id", postgresql_where=text("duration_ms >= 1000")
        ),
        {"postgresql_partition_by": "RANGE (occurred_at)"},
    )


class _Figures:
    """Columns of a row of figures. Durations are milliseconds, percentiles exact."""

    grain: Mapped[str] = mapped_column(String(20))
    tenant_id: Mapped[UUID | None]
    method: Mapped[str] = mapped_column(String(10), server_default="")
    route: Mapped[str] = mapped_column(Text, server_default="")
    model: Mapped[str] = mapped_column(Text, server_default="")
    requests: Mapped[int] = mapped_column(BigInteger)
    errors: Mapped[int] = mapped_column(BigInteger)
    status_2xx: Mapped[int] = mapped_column(BigInteger)
    status_3xx: Mapped[int] = mapped_column(BigInteger)
    status_4xx: Mapped[int] = mapped_column(BigInteger)
    status_5xx: Mapped[int] = mapped_column(BigInteger)
    duration_sum: Mapped[float] = mapped_column(Double)
    duration_min: Mapped[float] = mapped_column(Double)
    duration_max: Mapped[float] = mapped_column(Double)
    p50: Mapped[float] = mapped_column(Double)
    p95: Mapped[float] = mapped_column(Double)
    p99: Mapped[float] = mapped_column(Double)
    # how durations spread (`schemas.distribution`), so that percentiles of longer times can be told
    histogram: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    request_bytes: Mapped[int] = mapped_column(BigInteger)
    response_bytes: Mapped[int] = mapped_column(BigInteger)


class UsageHourly(_Figures, Base):
    """Figures of one finished hour."""

    __tablename__ = "usage_hourly"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    hour: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(_GRAINS, name="grain"),
        Index(
            "uq_usage_hourly_grain_hour",
            "grain",
            "hour",
            "tenant_id",
            "method",
            "route",
            "model",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index(None, "tenant_id", "grain", "hour"),
    )


class UsageDaily(_Figures, Base):
    """Figures of one finished day (UTC)."""

    __tablename__ = "usage_daily"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    day: Mapped[date] = mapped_column(Date)

    __table_args__ = (
        CheckConstraint(_GRAINS, name="grain"),
        Index(
            "uq_usage_daily_grain_day",
            "grain",
            "day",
            "tenant_id",
            "method",
            "route",
            "model",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index(None, "tenant_id", "grain", "day"),
        # who asked most for an endpoint or a model, answered from the index alone
        Index(
            "ix_usage_daily_tenants_of_route",
            "route",
            "day",
            postgresql_include=["tenant_id", "method", "model", "requests"],
            postgresql_where=text("grain = 'tenant_endpoint'"),
        ),
        Index(
            "ix_usage_daily_tenants_of_model",
            "model",
            "day",
            postgresql_include=["tenant_id", "method", "requests"],
            postgresql_where=text("grain = 'tenant_endpoint' AND model <> ''"),
        ),
    )


class UsageRollup(Base):
    """Which hours and days have figures. `stale`: rows came in later, so they are made again."""

    __tablename__ = "usage_rollups"

    kind: Mapped[str] = mapped_column(String(4), primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    stale: Mapped[bool] = mapped_column(server_default=text("false"))
    made_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("kind IN ('hour', 'day')", name="kind"),
        Index("ix_usage_rollups_stale", "kind", "start", postgresql_where=text("stale")),
    )


class UsageMetering(Base):
    """What a tenant used on one day (UTC), by weight, as the limiter counted it; billed on."""

    __tablename__ = "usage_metering"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    weight: Mapped[int] = mapped_column(BigInteger)
    counted_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index(None, "day"),)


class StorageUse(Base):
    """Bytes a tenant stores of one kind (files, lake, backups), as last measured."""

    __tablename__ = "storage_use"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    measured_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class ErrorGroup(Base):
    """Errors of one tenant (or of none) that are the same but for numbers, ids and values."""

    __tablename__ = "error_groups"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID | None]
    fingerprint: Mapped[str] = mapped_column(String(32))
    severity: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(60))
    status_code: Mapped[int] = mapped_column(SmallInteger)
    message: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(String(10))
    route: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    occurrences: Mapped[int] = mapped_column(BigInteger)
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]
    resolution_notes: Mapped[str | None] = mapped_column(Text)
    reopened_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("severity IN ('low', 'medium', 'high', 'critical')", name="severity"),
        Index(
            "uq_error_groups_tenant_id_fingerprint",
            "tenant_id",
            "fingerprint",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index(None, "last_seen", "id"),
        Index(None, "tenant_id", "last_seen", "id"),
        Index(
            "ix_error_groups_open",
            "severity",
            "last_seen",
            "id",
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )


class ErrorLog(Base):
    """One line of the error log. A line of low severity may stand for several `occurrences`."""

    __tablename__ = "error_logs"

    occurred_at: Mapped[datetime] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    group_id: Mapped[UUID]
    tenant_id: Mapped[UUID | None]
    fingerprint: Mapped[str] = mapped_column(String(32))
    severity: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(60))
    status: Mapped[int] = mapped_column(SmallInteger)
    message: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(String(10))
    route: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    operation: Mapped[str] = mapped_column(Text)
    correlation_id: Mapped[str] = mapped_column(String(128))
    actor_id: Mapped[UUID | None]
    occurrences: Mapped[int] = mapped_column(Integer)
    context: Mapped[dict[str, Any]]

    __table_args__ = (
        Index(None, "group_id", "occurred_at", "id"),
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "id"),
        {"postgresql_partition_by": "RANGE (occurred_at)"},
    )


class ErrorDaily(Base):
    """How often an error occurred on one day (UTC): periods are summed from here."""

    __tablename__ = "error_daily"

    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    severity: Mapped[str] = mapped_column(String(10), primary_key=True)
    tenant_id: Mapped[UUID | None]
    occurrences: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index(None, "day", postgresql_include=["group_id", "severity", "occurrences"]),
        Index(None, "tenant_id", "day"),
    )
