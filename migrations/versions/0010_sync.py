"""Sync plans, runs, checkpoints and parity"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bridgecore.infra.rls import platform_only, protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
JSONB = postgresql.JSONB(none_as_null=True)
TENANT_TABLES = (
    "sync_plans",
    "sync_entities",
    "sync_runs",
    "sync_set_asides",
    "sync_parity_reports",
    "sync_parity_differences",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    _plans()
    _runs()
    _parity()
    op.create_table(
        "sync_totals",
        sa.Column("connector", sa.String(40), nullable=False),
        sa.Column("measure", sa.String(40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connector", "measure", name="pk_sync_totals"),
    )
    for table in TENANT_TABLES:
        for statement in protect(table):
            op.execute(statement)
    # counters of the platform, without a tenant
    for statement in platform_only("sync_totals"):
        op.execute(statement)


def _plans() -> None:
    op.create_table(
        "sync_plans",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("connector", sa.String(40), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("sweep_seconds", sa.Integer(), nullable=False),
        sa.Column("delete_share", sa.Float(), nullable=False),
        sa.Column("delete_floor", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("hinted_at", MOMENT),
        sa.Column("lease_token", sa.Uuid()),
        sa.Column("lease_until", MOMENT),
        sa.Column("run_id", sa.Uuid()),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", MOMENT),
        sa.Column("needs_person", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("what_to_do", sa.Text()),
        sa.Column("planned_at", MOMENT),
        sa.Column("swept_at", MOMENT),
        sa.Column("caught_up_at", MOMENT),
        sa.Column("succeeded_at", MOMENT),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "connection_id", name="pk_sync_plans"),
        sa.CheckConstraint(
            "delete_share >= 0 AND delete_share <= 1", name="ck_sync_plans_delete_share"
        ),
    )
    op.create_index("ix_sync_plans_due_at", "sync_plans", ["due_at"])
    op.create_table(
        "sync_entities",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.String(200), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("group", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Integer(), server_default="0", nullable=False),
        sa.Column("flags", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fields", JSONB),
        sa.Column("state", sa.String(20), server_default="new", nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("what_to_do", sa.Text()),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", MOMENT),
        sa.Column("checkpoint", sa.Text()),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("page_size", sa.Integer()),
        sa.Column("loaded_at", MOMENT),
        sa.Column("caught_up_at", MOMENT),
        sa.Column("swept_at", MOMENT),
        sa.Column("source_fields", JSONB),
        sa.Column("source_seen_at", MOMENT),
        sa.Column("drift", JSONB, server_default="[]", nullable=False),
        sa.Column("deletes", JSONB),
        sa.PrimaryKeyConstraint("tenant_id", "connection_id", "entity", name="pk_sync_entities"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["sync_plans.tenant_id", "sync_plans.connection_id"],
            name="fk_sync_entities_plan",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "state IN ('new', 'loading', 'ok', 'failing', 'denied', 'missing',"
            " 'needs_confirmation')",
            name="ck_sync_entities_state",
        ),
    )


def _runs() -> None:
    op.create_table(
        "sync_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("connector", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("trigger", sa.String(10), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("options", JSONB, server_default="{}", nullable=False),
        sa.Column("requested_by", sa.Uuid()),
        sa.Column("requested_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("cancel_requested_at", MOMENT),
        sa.Column("resumed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("repeated", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stats", JSONB, server_default="{}", nullable=False),
        sa.Column("records_read", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("changed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("removed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("set_aside", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("what_to_do", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_sync_runs"),
        sa.CheckConstraint("kind IN ('sync', 'parity', 'repair')", name="ck_sync_runs_kind"),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'completed', 'partial', 'failed', 'cancelled',"
            " 'needs_confirmation')",
            name="ck_sync_runs_status",
        ),
    )
    op.create_index("ix_sync_runs_tenant_id_id", "sync_runs", ["tenant_id", "id"])
    op.create_index("ix_sync_runs_connection", "sync_runs", ["tenant_id", "connection_id", "id"])
    op.create_index(
        "ix_sync_runs_unfinished",
        "sync_runs",
        ["tenant_id", "connection_id"],
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_index("ix_sync_runs_finished_at", "sync_runs", ["finished_at"])
    op.create_table(
        "sync_set_asides",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.String(200), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("last_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("retry_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "connection_id", "entity", "key", name="pk_sync_set_asides"
        ),
    )
    op.create_index(
        "ix_sync_set_asides_tenant_id_connection_id_retry_at",
        "sync_set_asides",
        ["tenant_id", "connection_id", "retry_at"],
    )


def _parity() -> None:
    op.create_table(
        "sync_parity_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.String(10), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("started_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("entities", JSONB, server_default="{}", nullable=False),
        sa.Column("missing", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("extra", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("different", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_sync_parity_reports"),
        sa.CheckConstraint(
            "content IN ('none', 'rolling', 'full')", name="ck_sync_parity_reports_content"
        ),
        sa.CheckConstraint(
            "status IN ('running', 'equal', 'differs', 'failed')",
            name="ck_sync_parity_reports_status",
        ),
    )
    op.create_index(
        "ix_sync_parity_reports_connection",
        "sync_parity_reports",
        ["tenant_id", "connection_id", "id"],
    )
    op.create_table(
        "sync_parity_differences",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.String(200), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("repaired_at", MOMENT),
        sa.PrimaryKeyConstraint("report_id", "entity", "key", name="pk_sync_parity_differences"),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["sync_parity_reports.id"],
            name="fk_sync_parity_differences_report",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "kind IN ('missing', 'extra', 'different')", name="ck_sync_parity_differences_kind"
        ),
    )
    op.create_index(
        "ix_sync_parity_differences_tenant_id_report_id",
        "sync_parity_differences",
        ["tenant_id", "report_id"],
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in (
        "sync_totals",
        "sync_parity_differences",
        "sync_parity_reports",
        "sync_set_asides",
        "sync_runs",
        "sync_entities",
        "sync_plans",
    ):
        op.drop_table(table)
