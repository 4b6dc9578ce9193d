"""Row-level security, written once: the statements migrations run for every table.

Tests walk the catalogue and compare with what is written here.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridgecore.infra.db import APP_ROLE, PLATFORM_ROLE

TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"


def protect(table: str, *, column: str = "tenant_id") -> Iterator[str]:
    """Statements that bind `table` to its tenant for the app role, and open it to the platform."""
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield (
        f"CREATE POLICY tenant ON {table} TO {APP_ROLE}"
        f" USING ({column} = {TENANT}) WITH CHECK ({column} = {TENANT})"
    )
    yield f"CREATE POLICY platform ON {table} TO {PLATFORM_ROLE} USING (true) WITH CHECK (true)"


def platform_only(table: str) -> Iterator[str]:
    """Statements that keep `table` from the app role altogether."""
    yield f"REVOKE ALL ON {table} FROM {APP_ROLE}"
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield f"CREATE POLICY platform ON {table} TO {PLATFORM_ROLE} USING (true) WITH CHECK (true)"


def look_up(signature: str) -> Iterator[str]:
    """Statements that let a function find one row before a tenant is known.

    It runs as the platform role (SECURITY DEFINER), which has policies of its own; the owner of
    the tables has none. `signature` is the name with its argument types.
    """
    yield f"GRANT CREATE ON SCHEMA public TO {PLATFORM_ROLE}"
    yield f"ALTER FUNCTION {signature} OWNER TO {PLATFORM_ROLE}"
    yield f"REVOKE CREATE ON SCHEMA public FROM {PLATFORM_ROLE}"
    yield f"ALTER FUNCTION {signature} SECURITY DEFINER SET search_path = public, pg_temp"
    yield f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"
    yield f"GRANT EXECUTE ON FUNCTION {signature} TO {APP_ROLE}, {PLATFORM_ROLE}"
