"""The lake, its clocks and hints"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bridgecore.infra.rls import protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
KEY = sa.Text(collation="C")
TABLES = ("lake_records", "lake_clocks", "lake_entities", "lake_hints")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    _records()
    op.create_table(
        "lake_clocks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("forgotten_version", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_lake_clocks"),
    )
    op.create_table(
        "lake_entities",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("records", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("archived", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("deleted", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("source_changed_at", MOMENT),
        sa.Column("seen_at", MOMENT),
        sa.PrimaryKeyConstraint("tenant_id", "connection_id", "entity", name="pk_lake_entities"),
    )
    op.create_table(
        "lake_hints",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("number", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("noted_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "connection_id", "entity", "key", name="pk_lake_hints"
        ),
    )
    op.create_index(
        "ix_lake_hints_tenant_id_connection_id_noted_at",
        "lake_hints",
        ["tenant_id", "connection_id", "noted_at"],
    )
    for table in TABLES:
        for statement in protect(table):
            op.execute(statement)


def _records() -> None:
    op.create_table(
        "lake_records",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.Column("delete_reason", sa.String(20)),
        sa.Column("source_created_at", MOMENT),
        sa.Column("source_changed_at", MOMENT),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("stored_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "connection_id", "entity", "key", name="pk_lake_records"
        ),
        sa.CheckConstraint(
            "(deleted_at IS NULL) = (delete_reason IS NULL)", name="ck_lake_records_delete_reason"
        ),
    )
    op.create_index(
        "uq_lake_records_tenant_id_version",
        "lake_records",
        ["tenant_id", "version"],
        unique=True,
        # true of all; who looks a record up by its key does not say so, and can't be led here
        postgresql_where=sa.text("version > 0"),
    )
    op.create_index(
        "ix_lake_records_bands",
        "lake_records",
        ["tenant_id", "connection_id", "entity", "source_created_at"],
        postgresql_include=["source_changed_at"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_lake_records_deleted_at",
        "lake_records",
        ["deleted_at"],
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    views = (
        ("partners", ["data ->> 'is_company'"], "res.partner"),
        ("opportunities", ["(data -> 'user_id') ->> 0"], "crm.lead"),
        ("activities", ["data ->> 'res_model'", "data ->> 'res_id'"], "mail.activity"),
        ("invoices", ["data ->> 'move_type'", "data ->> 'payment_state'"], "account.move"),
    )
    for name, expressions, entity in views:
        looked_up = [sa.text(f"({expression})") for expression in expressions]
        op.create_index(
            f"ix_lake_records_{name}",
            "lake_records",
            ["tenant_id", *looked_up, "connection_id", "key"],
            postgresql_where=sa.text(f"entity = '{entity}'"),
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in reversed(TABLES):
        op.drop_table(table)
