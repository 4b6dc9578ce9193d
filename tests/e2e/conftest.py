"""The platform as its users run it: server and worker processes, simulators, real HTTP."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import psutil
import pytest

from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import OdooSettings
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from bridgecore.simulators.odoo import OdooSimulator
from tests.conftest import SECRETS
from tests.factories.ports import free_port
from tests.factories.tenants import SignedIn, TenantFactory

COMMAND = [sys.executable, "-m", "bridgecore.entrypoints.cli"]
START_SECONDS = 60.0
INHERITED = ("PATH", "HOME", "LANG", "PYTHONPATH")


@dataclass(slots=True)
class Platform:
    """A running `bridgecore serve`, with a worker where asked for."""

    url: str
    settings: Settings
    folder: Path
    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *command: str, log: str) -> subprocess.Popen[bytes]:
        with (self.folder / log).open("ab") as file:
            process = subprocess.Popen(
                [*COMMAND, *command],
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    async def serve(self) -> subprocess.Popen[bytes]:
        """Start the API and wait until it answers."""
        process = self.start("serve", log="api.log")
        async with httpx.AsyncClient() as client, asyncio.timeout(START_SECONDS):
            while True:
                assert process.poll() is None, self.said
                try:
                    answer = await client.get(f"{self.url}/health/db")
                    if answer.status_code == 200:
                        return process
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)

    @property
    def said(self) -> str:
        """Everything every process logged."""
        return "".join(
            path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log"))
        )

    @staticmethod
    def tree(process: subprocess.Popen[bytes]) -> Sequence[psutil.Process]:
        parent = psutil.Process(process.pid)
        return [parent, *parent.children(recursive=True)]

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 of the process and its children, all of them ours."""
        for each in self.tree(process):
            with suppress(psutil.NoSuchProcess):  # a child that ended since
                each.kill()
        process.wait(timeout=10)
        self.processes.remove(process)

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                for each in self.tree(process):
                    each.kill()
                process.wait(timeout=10)


@asynccontextmanager
async def platform_running(
    settings: Settings, folder: Path, *, workers: int = 2, worker: bool = False, **more: str
) -> AsyncIterator[Platform]:
    """`bridgecore serve` on the tests' database, stopped at the end."""
    port = free_port()
    environment = {
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        "ENVIRONMENT": "test",
        "PORT": str(port),
        "WEB_WORKERS": str(workers),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DATA_DIR": str(folder / "data"),
        "OUTBOUND_ALLOW": "127.0.0.1",
        "EMBEDDED_WORKER": "false",
        # journeys that watch what reaches an Odoo want nothing else to call it
        "SYNC_ENABLED": "false",
        "LOG_FORMAT": "json",
        **{name.upper(): value for name, value in SECRETS.items()},
        **more,
    }
    platform = Platform(f"http://127.0.0.1:{port}", settings, folder, environment)
    try:
        await platform.serve()
        if worker:
            platform.start("worker", log="worker.log")
        yield platform
    finally:
        platform.stop()


@pytest.fixture(scope="module")
async def platform(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Platform]:
    """Two API processes and a worker, shared by the tests of one module."""
    folder = tmp_path_factory.mktemp("platform")
    async with platform_running(settings, folder, worker=True) as running:
        yield running


@pytest.fixture(scope="module")
async def http(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=platform.url, timeout=35) as client:
        yield client


@dataclass(frozen=True, slots=True)
class Company:
    """A tenant with an Odoo and an owner signed in at the running platform."""

    tenant_id: UUID
    owner: SignedIn
    people: TenantFactory

    @property
    def headers(self) -> dict[str, str]:
        return self.owner.headers


async def company_on(
    resources: Resources,
    http: httpx.AsyncClient,
    *,
    url: str,
    database: str,
    login: str = "admin",
    password: str = "admin",
    plan: str = "enterprise",
    **fields: object,
) -> Company:
    """A new tenant on that Odoo."""
    people = TenantFactory(resources, http)
    tenant = await people.tenant(plan=plan, **fields)
    async with resources.database.platform() as session:
        await connections.configure_odoo(
            session,
            resources,
            None,
            tenant.id,
            OdooSettings(url=url, database=database, username=login, password=password),
        )
    return Company(tenant.id, await people.member(tenant.id), people)


@asynccontextmanager
async def simulated(version: int, **options: object) -> AsyncIterator[OdooSimulator]:
    """A simulator of that version with a database of its own."""
    odoo = OdooSimulator(version, f"db{secrets.token_hex(3)}", size="small", **options)  # type: ignore[arg-type]
    await odoo.start()
    try:
        yield odoo
    finally:
        await odoo.stop()


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty working folder that any account can pass into, as PostgreSQL of root must.

    Not pytest's own: every run of pytest closes the folder above those to other accounts again.
    """
    with tempfile.TemporaryDirectory(prefix="bridgecore-", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o755)
        yield Path(made)
