"""Tables of n8n executions as facts, of the figures made from them, and of workflows."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Computed, Date, Index, Integer, Numeric, String, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from bridgecore.infra.db import Base

FINISHED = "status IN ('success', 'error', 'crashed')"
FAILED = "status IN ('error', 'crashed')"
TIMED = f"(NOT waited AND duration_ms IS NOT NULL AND {FINISHED})"


class Execution(Base):
    """One execution, kept after n8n has pruned it.

    `number` is n8n's id, which repeats between servers. `production` is decided by its mode.
    `waited`: it has been seen waiting, so its duration tells nothing of its speed. `explained_at`
    is when n8n was asked why it failed.
    """

    __tablename__ = "automation_executions"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    workflow_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(32))
    production: Mapped[bool]
    started_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    waited: Mapped[bool] = mapped_column(server_default="false")
    wait_till: Mapped[datetime | None]
    retry_of: Mapped[int | None] = mapped_column(BigInteger)
    recovered_by: Mapped[int | None] = mapped_column(BigInteger)
    error_message: Mapped[str | None] = mapped_column(Text)
    error_name: Mapped[str | None] = mapped_column(Text)
    error_node: Mapped[str | None] = mapped_column(Text)
    error_description: Mapped[str | None] = mapped_column(Text)
    explained_at: Mapped[datetime | None]
    failed: Mapped[bool] = mapped_column(Boolean, Computed(FAILED, persisted=True))
    finished: Mapped[bool] = mapped_column(Boolean, Computed(FINISHED, persisted=True))
    timed: Mapped[bool] = mapped_column(Boolean, Computed(TIMED, persisted=True))

    __table_args__ = (
        Index("ix_automation_executions_started", "tenant_id", "started_at", "number"),
        Index(
            "ix_automation_executions_workflow",
            "tenant_id",
            "connection_id",
            "workflow_id",
            "started_at",
            "number",
        ),
        Index(
            "ix_automation_executions_duration",
            "tenant_id",
            "duration_ms",
            "started_at",
            postgresql_where=sql("timed AND production"),
        ),
        Index(
            "ix_automation_executions_failed",
            "tenant_id",
            "started_at",
            "number",
            postgresql_where=sql("failed"),
        ),
        Index(
            "ix_automation_executions_unexplained",
            "tenant_id",
            "connection_id",
            "number",
            postgresql_where=sql("failed AND explained_at IS NULL"),
        ),
    )


class _Counts:
    """What is counted of executions that started in one stretch of time.

    `error` holds crashes too; `running` those not begun too. Durations are of the `timed` ones,
    in milliseconds.
    """

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    workflow_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    production: Mapped[bool] = mapped_column(primary_key=True)
    executions: Mapped[int]
    success: Mapped[int]
    error: Mapped[int]
    crashed: Mapped[int]
    canceled: Mapped[int]
    waiting: Mapped[int]
    running: Mapped[int]
    unknown: Mapped[int]
    recovered: Mapped[int]
    waited: Mapped[int]
    timed: Mapped[int]
    duration_sum: Mapped[int] = mapped_column(BigInteger)
    duration_max: Mapped[int] = mapped_column(BigInteger)


class Hour(_Counts, Base):
    """Counts of one hour of the tenant's clock."""

    __tablename__ = "automation_hours"

    hour: Mapped[datetime] = mapped_column(primary_key=True)

    __table_args__ = (Index(None, "tenant_id", "hour"),)


class Day(_Counts, Base):
    """Counts of one day of the tenant's calendar."""

    __tablename__ = "automation_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)

    __table_args__ = (Index(None, "tenant_id", "day"),)


class Workflow(Base):
    """One workflow and how it is doing.

    `name` is None until the workflow itself was seen. `source_minutes` is what n8n's own setting
    says one run saves, `minutes_saved` what people here say instead. `streak` is how many
    production runs in a row ended as `outcome`, counted up to 1,000. `every_seconds` is the
    longest wait between two runs that its schedule has, where it tells.
    """

    __tablename__ = "automation_workflows"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    workflow_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(server_default="false")
    archived: Mapped[bool] = mapped_column(server_default="false")
    deleted_at: Mapped[datetime | None]
    tags: Mapped[list[str]] = mapped_column(server_default="[]")
    every_seconds: Mapped[int | None] = mapped_column(Integer)
    source_minutes: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    minutes_saved: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    hourly_rate: Mapped[Decimal | None] = mapped_column(Numeric(14, 4))
    currency: Mapped[str | None] = mapped_column(String(3))
    outcome: Mapped[str | None] = mapped_column(String(8))
    streak: Mapped[int] = mapped_column(Integer, server_default="0")
    last_run_at: Mapped[datetime | None]
    last_status: Mapped[str | None] = mapped_column(String(16))
    last_number: Mapped[int | None] = mapped_column(BigInteger)
    last_success_at: Mapped[datetime | None]
    last_failure_at: Mapped[datetime | None]


class Feed(Base):
    """How far a tenant's facts follow the lake, and in which time zone its hours and days are."""

    __tablename__ = "automation_feeds"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")
    time_zone: Mapped[str] = mapped_column(String(64))
    first_run_at: Mapped[datetime | None]
    moved_at: Mapped[datetime] = mapped_column(server_default=sql("clock_timestamp()"))
