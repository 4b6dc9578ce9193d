"""Roles, and the tables of the shared mechanisms: outbox, intents, idempotency keys, jobs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

from bridgecore.infra.db import APP_ROLE, PLATFORM_ROLE
from bridgecore.infra.outbox import TransactionId
from bridgecore.infra.rls import platform_only, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    _roles()
    _mechanisms()
    _jobs()


def _roles() -> None:
    for role in (APP_ROLE, PLATFORM_ROLE):
        # a login that may not make roles can have them made for it beforehand
        op.execute(
            f"""
            DO $$ BEGIN
                IF to_regrole('{role}') IS NULL THEN
                    CREATE ROLE {role} NOLOGIN NOBYPASSRLS;
                END IF;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END $$
            """
        )
        # whoever migrates must be able to act as the role; a superuser always can. From 16 on,
        # whoever made a role belongs to it without that right.
        op.execute(
            f"""
            DO $$ BEGIN
                IF NOT pg_has_role(current_user, '{role}',
                    CASE WHEN current_setting('server_version_num')::int >= 160000
                         THEN 'SET' ELSE 'MEMBER' END)
                THEN EXECUTE format('GRANT {role} TO %I', current_user);
                END IF;
            END $$
            """
        )
        op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        op.execute(
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
            f" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"
        )
        op.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}"
        )


def _mechanisms() -> None:
    op.create_table(
        "outbox_events",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column(
            "transaction_id",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_outbox_events"),
        sa.UniqueConstraint("id", name="uq_outbox_events_id"),
    )
    op.create_index(
        "ix_outbox_events_transaction_id_sequence",
        "outbox_events",
        ["transaction_id", "sequence"],
    )
    op.create_table(
        "outbox_cursors",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("transaction_id", TransactionId(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("consumer", name="pk_outbox_cursors"),
    )
    op.create_table(
        "intents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("session_id", sa.Uuid()),
        sa.Column("correlation_id", sa.String(128), server_default="", nullable=False),
        sa.Column("idempotency_scope", sa.LargeBinary()),
        sa.Column("fingerprint", sa.LargeBinary()),
        sa.Column("request", postgresql.JSONB(), nullable=False),
        sa.Column("sealed_request", sa.LargeBinary()),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("outcome", postgresql.JSONB()),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_intents"),
    )
    op.create_index("ix_intents_tenant_id_created_at", "intents", ["tenant_id", "created_at"])
    op.create_index(
        "ix_intents_joinable",
        "intents",
        ["tenant_id", "session_id", "fingerprint"],
        postgresql_where=sa.text("status IN ('pending', 'unknown')"),
    )
    op.create_index(
        "uq_intents_idempotency_scope",
        "intents",
        ["tenant_id", "idempotency_scope"],
        unique=True,
        postgresql_where=sa.text("idempotency_scope IS NOT NULL"),
    )
    op.create_index(
        "ix_intents_lease_until",
        "intents",
        ["lease_until"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("scope", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_idempotency_keys"),
        sa.UniqueConstraint("scope", name="uq_idempotency_keys_scope"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    for table in ("outbox_events", "intents", "idempotency_keys"):
        for statement in protect(table):
            op.execute(statement)
    for statement in platform_only("outbox_cursors"):
        op.execute(statement)


def _jobs() -> None:
    """Procrastinate's schema of the pinned version; its upgrades become revisions here."""
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    for table in ("jobs", "events", "periodic_defers", "workers"):
        op.execute(f"REVOKE ALL ON procrastinate_{table} FROM {APP_ROLE}")
    # tenant work may enqueue, and that is all it may do with jobs
    signature = "procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[])"
    op.execute(f"ALTER FUNCTION {signature} SECURITY DEFINER SET search_path = public, pg_temp")


def downgrade() -> None:
    raise RuntimeError("the first revision is not undone: drop the database instead")
