"""Request log, error log, figures, metering; partitions by day"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bridgecore.infra.db import APP_ROLE, PLATFORM_ROLE
from bridgecore.infra.rls import protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
GRAINS = "grain IN ('platform', 'platform_endpoint', 'tenant', 'tenant_endpoint')"
LOGS = ("usage_logs", "error_logs")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    _usage_logs()
    _figures("usage_hourly", "hour", MOMENT)
    _figures("usage_daily", "day", sa.Date())
    _rollups()
    _metering()
    _errors()
    _partitions()


def _usage_logs() -> None:
    op.create_table(
        "usage_logs",
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("actor_kind", sa.String(20), nullable=False),
        sa.Column("method", sa.String(10), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("duration_ms", sa.REAL(), nullable=False),
        sa.Column("upstream_ms", sa.REAL()),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("request_bytes", sa.BigInteger(), nullable=False),
        sa.Column("response_bytes", sa.BigInteger(), nullable=False),
        sa.Column("client_address", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.String(128), nullable=False),
        sa.Column("code", sa.String(60)),
        sa.PrimaryKeyConstraint("occurred_at", "id", name="pk_usage_logs"),
        postgresql_partition_by="RANGE (occurred_at)",
    )
    for columns in (
        ["tenant_id", "occurred_at", "id"],
        ["correlation_id"],
        ["route", "occurred_at", "id"],
    ):
        op.create_index(f"ix_usage_logs_{'_'.join(columns)}", "usage_logs", columns)
    for name, columns, rows in (
        ("model_occurred_at_id", ["model", "occurred_at", "id"], "model <> ''"),
        ("failed", ["occurred_at", "id"], "status >= 400"),
        ("slow", ["occurred_at", "id"], "duration_ms >= 1000"),
    ):
        op.create_index(
            f"ix_usage_logs_{name}", "usage_logs", columns, postgresql_where=sa.text(rows)
        )
    _protect("usage_logs")


def _figures(table: str, period: str, kind: sa.types.TypeEngine[object]) -> None:
    counts = ("requests", "errors", "status_2xx", "status_3xx", "status_4xx", "status_5xx")
    times = ("duration_sum", "duration_min", "duration_max", "p50", "p95", "p99")
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column(period, kind, nullable=False),
        sa.Column("grain", sa.String(20), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("method", sa.String(10), server_default="", nullable=False),
        sa.Column("route", sa.Text(), server_default="", nullable=False),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        *(sa.Column(name, sa.Double(), nullable=False) for name in times),
        sa.Column("histogram", postgresql.ARRAY(sa.Integer())),
        sa.Column("request_bytes", sa.BigInteger(), nullable=False),
        sa.Column("response_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.CheckConstraint(GRAINS, name=f"ck_{table}_grain"),
    )
    op.create_index(
        f"uq_{table}_grain_{period}",
        table,
        ["grain", period, "tenant_id", "method", "route", "model"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(f"ix_{table}_tenant_id_grain_{period}", table, ["tenant_id", "grain", period])
    _protect(table)


def _rollups() -> None:
    op.create_table(
        "usage_rollups",
        sa.Column("kind", sa.String(4), nullable=False),
        sa.Column("start", MOMENT, nullable=False),
        sa.Column("stale", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("made_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("kind", "start", name="pk_usage_rollups"),
        sa.CheckConstraint("kind IN ('hour', 'day')", name="ck_usage_rollups_kind"),
    )
    op.create_index(
        "ix_usage_rollups_stale",
        "usage_rollups",
        ["kind", "start"],
        postgresql_where=sa.text("stale"),
    )
    # hours and days of the calendar, nothing of any tenant: all may read them
    op.execute(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON usage_rollups FROM {APP_ROLE}")


def _metering() -> None:
    op.create_table(
        "usage_metering",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "day", name="pk_usage_metering"),
    )
    op.create_index("ix_usage_metering_day", "usage_metering", ["day"])
    op.create_table(
        "storage_use",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("measured_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", name="pk_storage_use"),
    )
    _protect("usage_metering")
    # written inside the tenant's own work too, when a file is stored
    for statement in protect("storage_use"):
        op.execute(statement)


def _errors() -> None:
    op.create_table(
        "error_groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("status_code", sa.SmallInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("method", sa.String(10), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("occurrences", sa.BigInteger(), nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT),
        sa.Column("resolved_by", sa.Uuid()),
        sa.Column("resolution_notes", sa.Text()),
        sa.Column("reopened_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_error_groups"),
        sa.CheckConstraint(
            "severity IN ('low', 'medium', 'high', 'critical')", name="ck_error_groups_severity"
        ),
    )
    op.create_index(
        "uq_error_groups_tenant_id_fingerprint",
        "error_groups",
        ["tenant_id", "fingerprint"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_error_groups_last_seen_id", "error_groups", ["last_seen", "id"])
    op.create_index(
        "ix_error_groups_tenant_id_last_seen_id", "error_groups", ["tenant_id", "last_seen", "id"]
    )
    op.create_index(
        "ix_error_groups_open",
        "error_groups",
        ["severity", "last_seen", "id"],
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "error_logs",
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("method", sa.String(10), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.String(128), nullable=False),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("occurrences", sa.Integer(), nullable=False),
        sa.Column("context", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("occurred_at", "id", name="pk_error_logs"),
        postgresql_partition_by="RANGE (occurred_at)",
    )
    for columns in (
        ["group_id", "occurred_at", "id"],
        ["tenant_id", "occurred_at", "id"],
        ["id"],
    ):
        op.create_index(f"ix_error_logs_{'_'.join(columns)}", "error_logs", columns)
    _protect("error_groups")
    _protect("error_logs")


def _protect(table: str) -> None:
    """A tenant may read its rows; only the platform writes them."""
    for statement in protect(table):
        op.execute(statement)
    op.execute(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE}")


def _partitions() -> None:
    """Functions that make and drop the partitions of days, as the owner of the tables.

    A partition is attached, not created in place: attaching lets reads and writes of the log go
    on. Nobody may reach a partition but through its parent, whose policies hold.
    """
    logs = ", ".join(f"'{table}'" for table in LOGS)
    op.execute(
        f"""
        CREATE FUNCTION ensure_log_partitions(first_day date, last_day date) RETURNS integer
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
        SET lock_timeout = '5s' SET timezone = 'UTC' AS $$
        DECLARE
            parent text;
            partition text;
            day date;
            made integer := 0;
        BEGIN
            IF last_day - first_day > 400 THEN
                RAISE EXCEPTION 'more than 400 days at once' USING ERRCODE = '22023';
            END IF;
            PERFORM pg_advisory_xact_lock(hashtextextended('log partitions', 0));
            FOREACH parent IN ARRAY ARRAY[{logs}] LOOP
                FOR day IN SELECT generate_series(first_day, last_day, interval '1 day')::date LOOP
                    partition := parent || to_char(day, '"_p"YYYYMMDD');
                    CONTINUE WHEN to_regclass(partition) IS NOT NULL;
                    EXECUTE format(
                        'CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                        partition, parent);
                    EXECUTE format('REVOKE ALL ON %I FROM {APP_ROLE}, {PLATFORM_ROLE}', partition);
                    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition);
                    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', partition);
                    EXECUTE format(
                        'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                        parent, partition, day::timestamptz, (day + 1)::timestamptz);
                    made := made + 1;
                END LOOP;
            END LOOP;
            RETURN made;
        END $$
        """
    )
    op.execute(
        f"""
        CREATE FUNCTION drop_log_partition(before date) RETURNS text
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
        SET lock_timeout = '5s' AS $$
        DECLARE
            oldest text;
        BEGIN
            IF before > current_date - 30 THEN
                RAISE EXCEPTION 'logs of the last 30 days stay' USING ERRCODE = '22023';
            END IF;
            PERFORM pg_advisory_xact_lock(hashtextextended('log partitions', 0));
            SELECT child.relname INTO oldest
              FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
             WHERE inhparent = ANY (ARRAY[{logs}]::regclass[])
               -- compared as text: a filter may see other relations before the join does
               AND right(child.relname, 8) COLLATE "C" < to_char(before, 'YYYYMMDD')
             ORDER BY right(child.relname, 8), child.relname
             LIMIT 1;
            IF oldest IS NOT NULL THEN
                EXECUTE format('DROP TABLE %I', oldest);
            END IF;
            RETURN oldest;
        END $$
        """
    )
    for signature in ("ensure_log_partitions(date, date)", "drop_log_partition(date)"):
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {PLATFORM_ROLE}")
    op.execute("SELECT ensure_log_partitions(current_date - 1, current_date + 2)")


def downgrade() -> None:
    op.execute("DROP FUNCTION drop_log_partition(date)")
    op.execute("DROP FUNCTION ensure_log_partitions(date, date)")
    for table in (
        "error_logs",
        "error_groups",
        "storage_use",
        "usage_metering",
        "usage_rollups",
        "usage_daily",
        "usage_hourly",
        "usage_logs",
    ):
        op.drop_table(table)
