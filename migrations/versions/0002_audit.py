"""The audit trail"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bridgecore.infra.db import APP_ROLE, PLATFORM_ROLE
from bridgecore.infra.rls import protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("actor_kind", sa.String(20), nullable=False),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("actor_email", sa.Text(), nullable=False),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("target_type", sa.String(40), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("correlation_id", sa.String(128), nullable=False),
        sa.Column("client_address", sa.String(64), nullable=False),
        sa.Column(
            "occurred_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    for columns in (
        ["tenant_id", "occurred_at", "id"],
        ["occurred_at", "id"],
        ["target_type", "target_id", "occurred_at"],
        ["actor_id", "occurred_at"],
    ):
        op.create_index(f"ix_audit_entries_{'_'.join(columns)}", "audit_entries", columns)
    for statement in protect("audit_entries"):
        op.execute(statement)
    # append-only: nobody at run time may rewrite the past
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries FROM {APP_ROLE}, {PLATFORM_ROLE}")


def downgrade() -> None:
    op.drop_table("audit_entries")
