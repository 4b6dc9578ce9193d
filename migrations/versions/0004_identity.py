"""People, memberships, roles, sessions, API keys and one-time tokens"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bridgecore.infra.db import APP_ROLE
from bridgecore.infra.rls import look_up, platform_only, protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
JSONB = postgresql.JSONB()

# What colleagues in a tenant may see of a person.
SHOWN = (
    "id, email, full_name, is_active, must_change_password, locale, totp_confirmed_at,"
    " last_login_at, created_at, updated_at"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    _people()
    _access()
    _policies()
    _look_ups()


def _people() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("full_name", sa.String(200), server_default="", nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "must_change_password", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("email_verified_at", MOMENT),
        sa.Column("platform_role", sa.String(20)),
        sa.Column("totp_secret", sa.LargeBinary()),
        sa.Column("totp_confirmed_at", MOMENT),
        sa.Column("totp_last_step", sa.BigInteger()),
        sa.Column("locale", sa.String(10), server_default="en", nullable=False),
        sa.Column("last_login_at", MOMENT),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sa.CheckConstraint("email = lower(email)", name="ck_users_email_lower"),
        sa.CheckConstraint(
            "platform_role IN ('super_admin', 'admin', 'support')", name="ck_users_platform_role"
        ),
    )
    op.create_index("ix_users_created_at_id", "users", ["created_at", "id"])
    op.create_index(
        "ix_users_platform_role",
        "users",
        ["platform_role"],
        postgresql_where=sa.text("platform_role IS NOT NULL"),
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("odoo_user_id", sa.Integer()),
        sa.Column("odoo_partner_id", sa.Integer()),
        sa.Column("employee_id", sa.Integer()),
        sa.Column("salesperson_id", sa.Integer()),
        sa.Column("department_id", sa.Integer()),
        sa.Column("team_id", sa.Integer()),
        sa.Column("manager_id", sa.Integer()),
        sa.Column("matched", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("last_login_at", MOMENT),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_memberships"),
        sa.UniqueConstraint("tenant_id", "user_id", name="uq_memberships_tenant_id_user_id"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_memberships_user_id_users", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"])
    op.create_index(
        "ix_memberships_tenant_id_created_at_id", "memberships", ["tenant_id", "created_at", "id"]
    )
    op.create_table(
        "roles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("permissions", JSONB, nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_roles"),
        sa.UniqueConstraint("tenant_id", "code", name="uq_roles_tenant_id_code"),
    )


def _access() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid()),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("by_cookie", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("family_hash", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_hash", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary()),
        sa.Column("rotated_at", MOMENT),
        sa.Column("successor", sa.LargeBinary()),
        sa.Column("user_agent", sa.String(200), server_default="", nullable=False),
        sa.Column("client_address", sa.String(64), server_default="", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("last_used_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("end_reason", sa.String(40)),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("family_hash", name="uq_sessions_family_hash"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_sessions_user_id_users", ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "kind IN ('app', 'dashboard', 'staff', 'person')", name="ck_sessions_kind"
        ),
    )
    for columns in (
        ["user_id", "ended_at"],
        ["tenant_id", "membership_id", "ended_at"],
        ["expires_at"],
    ):
        op.create_index(f"ix_sessions_{'_'.join(columns)}", "sessions", columns)
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("prefix", sa.String(24), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", JSONB, nullable=False),
        sa.Column("weight", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("membership_id", sa.Uuid()),
        sa.Column("expires_at", MOMENT),
        sa.Column("last_used_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("hash", name="uq_api_keys_hash"),
        sa.CheckConstraint("weight BETWEEN 1 AND 1000", name="ck_api_keys_weight"),
    )
    op.create_index(
        "ix_api_keys_tenant_id_created_at_id", "api_keys", ["tenant_id", "created_at", "id"]
    )
    op.create_table(
        "one_time_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(30), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("role", sa.String(40)),
        sa.Column("details", JSONB, server_default="{}", nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_tokens"),
        sa.UniqueConstraint("hash", name="uq_one_time_tokens_hash"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_one_time_tokens_user_id_users", ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "purpose IN ('password_reset', 'email_verification', 'invitation')",
            name="ck_one_time_tokens_purpose",
        ),
    )
    for columns in (["user_id", "purpose"], ["tenant_id", "purpose", "created_at"], ["expires_at"]):
        op.create_index(f"ix_one_time_tokens_{'_'.join(columns)}", "one_time_tokens", columns)


def _policies() -> None:
    for table in ("memberships", "roles", "sessions", "api_keys", "one_time_tokens"):
        for statement in protect(table):
            op.execute(statement)
    # A person belongs to no single tenant: each tenant sees its members, without their secrets.
    for statement in platform_only("users"):
        op.execute(statement)
    op.execute(f"GRANT SELECT ({SHOWN}) ON users TO {APP_ROLE}")
    op.execute(
        f"CREATE POLICY members ON users FOR SELECT TO {APP_ROLE}"
        " USING (EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = users.id))"
    )


def _look_ups() -> None:
    op.execute(
        """
        CREATE FUNCTION identity_credentials(wanted text)
        RETURNS TABLE (id uuid, email text, full_name text, password_hash text, is_active boolean,
                       must_change_password boolean, platform_role text, second_factor boolean)
        LANGUAGE sql STABLE AS $$
            SELECT u.id, u.email, u.full_name::text, u.password_hash, u.is_active,
                   u.must_change_password, u.platform_role::text, u.totp_confirmed_at IS NOT NULL
              FROM users u WHERE u.email = wanted
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION identity_session(family bytea)
        RETURNS TABLE (id uuid, tenant_id uuid, membership_id uuid, user_id uuid, kind text)
        LANGUAGE sql STABLE AS $$
            SELECT s.id, s.tenant_id, s.membership_id, s.user_id, s.kind::text
              FROM sessions s WHERE s.family_hash = family
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION identity_api_key(wanted bytea)
        RETURNS TABLE (id uuid, tenant_id uuid, name text, scopes jsonb, weight integer,
                       expires_at timestamptz, revoked_at timestamptz)
        LANGUAGE sql VOLATILE AS $$
            UPDATE api_keys k SET last_used_at = clock_timestamp()
             WHERE k.hash = wanted AND k.revoked_at IS NULL
               AND (k.last_used_at IS NULL
                    OR k.last_used_at < clock_timestamp() - interval '1 minute');
            SELECT k.id, k.tenant_id, k.name::text, k.scopes, k.weight, k.expires_at, k.revoked_at
              FROM api_keys k WHERE k.hash = wanted
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION identity_ensure_person(
            new_id uuid, wanted text, given_name text, given_hash text, must_change boolean)
        RETURNS TABLE (id uuid, created boolean)
        LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            INSERT INTO users AS u (id, email, full_name, password_hash, must_change_password)
            VALUES (new_id, wanted, given_name, given_hash, must_change)
            ON CONFLICT (email) DO NOTHING;
            RETURN QUERY SELECT u.id, u.id = new_id FROM users u WHERE u.email = wanted;
        END
        $$
        """
    )
    for signature in (
        "identity_credentials(text)",
        "identity_session(bytea)",
        "identity_api_key(bytea)",
        "identity_ensure_person(uuid, text, text, text, boolean)",
    ):
        for statement in look_up(signature):
            op.execute(statement)


def downgrade() -> None:
    for signature in (
        "identity_ensure_person(uuid, text, text, text, boolean)",
        "identity_api_key(bytea)",
        "identity_session(bytea)",
        "identity_credentials(text)",
    ):
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("DROP POLICY members ON users")
    for table in ("one_time_tokens", "api_keys", "sessions", "roles", "memberships", "users"):
        op.drop_table(table)
