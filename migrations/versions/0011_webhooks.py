"""Webhooks in: credentials of senders, events, figures by hour"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bridgecore.infra.rls import look_up, protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
LOOK_UPS = ("webhook_receiver(uuid)", "webhook_address(bytea)", "webhook_only_connection()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    _credentials("webhook_secrets", sa.Column("secret", sa.LargeBinary(), nullable=False))
    _credentials("webhook_addresses", sa.Column("hash", sa.LargeBinary(), nullable=False))
    op.create_unique_constraint("uq_webhook_addresses_hash", "webhook_addresses", ["hash"])
    _events()
    _hours()
    for table in ("webhook_secrets", "webhook_addresses", "webhook_events", "webhook_hours"):
        for statement in protect(table):
            op.execute(statement)
    _look_ups()


def _credentials(table: str, kept: sa.Column[bytes]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("prefix", sa.String(32), nullable=False),
        kept,
        sa.Column("created_by", sa.Uuid()),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["connections.tenant_id", "connections.id"],
            name=f"fk_{table}_connection",
            ondelete="CASCADE",
        ),
    )
    op.create_index(f"ix_{table}_tenant_id_connection_id", table, ["tenant_id", "connection_id"])


def _events() -> None:
    op.create_table(
        "webhook_events",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("source_event_id", sa.String(200), nullable=False),
        sa.Column("trust", sa.String(8), nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("record_key", sa.String(64), nullable=False),
        sa.Column("operation", sa.String(6), nullable=False),
        sa.Column("changed_fields", postgresql.JSONB(none_as_null=True)),
        sa.Column("payload", sa.Text()),
        sa.Column("origin", sa.String(100)),
        sa.Column("occurred_at", MOMENT),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(9), server_default="pending", nullable=False),
        sa.Column("outcome", sa.String(8)),
        sa.Column("echo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("processed_at", MOMENT),
        sa.Column("fault", sa.String(6)),
        sa.Column("reason", sa.Text()),
        # ids are in order of arrival, so this is also the order of every list
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_webhook_events"),
        sa.UniqueConstraint(
            "connection_id", "source_event_id", name="uq_webhook_events_connection_source_event"
        ),
        sa.CheckConstraint(
            "trust IN ('signed', 'token', 'address')", name="ck_webhook_events_trust"
        ),
        sa.CheckConstraint(
            "operation IN ('create', 'write', 'unlink')", name="ck_webhook_events_operation"
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'done', 'dead', 'discarded')", name="ck_webhook_events_status"
        ),
        sa.CheckConstraint("fault IN ('source', 'ours')", name="ck_webhook_events_fault"),
    )
    op.create_index(
        "ix_webhook_events_pending",
        "webhook_events",
        ["tenant_id", "due_at"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_webhook_events_dead",
        "webhook_events",
        ["tenant_id", "id"],
        postgresql_where=sa.text("status = 'dead'"),
    )


def _hours() -> None:
    counts = ("received", "duplicates", "rejected", "applied", "removed", "hinted", "echoes")
    op.create_table(
        "webhook_hours",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("hour", MOMENT, nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
            for name in (*counts, "retried", "dead", "lag_ms_sum", "lag_ms_max")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "connection_id", "hour", name="pk_webhook_hours"),
    )


def _look_ups() -> None:
    """What a receiver needs before it knows a tenant: each gives one row or none."""
    allowed = "c.is_active AND (t.allowed_features IS NULL OR t.allowed_features ? 'webhooks')"
    trial = "coalesce(extract(epoch FROM t.trial_ends_at)::bigint, 0)"
    usable = "s.revoked_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())"
    op.execute(
        f"""
        CREATE FUNCTION webhook_receiver(wanted uuid)
        RETURNS TABLE (tenant_id uuid, connector text, allowed boolean, tenant_status text,
                       trial_ends bigint, secret_ids uuid[], secrets bytea[])
        LANGUAGE sql STABLE AS $$
            SELECT c.tenant_id, c.connector::text, {allowed}, t.status::text, {trial},
                   ARRAY(SELECT s.id FROM webhook_secrets s WHERE s.tenant_id = c.tenant_id
                          AND s.connection_id = c.id AND {usable} ORDER BY s.id DESC),
                   ARRAY(SELECT s.secret FROM webhook_secrets s WHERE s.tenant_id = c.tenant_id
                          AND s.connection_id = c.id AND {usable} ORDER BY s.id DESC)
              FROM connections c JOIN tenants t ON t.id = c.tenant_id WHERE c.id = wanted
        $$
        """
    )
    op.execute(
        f"""
        CREATE FUNCTION webhook_address(wanted bytea)
        RETURNS TABLE (id uuid, tenant_id uuid, connection_id uuid, connector text,
                       allowed boolean, tenant_status text, trial_ends bigint)
        LANGUAGE sql STABLE AS $$
            SELECT s.id, s.tenant_id, s.connection_id, c.connector::text, {allowed},
                   t.status::text, {trial}
              FROM webhook_addresses s
              JOIN connections c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id
              JOIN tenants t ON t.id = s.tenant_id
             WHERE s.hash = wanted AND {usable}
        $$
        """
    )
    # the one Odoo of an installation with one tenant; none where there are several
    op.execute(
        """
        CREATE FUNCTION webhook_only_connection()
        RETURNS TABLE (connection_id uuid)
        LANGUAGE sql STABLE AS $$
            SELECT c.id FROM connections c JOIN tenants t ON t.id = c.tenant_id
             WHERE c.connector = 'odoo' AND c.is_primary AND t.status <> 'deleted'
               AND (SELECT count(*) FROM tenants o WHERE o.status <> 'deleted') = 1
        $$
        """
    )
    for signature in LOOK_UPS:
        for statement in look_up(signature):
            op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for signature in LOOK_UPS:
        op.execute(f"DROP FUNCTION {signature}")
    for table in ("webhook_hours", "webhook_events", "webhook_addresses", "webhook_secrets"):
        op.drop_table(table)
