"""Automation: executions as facts, their hours and days, workflows"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bridgecore.infra.rls import protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "automation_executions",
    "automation_hours",
    "automation_days",
    "automation_workflows",
    "automation_feeds",
)
FINISHED = "status IN ('success', 'error', 'crashed')"
COUNTS = (
    "executions",
    "success",
    "error",
    "crashed",
    "canceled",
    "waiting",
    "running",
    "unknown",
    "recovered",
    "waited",
    "timed",
)
DURATIONS = ("duration_sum", "duration_max")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    executions()
    counted("automation_hours", "hour", MOMENT)
    counted("automation_days", "day", sa.Date())
    workflows()
    op.create_table(
        "automation_feeds",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("first_run_at", MOMENT),
        sa.Column("moved_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_automation_feeds"),
    )
    for table in TABLES:
        for statement in protect(table):
            op.execute(statement)


def executions() -> None:
    op.create_table(
        "automation_executions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("workflow_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("mode", sa.String(32), nullable=False),
        sa.Column("production", sa.Boolean(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT),
        sa.Column("duration_ms", sa.BigInteger()),
        sa.Column("waited", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("wait_till", MOMENT),
        sa.Column("retry_of", sa.BigInteger()),
        sa.Column("recovered_by", sa.BigInteger()),
        sa.Column("error_message", sa.Text()),
        sa.Column("error_name", sa.Text()),
        sa.Column("error_node", sa.Text()),
        sa.Column("error_description", sa.Text()),
        sa.Column("explained_at", MOMENT),
        sa.Column(
            "failed",
            sa.Boolean(),
            sa.Computed("status IN ('error', 'crashed')", persisted=True),
            nullable=False,
        ),
        sa.Column("finished", sa.Boolean(), sa.Computed(FINISHED, persisted=True), nullable=False),
        sa.Column(
            "timed",
            sa.Boolean(),
            sa.Computed(f"(NOT waited AND duration_ms IS NOT NULL AND {FINISHED})", persisted=True),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "connection_id", "number", name="pk_automation_executions"
        ),
    )
    # rows come in and rarely change: what index-only scans need is not kept up by itself
    op.execute(
        "ALTER TABLE automation_executions SET (autovacuum_vacuum_insert_scale_factor = 0.02,"
        " autovacuum_analyze_scale_factor = 0.02)"
    )
    name = "ix_automation_executions_{}".format
    table = "automation_executions"
    op.create_index(name("started"), table, ["tenant_id", "started_at", "number"])
    op.create_index(
        name("workflow"),
        table,
        ["tenant_id", "connection_id", "workflow_id", "started_at", "number"],
    )
    op.create_index(
        name("duration"),
        table,
        ["tenant_id", "duration_ms", "started_at"],
        postgresql_where=sa.text("timed AND production"),
    )
    op.create_index(
        name("failed"),
        table,
        ["tenant_id", "started_at", "number"],
        postgresql_where=sa.text("failed"),
    )
    op.create_index(
        name("unexplained"),
        table,
        ["tenant_id", "connection_id", "number"],
        postgresql_where=sa.text("failed AND explained_at IS NULL"),
    )


def counted(table: str, unit: str, type_: sa.types.TypeEngine[object]) -> None:
    op.create_table(
        table,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("workflow_id", sa.String(64), nullable=False),
        sa.Column("production", sa.Boolean(), nullable=False),
        sa.Column(unit, type_, nullable=False),
        *(sa.Column(column, sa.Integer(), nullable=False) for column in COUNTS),
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in DURATIONS),
        sa.PrimaryKeyConstraint(
            "tenant_id", "connection_id", "workflow_id", "production", unit, name=f"pk_{table}"
        ),
    )
    op.create_index(f"ix_{table}_tenant_id_{unit}", table, ["tenant_id", unit])


def workflows() -> None:
    op.create_table(
        "automation_workflows",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("workflow_id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("active", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("archived", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.Column("tags", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("every_seconds", sa.Integer()),
        sa.Column("source_minutes", sa.Numeric(12, 3)),
        sa.Column("minutes_saved", sa.Numeric(12, 3)),
        sa.Column("hourly_rate", sa.Numeric(14, 4)),
        sa.Column("currency", sa.String(3)),
        sa.Column("outcome", sa.String(8)),
        sa.Column("streak", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_run_at", MOMENT),
        sa.Column("last_status", sa.String(16)),
        sa.Column("last_number", sa.BigInteger()),
        sa.Column("last_success_at", MOMENT),
        sa.Column("last_failure_at", MOMENT),
        sa.PrimaryKeyConstraint(
            "tenant_id", "connection_id", "workflow_id", name="pk_automation_workflows"
        ),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in reversed(TABLES):
        op.drop_table(table)
