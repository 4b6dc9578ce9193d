"""What every test stands on: a real PostgreSQL, a real Valkey, the real application.

Servers are started once and kept for the next run; each worker process gets a database of its own,
cloned from a template that carries the migrations. `TEST_DATABASE_URL` names another PostgreSQL
(`make test-oldest` runs on 15), `TEST_REDIS_URL` another Redis for each worker, whose name stands
there as `{worker}`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from starlette.types import ASGIApp

from bridgecore.entrypoints.app import build_app
from bridgecore.entrypoints.resources import open_resources
from bridgecore.infra.embedded import EmbeddedPostgres, EmbeddedValkey
from bridgecore.infra.migrate import migrate, migrations_folder
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Environment, Settings, load_settings
from tests.factories.lifespan import running
from tests.factories.tenants import SignedIn, TenantFactory, sign_in_staff

SECRETS = {
    "secret_key": "test-root-secret-0123456789abcdefghij",
    "jwt_secret_key": "test-tenant-secret-0123456789abcdefgh",
    "admin_secret_key": "test-staff-secret-0123456789abcdefghi",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--peer", default="", help="Address of a real Odoo, for tests marked peer")
    parser.addoption("--peer-database", default="peer")
    parser.addoption("--peer-login", default="admin")
    parser.addoption("--peer-password", default="admin")
    parser.addoption("--kills", default="", help="How often tests of kill -9 kill")


def _servers_folder() -> Path:
    """One folder a user, kept between runs: starting servers is most of a short run's time."""
    folder = Path(tempfile.gettempdir()) / f"bridgecore-tests-{os.getuid()}"
    folder.mkdir(mode=0o711, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[tuple[str, str]]:
    """URLs of PostgreSQL and Redis.

    PostgreSQL is left running for the next run and shared by the workers, each in a database of
    its own. Redis has no such walls (sign-in throttles go by address), so each worker has one.
    """
    postgres, redis = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    shared = EmbeddedPostgres(_servers_folder())
    own = EmbeddedValkey(tmp_path_factory.mktemp("valkey"))
    with asyncio.Runner() as runner:
        if not postgres:
            runner.run(shared.start())
        if not redis:
            runner.run(own.start())
        yield postgres or shared.url, redis.format(worker=worker_id) if redis else own.url
        if not redis:
            runner.run(own.stop())


def _template(url: str) -> str:
    """The name of a database with every migration applied, made at most once per content."""
    digest = hashlib.sha256()
    for path in sorted(migrations_folder().rglob("*.py")):
        digest.update(path.read_bytes())
    name = f"bridgecore_template_{digest.hexdigest()[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(4242)")
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        connection.execute(f'DROP DATABASE IF EXISTS "{name}_draft"')
        connection.execute(f'CREATE DATABASE "{name}_draft"')
        migrate(_with_database(url, f"{name}_draft"))
        connection.execute(f'ALTER DATABASE "{name}_draft" RENAME TO "{name}"')
    return name


def _with_database(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")


@pytest.fixture(scope="session")
def database_url(servers: tuple[str, str], worker_id: str) -> Iterator[str]:
    """A database of this worker's own, dropped at the end."""
    url = servers[0]
    template = _template(url)
    name = f"bridgecore_test_{worker_id}_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        # cloning needs the template for itself
        connection.execute("SELECT pg_advisory_lock(4243)")
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _with_database(url, name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def settings(
    database_url: str, servers: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    return load_settings(
        environment=Environment.TEST,
        database_url=database_url,
        redis_url=servers[1],
        data_dir=tmp_path_factory.mktemp("data"),
        outbound_allow=["127.0.0.1"],
        embedded_worker=False,
        db_pool_size=5,
        **SECRETS,
    )


@pytest.fixture(scope="session")
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    """Resources beside the application's: what a second process would hold."""
    async with open_resources(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[ASGIApp]:
    """The whole application, lifespan running."""
    built = build_app(settings)
    async with running(built):
        yield built


@pytest.fixture(scope="session")
async def client(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the application. Server faults come back as answers, as they would."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://platform.test") as opened:
        yield opened


@pytest.fixture(scope="session")
def tenant_factory(resources: Resources, client: httpx.AsyncClient) -> TenantFactory:
    """Makes tenants with people in them; every test makes its own."""
    return TenantFactory(resources, client)


@pytest.fixture(scope="session")
async def staff(resources: Resources, client: httpx.AsyncClient) -> SignedIn:
    """A signed-in super admin."""
    return await sign_in_staff(resources, client, role="super_admin")


@pytest.fixture
def staff_headers(staff: SignedIn) -> dict[str, str]:
    return staff.headers


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The xdist worker's name, or `main` without xdist."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")
