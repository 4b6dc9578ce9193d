"""The doctor sees what is wrong, says what to do, and exits accordingly."""

from __future__ import annotations

import socket
from typing import Any

import psycopg

from tests.integration.entrypoints.conftest import Command, as_login

CHECKS = {
    "python", "environment", "SECRET_KEY", "JWT_SECRET_KEY", "ADMIN_SECRET_KEY", "disk",
    "postgresql", "database", "clock", "pool", "migrations", "bridgecore_app",
    "bridgecore_platform", "valkey", "redis", "mail", "api",
    "simulator acme", "simulator acme-n8n", "simulator globex", "simulator globex-n8n",
}  # fmt: skip


def findings(done: Any) -> dict[str, dict[str, str]]:
    return {entry["check"]: entry for entry in done.json}


def test_finds_nothing_wrong_where_nothing_is(command: Command) -> None:
    done = command("doctor", "--output", "json")
    found = findings(done)
    assert set(found) == CHECKS
    assert done.status == 0, done.output
    assert "fail" not in {entry["state"] for entry in found.values()}
    shown = command("doctor")
    assert shown.status == 0
    assert "bound by row-level security" in shown.output


def test_a_server_that_is_away_is_a_failure_with_advice(command: Command) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and never listening: connections are refused
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        done = command(
            "doctor", "-o", "json",
            DATABASE_URL=f"postgresql://somebody:hidden-word@{address}/x",
            REDIS_URL=f"redis://{address}/0",
        )  # fmt: skip
    found = findings(done)
    assert done.status == 1
    for check in ("database", "redis"):
        assert found[check]["state"] == "fail"
        assert found[check]["advice"]
    assert "hidden-word" not in done.output + done.error


def test_pending_migrations_fail(command: Command, new_database: Any) -> None:
    found = findings(command("doctor", "-o", "json", DATABASE_URL=new_database()))
    assert found["migrations"]["state"] == "fail"
    assert "bridgecore migrate" in found["migrations"]["advice"]


def test_a_login_that_may_not_act_as_the_roles_fails(command: Command, new_database: Any) -> None:
    url = new_database(migrated=True)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE entry_guest LOGIN")
        connection.execute("GRANT SELECT ON alembic_version TO entry_guest")
    try:
        done = command("doctor", "-o", "json", DATABASE_URL=as_login(url, "entry_guest"))
        assert done.status == 1
        assert findings(done)["bridgecore_app"]["state"] == "fail"
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP OWNED BY entry_guest")
            connection.execute("DROP ROLE entry_guest")


def test_settings_that_do_not_start_are_the_first_thing_said(command: Command) -> None:
    done = command("doctor", "-o", "json", ENVIRONMENT="production", SECRET_KEY=None)
    assert done.status == 1
    assert findings(done)["settings"]["state"] == "fail"
    assert "SECRET_KEY is not set" in findings(done)["settings"]["detail"]


def test_a_port_in_use_is_seen(command: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command("doctor", "-o", "json", PORT=str(port))
    assert findings(done)["api"]["state"] == "warn"
    assert done.status == 0
