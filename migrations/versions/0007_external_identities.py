"""Who people are at Microsoft and Supabase, and registrations that wait for their address"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bridgecore.infra.rls import look_up, platform_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")
SIGN_IN = "identity_sign_in(text)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    op.create_table(
        "external_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("issuer", sa.String(300), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("last_used_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_external_identities"),
        sa.UniqueConstraint(
            "provider",
            "issuer",
            "subject",
            name="uq_external_identities_provider_issuer_subject",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name="fk_external_identities_user_id_users",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "provider IN ('microsoft', 'supabase')", name="ck_external_identities_provider"
        ),
    )
    op.create_index("ix_external_identities_user_id", "external_identities", ["user_id"])
    # Read by sign-ins alone, before a tenant is known.
    for statement in platform_only("external_identities"):
        op.execute(statement)
    op.create_index(
        "ix_one_time_tokens_unverified",
        "one_time_tokens",
        ["email", "created_at"],
        postgresql_where=sa.text("purpose = 'email_verification' AND used_at IS NULL"),
    )
    # A registration that waits for its address answers only where nobody has that address.
    op.execute(
        """
        CREATE FUNCTION identity_sign_in(wanted text)
        RETURNS TABLE (id uuid, email text, full_name text, password_hash text, is_active boolean,
                       must_change_password boolean, platform_role text, second_factor boolean,
                       verified boolean)
        LANGUAGE sql STABLE AS $$
            (SELECT u.id, u.email, u.full_name::text, u.password_hash, u.is_active,
                    u.must_change_password, u.platform_role::text,
                    u.totp_confirmed_at IS NOT NULL, true
               FROM users u WHERE u.email = wanted)
            UNION ALL
            (SELECT t.id, t.email, t.details ->> 'full_name', t.details ->> 'password_hash', true,
                    false, NULL::text, false, false
               FROM one_time_tokens t
              WHERE t.email = wanted AND t.purpose = 'email_verification' AND t.used_at IS NULL
                AND t.expires_at > clock_timestamp()
                AND NOT EXISTS (SELECT FROM users u WHERE u.email = wanted)
              ORDER BY t.created_at DESC LIMIT 1)
        $$
        """
    )
    for statement in look_up(SIGN_IN):
        op.execute(statement)


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {SIGN_IN}")
    op.drop_index("ix_one_time_tokens_unverified", "one_time_tokens")
    op.drop_table("external_identities")
