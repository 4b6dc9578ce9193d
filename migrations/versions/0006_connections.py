"""Connections, and members' own credentials for them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bridgecore.infra.rls import protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    op.create_table(
        "connections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connector", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("secret", sa.LargeBinary()),
        sa.Column("secret_set_at", MOMENT),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("status_detail", sa.Text()),
        sa.Column("server_version", sa.String(100)),
        sa.Column("checked_at", MOMENT),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_connections"),
        sa.UniqueConstraint("tenant_id", "id", name="uq_connections_tenant_id_id"),
        sa.CheckConstraint(
            "status IN ('unknown', 'ok', 'failing', 'reauthorise')", name="ck_connections_status"
        ),
    )
    op.create_index(
        "ix_connections_primary",
        "connections",
        ["tenant_id", "connector"],
        unique=True,
        postgresql_where=sa.text("is_primary"),
    )
    op.create_index(
        "ix_connections_name", "connections", ["tenant_id", sa.text("lower(name)")], unique=True
    )
    op.create_index("ix_connections_connector_status", "connections", ["connector", "status"])
    op.create_table(
        "member_credentials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_member_credentials"),
        sa.UniqueConstraint(
            "tenant_id",
            "membership_id",
            "connection_id",
            name="uq_member_credentials_tenant_id_membership_id_connection_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["connections.tenant_id", "connections.id"],
            name="fk_member_credentials_connection",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_member_credentials_tenant_id_connection_id",
        "member_credentials",
        ["tenant_id", "connection_id"],
    )
    for table in ("connections", "member_credentials"):
        for statement in protect(table):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("member_credentials")
    op.drop_table("connections")
