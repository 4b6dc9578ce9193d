"""Tables of synchronisation: what is to be read, how far it is read, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bridgecore.infra.db import Base
from bridgecore.kit.ids import uuid7


class SyncPlan(Base):
    """How one connection is kept in step, and who is at it now.

    A lease keeps two processes from reading one connection; `lease_token` is the one a process
    must still hold to renew it. `due_at` None: nothing is due until something asks for a run.
    """

    __tablename__ = "sync_plans"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    connector: Mapped[str] = mapped_column(String(40))
    is_enabled: Mapped[bool] = mapped_column(server_default="true")
    interval_seconds: Mapped[int]
    sweep_seconds: Mapped[int]
    delete_share: Mapped[float] = mapped_column(Float)
    delete_floor: Mapped[int]

    due_at: Mapped[datetime | None]
    hinted_at: Mapped[datetime | None]
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    run_id: Mapped[UUID | None]

    failures: Mapped[int] = mapped_column(server_default="0")
    failing_since: Mapped[datetime | None]
    needs_person: Mapped[bool] = mapped_column(server_default="false")
    error: Mapped[str | None] = mapped_column(Text)
    what_to_do: Mapped[str | None] = mapped_column(Text)
    planned_at: Mapped[datetime | None]
    swept_at: Mapped[datetime | None]
    caught_up_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("delete_share >= 0 AND delete_share <= 1", name="delete_share"),
        Index(None, "due_at"),
    )


class SyncEntity(Base):
    """One kind of record of a plan: which fields, how far it is read, and how it fares.

    `position` counts the checkpoints, so that a process that lost its lease can't put an old one
    in place of a newer. `source_fields` is what the source was last seen to have, by name.
    """

    __tablename__ = "sync_entities"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(200), primary_key=True)
    is_enabled: Mapped[bool] = mapped_column(server_default="true")
    title: Mapped[str] = mapped_column(Text, server_default="")
    group: Mapped[str] = mapped_column(Text, server_default="")
    place: Mapped[int] = mapped_column(server_default="0")
    flags: Mapped[int] = mapped_column(server_default="0")
    # None: what the connector reads unasked
    fields: Mapped[list[str] | None]

    state: Mapped[str] = mapped_column(String(20), server_default="new")
    error: Mapped[str | None] = mapped_column(Text)
    what_to_do: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(server_default="0")
    retry_at: Mapped[datetime | None]

    checkpoint: Mapped[str | None] = mapped_column(Text)
    position: Mapped[int] = mapped_column(BigInteger, server_default="0")
    page_size: Mapped[int | None] = mapped_column(Integer)
    loaded_at: Mapped[datetime | None]
    caught_up_at: Mapped[datetime | None]
    swept_at: Mapped[datetime | None]

    source_fields: Mapped[dict[str, Any] | None]
    source_seen_at: Mapped[datetime | None]
    drift: Mapped[list[Any]] = mapped_column(server_default="[]")
    # the removal that was too large to be done unasked, and what was decided about it
    deletes: Mapped[dict[str, Any] | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["sync_plans.tenant_id", "sync_plans.connection_id"],
            name="fk_sync_entities_plan",
            ondelete="CASCADE",
        ),
        CheckConstraint(
            "state IN ('new', 'loading', 'ok', 'failing', 'denied', 'missing',"
            " 'needs_confirmation')",
            name="state",
        ),
    )


class SyncRun(Base):
    """One pass over a connection: asked for, under way, or ended."""

    __tablename__ = "sync_runs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    connector: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(10))
    trigger: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(20))
    # what was asked for: entities, full, content, report
    options: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    requested_by: Mapped[UUID | None]
    requested_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    resumed: Mapped[int] = mapped_column(server_default="0")
    # quiet scheduled runs in a row are one entry of the history
    repeated: Mapped[int] = mapped_column(server_default="0")
    stats: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    records_read: Mapped[int] = mapped_column(BigInteger, server_default="0")
    changed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    removed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    set_aside: Mapped[int] = mapped_column(BigInteger, server_default="0")
    error: Mapped[str | None] = mapped_column(Text)
    what_to_do: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("kind IN ('sync', 'parity', 'repair')", name="kind"),
        CheckConstraint(
            "status IN ('queued', 'running', 'completed', 'partial', 'failed', 'cancelled',"
            " 'needs_confirmation')",
            name="status",
        ),
        Index(None, "tenant_id", "id"),
        Index("ix_sync_runs_connection", "tenant_id", "connection_id", "id"),
        Index(
            "ix_sync_runs_unfinished",
            "tenant_id",
            "connection_id",
            postgresql_where=text("status IN ('queued', 'running')"),
        ),
        Index("ix_sync_runs_finished_at", "finished_at"),
    )


class SyncSetAside(Base):
    """A record that could not be read or stored; it is tried again and stops nothing."""

    __tablename__ = "sync_set_asides"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(200), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(server_default="1")
    first_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    last_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    retry_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index(None, "tenant_id", "connection_id", "retry_at"),)


class SyncParityReport(Base):
    """What came of comparing the lake with a source."""

    __tablename__ = "sync_parity_reports"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    content: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    finished_at: Mapped[datetime | None]
    entities: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    missing: Mapped[int] = mapped_column(BigInteger, server_default="0")
    extra: Mapped[int] = mapped_column(BigInteger, server_default="0")
    different: Mapped[int] = mapped_column(BigInteger, server_default="0")
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("content IN ('none', 'rolling', 'full')", name="content"),
        CheckConstraint("status IN ('running', 'equal', 'differs', 'failed')", name="status"),
        Index("ix_sync_parity_reports_connection", "tenant_id", "connection_id", "id"),
    )


class SyncParityDifference(Base):
    """One record in which lake and source were found to differ."""

    __tablename__ = "sync_parity_differences"

    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(200), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    tenant_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(10))
    repaired_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["report_id"],
            ["sync_parity_reports.id"],
            name="fk_sync_parity_differences_report",
            ondelete="CASCADE",
        ),
        CheckConstraint("kind IN ('missing', 'extra', 'different')", name="kind"),
        Index(None, "tenant_id", "report_id"),
    )


class SyncTotal(Base):
    """A counter for the platform's metrics, by connector: nothing of any tenant."""

    __tablename__ = "sync_totals"

    connector: Mapped[str] = mapped_column(String(40), primary_key=True)
    measure: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
