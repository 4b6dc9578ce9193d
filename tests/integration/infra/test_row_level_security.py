"""Walks the catalogue: every table of a tenant has its policies, no role passes them by."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bridgecore.infra.db import APP_ROLE, PLATFORM_ROLE
from bridgecore.infra.resources import Resources
from tests.factories.tenants import TenantFactory

# Tables without a tenant, each with why it needs none.
WITHOUT_TENANT = {
    "alembic_version": "which revision the schema is at",
    "plans": "a catalogue every tenant may read",
    "usage_rollups": "which hours and days have been added up; nothing of any tenant",
    "sync_totals": "counters by connector for the platform's metrics; platform only",
    "outbox_cursors": "how far each consumer has come; platform only",
    "recovery_codes": "of people, who may belong to several tenants; platform only",
    "job_failures": "why jobs failed, as procrastinate_jobs; platform only",
    "procrastinate_jobs": "jobs; the app role may only enqueue, through a function",
    "procrastinate_events": "jobs",
    "procrastinate_periodic_defers": "jobs",
    "procrastinate_workers": "jobs",
}


def tables(database_url: str) -> dict[str, dict[str, bool]]:
    """Every table with what protects it; a partition counts through its parent."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            """
            SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
                   EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
                            AND a.attname = 'tenant_id' AND NOT a.attisdropped),
                   ARRAY(SELECT polname::text FROM pg_policy p WHERE p.polrelid = c.oid),
                   has_table_privilege(%s, c.oid, 'SELECT'), c.relispartition
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
            """,
            [APP_ROLE],
        ).fetchall()
    return {
        row[0]: {
            "enabled": row[1],
            "forced": row[2],
            "has_tenant": row[3],
            "policies": set(row[4]),
            "app_reads": row[5],
            "partition": row[6],
        }
        for row in rows
    }


def test_every_table_of_a_tenant_is_protected(database_url: str) -> None:
    unprotected = []
    for name, table in tables(database_url).items():
        if table["partition"]:
            # reached directly, a partition has no policy of its own: nobody may
            if table["app_reads"] and not (table["enabled"] and table["forced"]):
                unprotected.append(f"{name} (partition)")
            continue
        if name in WITHOUT_TENANT:
            continue
        protected = table["enabled"] and table["forced"] and table["policies"]
        if not protected or (table["app_reads"] and "tenant" not in table["policies"]):
            unprotected.append(name)
    assert unprotected == []


def test_the_exceptions_are_still_there_and_need_to_be(database_url: str) -> None:
    found = tables(database_url)
    assert set(WITHOUT_TENANT) <= set(found)
    assert [name for name in WITHOUT_TENANT if found[name]["has_tenant"]] == []


def test_no_run_time_role_passes_policies_by(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"
            " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcanlogin)",
            [[APP_ROLE, PLATFORM_ROLE]],
        ).fetchall()
    assert rows == []


def test_functions_that_act_as_somebody_else_fix_their_search_path(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            """
            SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE n.nspname = 'public' AND p.prosecdef
               AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%')
            """
        ).fetchall()
    assert rows == []


async def test_a_tenant_sees_its_own_row_only(
    resources: Resources, tenant_factory: TenantFactory
) -> None:
    mine, other = await tenant_factory.tenant(), await tenant_factory.tenant()
    async with resources.database.tenant(mine.id) as session:
        seen = (await session.execute(text("SELECT id FROM tenants"))).scalars().all()
        changed = await session.execute(
            text("UPDATE tenants SET name = 'taken' WHERE id = :id"), {"id": other.id}
        )
    assert seen == [mine.id]
    assert changed.rowcount == 0  # type: ignore[attr-defined]


async def test_without_a_tenant_nothing_is_seen(resources: Resources) -> None:
    async with resources.database.anonymous() as session:
        assert (await session.execute(text("SELECT count(*) FROM tenants"))).scalar_one() == 0
        assert (await session.execute(text("SELECT count(*) FROM audit_entries"))).scalar_one() == 0


async def test_a_row_can_not_be_written_for_another_tenant(
    resources: Resources, tenant_factory: TenantFactory
) -> None:
    mine, other = await tenant_factory.tenant(), await tenant_factory.tenant()
    with pytest.raises(DBAPIError, match="row-level security"):
        async with resources.database.tenant(mine.id) as session:
            await session.execute(
                text(
                    "INSERT INTO outbox_events (id, tenant_id, type, payload)"
                    " VALUES (gen_random_uuid(), :other, 'x', '{}')"
                ),
                {"other": other.id},
            )


async def test_the_tenant_of_a_connection_ends_with_its_transaction(
    resources: Resources, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    async with resources.database.tenant(tenant.id) as session:
        pid = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    for _ in range(20):
        async with resources.database.anonymous() as session:
            same = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one() == pid
            left = await session.execute(text("SELECT current_setting('app.tenant_id', true)"))
            assert not left.scalar_one()
        if same:
            return
    pytest.fail("the pool never gave the same connection again")


async def test_the_trail_can_not_be_rewritten(resources: Resources) -> None:
    for statement in ("UPDATE audit_entries SET action = 'x'", "DELETE FROM audit_entries"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with resources.database.platform() as session:
                await session.execute(text(statement))


async def test_tenant_work_can_not_read_jobs(
    resources: Resources, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    with pytest.raises(DBAPIError, match="permission denied"):
        async with resources.database.tenant(tenant.id) as session:
            await session.execute(text("SELECT args FROM procrastinate_jobs"))


def test_uuid_columns_compare_as_such(database_url: str) -> None:
    """The policy casts the setting, so text that is no UUID fails instead of matching nothing."""
    with psycopg.connect(database_url) as connection:
        connection.execute(f"SET ROLE {APP_ROLE}")
        connection.execute("SELECT set_config('app.tenant_id', 'nonsense', false)")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT * FROM tenants")
