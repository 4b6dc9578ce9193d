"""Invitations and outgoing mail"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bridgecore.infra.rls import look_up, platform_only, protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
LOOK_UP = "identity_invitation(bytea)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    _mails()
    _invitations()


def _mails() -> None:
    op.create_table(
        "mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("event_id", sa.Uuid()),
        sa.Column("purpose", sa.String(60), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("due_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
        sa.UniqueConstraint("event_id", name="uq_mails_event_id"),
        sa.CheckConstraint(
            "status IN ('waiting', 'sent', 'failed', 'captured')", name="ck_mails_status"
        ),
    )
    op.create_index("ix_mails_created_at_id", "mails", ["created_at", "id"])
    op.create_index(
        "ix_mails_due", "mails", ["due_at"], postgresql_where=sa.text("status = 'waiting'")
    )
    # Their links let people in, so not even a tenant reads the mails sent for it.
    for statement in platform_only("mails"):
        op.execute(statement)


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("full_name", sa.String(200), server_default="", nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.Uuid()),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("sent_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("accepted_at", MOMENT),
        sa.Column("accepted_by", sa.Uuid()),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("hash", name="uq_invitations_hash"),
        sa.CheckConstraint("email = lower(email)", name="ck_invitations_email_lower"),
        sa.CheckConstraint(
            "accepted_at IS NULL OR revoked_at IS NULL", name="ck_invitations_one_end"
        ),
    )
    op.create_index(
        "ix_invitations_open",
        "invitations",
        ["tenant_id", "email"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
    )
    op.create_index(
        "ix_invitations_tenant_id_created_at_id", "invitations", ["tenant_id", "created_at", "id"]
    )
    op.create_index("ix_invitations_expires_at", "invitations", ["expires_at"])
    for statement in protect("invitations"):
        op.execute(statement)
    # Whoever comes with a link belongs to no tenant yet.
    op.execute(
        """
        CREATE FUNCTION identity_invitation(wanted bytea)
        RETURNS TABLE (id uuid, tenant_id uuid, email text, full_name text, role text,
                       language text, invited_by text, expires_at timestamptz,
                       accepted_at timestamptz, revoked_at timestamptz, tenant_name text,
                       tenant_slug text, account boolean, has_password boolean)
        LANGUAGE sql STABLE AS $$
            SELECT i.id, i.tenant_id, i.email, i.full_name::text, i.role::text, i.language::text,
                   by.full_name::text, i.expires_at, i.accepted_at, i.revoked_at,
                   t.name::text, t.slug::text, u.id IS NOT NULL, u.password_hash IS NOT NULL
              FROM invitations i
              JOIN tenants t ON t.id = i.tenant_id
              LEFT JOIN users by ON by.id = i.invited_by
              LEFT JOIN users u ON u.email = i.email
             WHERE i.hash = wanted
        $$
        """
    )
    for statement in look_up(LOOK_UP):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DROP FUNCTION {LOOK_UP}")
    op.drop_table("invitations")
    op.drop_table("mails")
