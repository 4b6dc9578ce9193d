"""A look at everything the platform stands on, each finding with what to do about it."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import psycopg

from bridgecore.entrypoints.demo import running_simulators, simulator_ports
from bridgecore.infra.db import APP_ROLE, PLATFORM_ROLE, conninfo
from bridgecore.infra.embedded import EmbeddedPostgres, EmbeddedValkey, ServerDescription
from bridgecore.infra.migrate import pending
from bridgecore.infra.redis import RedisClient
from bridgecore.infra.server_process import ServerFailed
from bridgecore.infra.settings import SECRETS, ConfigurationError, Settings, load_settings

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRESQL = 15
SLOW_REDIS_MS = 20.0
SLOW_DATABASE_MS = 50.0
LOW_DISK = 5 * 1024**3
FULL_DISK = 1024**3
# tokens carry whole seconds and their readers allow little
CLOCK_DRIFT_SECONDS = 5.0
PATIENCE = 5.0


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `advice` is empty when there is nothing to do."""

    check: str
    state: State
    detail: str
    advice: str = ""


async def examine() -> AsyncIterator[Finding]:
    """Every finding, as it is made. Starts no server; never raises for what is wrong."""
    yield _python()
    try:
        settings = load_settings()
    except (ConfigurationError, ValueError) as error:
        yield Finding(
            "settings", State.FAIL, str(error), "see docs/reference/configuration.md, then again"
        )
        return
    yield _environment(settings)
    for finding in _secrets(settings):
        yield finding
    yield _disk(settings)
    database_url, finding = _embedded("PostgreSQL", settings.database_url, settings.data_dir)
    yield finding
    if database_url:
        for finding in await asyncio.to_thread(_database, database_url, settings):
            yield finding
    redis_url, finding = _embedded("Valkey", settings.redis_url, settings.data_dir)
    yield finding
    if redis_url:
        yield await _redis(redis_url)
    yield await asyncio.to_thread(_mail, settings)
    yield await asyncio.to_thread(_api, settings)
    running = running_simulators(settings.data_dir)
    for name, port in simulator_ports(settings.port).items():
        yield _simulator(name, urlsplit(running.get(name, "")).port or port, settings)


def _python() -> Finding:
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        return Finding("python", State.FAIL, version, "install Python 3.11 or newer")
    return Finding("python", State.OK, f"{version} on {platform.system()} {platform.machine()}")


def _environment(settings: Settings) -> Finding:
    kind = settings.environment
    if kind.is_development:
        return Finding(
            "environment",
            State.OK,
            f"{kind}: embedded servers and generated secrets are allowed",
        )
    return Finding("environment", State.OK, f"{kind}: servers and secrets are given by settings")


def _secrets(settings: Settings) -> list[Finding]:
    given = Settings()
    found = []
    for name in SECRETS:
        variable = name.upper()
        if given.secret(name):
            found.append(Finding(variable, State.OK, "given"))
        else:
            where = settings.data_dir / "secrets.json"
            found.append(Finding(variable, State.OK, f"generated for development, kept in {where}"))
    return found


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    told = f"{free / 1024**3:.1f} GB free for {settings.data_dir}"
    if not os.access(folder, os.W_OK):
        return Finding("disk", State.FAIL, f"{folder} can't be written to", "choose DATA_DIR")
    if free < FULL_DISK:
        return Finding("disk", State.FAIL, told, "make room: servers stop when the disk is full")
    if free < LOW_DISK:
        return Finding("disk", State.WARN, told, "make room soon")
    return Finding("disk", State.OK, told)


def _embedded(name: str, given_url: str, data_dir: Path) -> tuple[str | None, Finding]:
    """The address to look at, or None when there is no server to ask now."""
    check = name.lower()
    if given_url:
        return given_url, Finding(check, State.OK, "given by settings")
    server = EmbeddedPostgres(data_dir) if name == "PostgreSQL" else EmbeddedValkey(data_dir)
    try:
        about: ServerDescription = server.describe()
    except ServerFailed as error:
        return None, Finding(check, State.FAIL, "no server is given", str(error))
    if not about.version:
        return None, Finding(
            check,
            State.FAIL,
            "the embedded server does not run on this machine",
            f"give a server with {'DATABASE_URL' if check == 'postgresql' else 'REDIS_URL'}",
        )
    if about.running:
        return about.url, Finding(
            check, State.OK, f"embedded {about.version} runs as process {about.pid}"
        )
    return None, Finding(
        check,
        State.OK,
        f"embedded {about.version}, not running",
        "`bridgecore up` starts it; then this page tells more",
    )


def _database(url: str, settings: Settings) -> list[Finding]:
    began = time.perf_counter()
    try:
        with psycopg.connect(conninfo(url), connect_timeout=int(PATIENCE)) as connection:
            connection.execute("SELECT 1")
            latency = (time.perf_counter() - began) * 1000
            return [
                _server_version(connection, latency),
                _server_clock(connection),
                _connections(connection, settings),
                _migrations(url),
                *(_role(connection, role) for role in (APP_ROLE, PLATFORM_ROLE)),
            ]
    except psycopg.Error as error:
        return [
            Finding(
                "database",
                State.FAIL,
                str(error).strip().splitlines()[0],
                "see that the server runs and that DATABASE_URL is right",
            )
        ]


def _server_version(connection: psycopg.Connection[tuple[object, ...]], latency: float) -> Finding:
    major = connection.info.server_version // 10_000
    told = f"PostgreSQL {major}, connected in {latency:.0f} ms"
    if major < OLDEST_POSTGRESQL:
        return Finding("database", State.FAIL, told, "use PostgreSQL 15 or newer")
    if latency > SLOW_DATABASE_MS:
        return Finding("database", State.WARN, told, "put the server nearer to the API")
    return Finding("database", State.OK, told)


def _server_clock(connection: psycopg.Connection[tuple[object, ...]]) -> Finding:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment = row[0]
    assert isinstance(moment, datetime)
    return _drift("clock", "the database's clock", moment)


def _drift(check: str, whose: str, moment: datetime) -> Finding:
    drift = abs((datetime.now(UTC) - moment).total_seconds())
    told = f"{whose} differs from ours by {drift:.1f} s"
    if drift > CLOCK_DRIFT_SECONDS:
        return Finding(
            check, State.WARN, told, "let both take their time from NTP; tokens expire by it"
        )
    return Finding(check, State.OK, told)


def _connections(connection: psycopg.Connection[tuple[object, ...]], settings: Settings) -> Finding:
    row = connection.execute("SELECT current_setting('max_connections')::int").fetchone()
    assert row is not None
    allowed = int(str(row[0]))
    # two roles, jobs and the outbox listener
    wanted = settings.web_workers * (2 * (settings.db_pool_size + settings.db_max_overflow) + 5)
    told = f"up to {wanted} connections of {allowed} from this host"
    if wanted > allowed - 10:
        return Finding(
            "pool", State.WARN, told, "lower DB_POOL_SIZE or DB_MAX_OVERFLOW, or use a pooler"
        )
    return Finding("pool", State.OK, told)


def _migrations(url: str) -> Finding:
    current, newest = pending(url)
    if current == newest:
        return Finding("migrations", State.OK, f"at {current}, the newest")
    if current is None:
        return Finding("migrations", State.FAIL, "the database is empty", "bridgecore migrate")
    return Finding(
        "migrations",
        State.FAIL,
        f"at {current}, and this version needs {newest}",
        "bridgecore migrate",
    )


def _role(connection: psycopg.Connection[tuple[object, ...]], role: str) -> Finding:
    row = connection.execute(
        "SELECT rolsuper OR rolbypassrls, pg_has_role(current_user, oid, 'MEMBER')"
        " FROM pg_roles WHERE rolname = %s",
        [role],
    ).fetchone()
    if row is None:
        return Finding(role, State.FAIL, "there is no such role", "bridgecore migrate makes it")
    bypasses, ours = row
    if bypasses:
        return Finding(
            role,
            State.FAIL,
            "the role passes row-level security: tenants are not kept apart",
            f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS",
        )
    if not ours:
        return Finding(
            role, State.FAIL, "DATABASE_URL may not act as it", f"GRANT {role} TO that login"
        )
    return Finding(role, State.OK, "is there, bound by row-level security")


async def _redis(url: str) -> Finding:
    async with RedisClient(url, max_connections=1) as client:
        health = await client.health(timeout=PATIENCE)
    if not health.ok:
        return Finding("redis", State.FAIL, health.problem, "see that it runs; check REDIS_URL")
    told = f"{health.server} {health.version}, answers in {health.latency_ms:.1f} ms"
    if health.server == "redis" and int(health.version.split(".")[0] or 0) < 7:
        return Finding("redis", State.FAIL, told, "use Redis 7 or Valkey")
    if health.problem:
        return Finding("redis", State.WARN, health.problem, "set maxmemory-policy noeviction")
    if health.latency_ms > SLOW_REDIS_MS:
        return Finding("redis", State.WARN, told, "put it nearer: every API call asks it once")
    return Finding("redis", State.OK, told)


def _mail(settings: Settings) -> Finding:
    if not settings.smtp_host:
        told = "no mail server: mails stay in the dashboard, under Mail"
        if settings.environment.is_development:
            return Finding("mail", State.OK, told)
        return Finding("mail", State.WARN, told, "set SMTP_HOST and the settings beside it")
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    if not _listens(settings.smtp_host, settings.smtp_port):
        return Finding("mail", State.FAIL, f"{where} does not answer", "check SMTP_HOST, SMTP_PORT")
    if not settings.public_url:
        advice = "set PUBLIC_URL to the address people reach the platform at"
        told = f"links in mails begin with {settings.dashboard_url}"
        return Finding("mail", State.WARN, told, advice)
    return Finding("mail", State.OK, f"{where} answers; mails come from {settings.mail_sender}")


def _api(settings: Settings) -> Finding:
    where = f"{settings.host}:{settings.port}"
    if not _listens(settings.host, settings.port):
        return Finding("api", State.OK, f"{where} is free for it")
    try:
        request = Request(f"http://{where}/health", headers={"Accept": "application/json"})
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            text = answer.read(2_000).decode(errors="replace")
            date = answer.headers.get("date")
    except OSError as error:
        return Finding("api", State.WARN, f"{where} is taken and does not answer: {error}", _MOVE)
    if '"version"' not in text:
        return Finding("api", State.WARN, f"{where} is taken by another program", _MOVE)
    if date:
        drift = _drift("api", "the API's clock", parsedate_to_datetime(date))
        if drift.state is not State.OK:
            return drift
    return Finding("api", State.OK, f"answers at {where}")


_MOVE = "choose another PORT"


def _simulator(name: str, port: int, settings: Settings) -> Finding:
    check = f"simulator {name}"
    if not settings.environment.is_development:
        return Finding(check, State.OK, "not used outside development")
    if _listens("127.0.0.1", port):
        return Finding(check, State.OK, f"answers at 127.0.0.1:{port}")
    return Finding(check, State.OK, "not running", "`bridgecore up` starts it")


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False
