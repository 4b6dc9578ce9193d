"""Alert rules, states and notifications"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bridgecore.infra.rls import protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
SEVERITY = "severity IN ('critical', 'warning', 'notice')"
TABLES = ("alert_rules", "alerts", "notifications")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    rules()
    alerts()
    notifications()
    for table in TABLES:
        for statement in protect(table):
            op.execute(statement)


def rules() -> None:
    table = "alert_rules"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100)),
        sa.Column("parameters", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("window_minutes", sa.Integer(), nullable=False),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("roles", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("people", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.CheckConstraint(SEVERITY, name=f"ck_{table}_severity"),
        sa.CheckConstraint("window_minutes BETWEEN 1 AND 43200", name=f"ck_{table}_window_minutes"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    op.create_index(
        "ix_alert_rules_tenant_id_created_at_id", table, ["tenant_id", "created_at", "id"]
    )
    op.create_index(
        "uq_alert_rules_default",
        table,
        ["tenant_id", "kind"],
        unique=True,
        postgresql_where=sa.text("is_default"),
        postgresql_nulls_not_distinct=True,
    )


def alerts() -> None:
    table = "alerts"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("about_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("page", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("fired_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("seen_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("told_at", MOMENT),
        sa.Column("over_at", MOMENT),
        sa.Column("acknowledged_at", MOMENT),
        sa.Column("acknowledged_by", sa.Uuid()),
        sa.Column("muted_until", MOMENT),
        sa.CheckConstraint("status IN ('firing', 'recovered', 'ended')", name=f"ck_{table}_status"),
        sa.CheckConstraint(SEVERITY, name=f"ck_{table}_severity"),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["alert_rules.id"],
            name="fk_alerts_rule_id_alert_rules",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    condition = ["rule_id", "about_tenant_id", "subject"]
    op.create_index("ix_alerts_tenant_id_id", table, ["tenant_id", "id"])
    op.create_index(
        "uq_alerts_firing",
        table,
        condition,
        unique=True,
        postgresql_where=sa.text("status = 'firing'"),
    )
    op.create_index("ix_alerts_condition", table, [*condition, "fired_at"])
    op.create_index("ix_alerts_about", table, ["about_tenant_id"])
    op.create_index("ix_alerts_over_at", table, ["over_at"])


def notifications() -> None:
    table = "notifications"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("about_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("page", sa.Text(), server_default="", nullable=False),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("read_at", MOMENT),
        sa.CheckConstraint("event IN ('fired', 'recovered')", name=f"ck_{table}_event"),
        sa.CheckConstraint(SEVERITY, name=f"ck_{table}_severity"),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alerts.id"],
            name="fk_notifications_alert_id_alerts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    op.create_index("uq_notifications_once", table, ["alert_id", "user_id", "event"], unique=True)
    op.create_index("ix_notifications_person", table, ["user_id", "tenant_id", "id"])
    op.create_index(
        "ix_notifications_unread",
        table,
        ["user_id", "tenant_id"],
        postgresql_where=sa.text("read_at IS NULL AND in_app"),
    )
    op.create_index("ix_notifications_about", table, ["about_tenant_id"])
    op.create_index("ix_notifications_created_at", table, ["created_at"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in reversed(TABLES):
        op.drop_table(table)
