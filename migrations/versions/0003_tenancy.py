"""Plans and tenants, with the four plans of the product"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bridgecore.infra.db import APP_ROLE
from bridgecore.infra.rls import protect
from bridgecore.kit.ids import uuid7

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
GIB = 1024**3


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    plans = op.create_table(
        "plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("tier", sa.String(20), nullable=False),
        sa.Column("max_requests_per_day", sa.BigInteger()),
        sa.Column("max_requests_per_hour", sa.BigInteger()),
        sa.Column("burst_limit", sa.Integer()),
        sa.Column("max_users", sa.Integer()),
        sa.Column("max_storage_bytes", sa.BigInteger()),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
        sa.UniqueConstraint("code", name="uq_plans_code"),
    )
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("slug", sa.String(63), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("contact_email", sa.Text()),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("time_zone", sa.String(64), server_default="UTC", nullable=False),
        sa.Column("max_requests_per_day", sa.BigInteger()),
        sa.Column("max_requests_per_hour", sa.BigInteger()),
        sa.Column("max_requests_per_hour_per_user", sa.BigInteger()),
        sa.Column("burst_limit", sa.Integer()),
        sa.Column("max_users", sa.Integer()),
        sa.Column("allowed_models", postgresql.JSONB(none_as_null=True)),
        sa.Column("allowed_features", postgresql.JSONB(none_as_null=True)),
        sa.Column("trial_ends_at", MOMENT),
        sa.Column("suspended_at", MOMENT),
        sa.Column("suspension_reason", sa.Text()),
        sa.Column("deleted_at", MOMENT),
        sa.Column("status_before", sa.String(10)),
        sa.Column("token_epoch", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("metadata", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenants"),
        sa.UniqueConstraint("slug", name="uq_tenants_slug"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_tenants_plan_id_plans"),
        sa.CheckConstraint(
            "status IN ('trial', 'active', 'suspended', 'deleted')", name="ck_tenants_status"
        ),
    )
    op.create_index("ix_tenants_status_created_at", "tenants", ["status", "created_at"])
    op.create_index("ix_tenants_plan_id", "tenants", ["plan_id"])
    op.create_index("ix_tenants_created_at", "tenants", ["created_at"])
    for statement in protect("tenants", column="id"):
        op.execute(statement)
    # a catalogue everyone may read; only staff change it
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON plans FROM {APP_ROLE}")
    op.bulk_insert(
        plans,
        [
            {
                "id": uuid7(),
                "code": code,
                "name": name,
                "tier": tier,
                "max_requests_per_day": day,
                "max_requests_per_hour": hour,
                "burst_limit": burst,
                "max_users": users,
                "max_storage_bytes": storage,
                "price_minor": price,
                "currency": "USD",
                "is_active": True,
                "position": position,
            }
            for position, (code, name, tier, day, hour, burst, users, storage, price) in enumerate(
                [
                    ("free", "Free", "standard", 1_000, 100, 50, 5, GIB, 0),
                    ("starter", "Starter", "standard", 10_000, 1_000, 200, 25, 10 * GIB, 2_900),
                    (
                        "professional",
                        "Professional",
                        "premium",
                        100_000,
                        10_000,
                        1_000,
                        100,
                        100 * GIB,
                        9_900,
                    ),
                    ("enterprise", "Enterprise", "enterprise", None, None, None, None, None, 0),
                ]
            )
        ],
    )


def downgrade() -> None:
    op.drop_table("tenants")
    op.drop_table("plans")
