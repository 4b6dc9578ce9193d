"""What the house keeps of work under way"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bridgecore.infra.rls import platform_only, protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    op.create_table(
        "job_failures",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("job_id", name="pk_job_failures"),
    )
    for statement in platform_only("job_failures"):
        op.execute(statement)
    op.create_table(
        "error_daily",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("occurrences", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "day", "severity", name="pk_error_daily"),
    )
    op.create_index(
        "ix_error_daily_day",
        "error_daily",
        ["day"],
        postgresql_include=["group_id", "severity", "occurrences"],
    )
    op.create_index("ix_error_daily_tenant_id_day", "error_daily", ["tenant_id", "day"])
    for statement in protect("error_daily"):
        op.execute(statement)
    op.create_index(
        "ix_usage_daily_tenants_of_route",
        "usage_daily",
        ["route", "day"],
        postgresql_include=["tenant_id", "method", "model", "requests"],
        postgresql_where=sa.text("grain = 'tenant_endpoint'"),
    )
    op.create_index(
        "ix_usage_daily_tenants_of_model",
        "usage_daily",
        ["model", "day"],
        postgresql_include=["tenant_id", "method", "requests"],
        postgresql_where=sa.text("grain = 'tenant_endpoint' AND model <> ''"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "hash", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name="fk_recovery_codes_user_id_users",
            ondelete="CASCADE",
        ),
    )
    for statement in platform_only("recovery_codes"):
        op.execute(statement)
    op.execute(
        """
        INSERT INTO error_daily (group_id, day, severity, tenant_id, occurrences)
        SELECT group_id, (occurred_at AT TIME ZONE 'UTC')::date, severity, tenant_id,
               sum(occurrences)
          FROM error_logs GROUP BY 1, 2, 3, 4
        """
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("recovery_codes")
    op.drop_index("ix_usage_daily_tenants_of_model", "usage_daily")
    op.drop_index("ix_usage_daily_tenants_of_route", "usage_daily")
    op.drop_table("error_daily")
    op.drop_table("job_failures")
