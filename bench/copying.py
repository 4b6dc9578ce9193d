"""Companies whose source is copied by a real worker process, and runs of it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import text

from bench import n8n_source as n8n_source_program
from bench import stub_odoo
from bench.memory import memory_of
from bench.platform import Platform
from bench.processes import HOST, Program, ProgramFailed, free_port, module, running
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import ConnectionIn, OdooSettings, TenantIn
from bridgecore.domains.sync import service as sync
from bridgecore.domains.sync.repository import plans
from bridgecore.domains.sync.schemas import RunIn
from bridgecore.entrypoints.resources import open_resources
from bridgecore.infra.resources import Resources
from bridgecore.kit.ids import uuid7

_ENDED = ("completed", "partial", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Copy:
    """One company's connection."""

    tenant_id: UUID
    connection_id: UUID
    connector: str = "odoo"
    entities: tuple[str, ...] = (stub_odoo.MODEL,)


@contextmanager
def source(
    folder: Path, *, records: int, page_ms: float = 0.0, record_us: float = 0.0
) -> Iterator[Program]:
    """`bench.source`, running."""
    port = free_port()
    arguments = module(
        "bench.source",
        *("--port", str(port), "--records", str(records)),
        *("--page-ms", str(page_ms), "--record-us", str(record_us)),
    )
    with running(
        f"source-{port}",
        arguments,
        port=port,
        folder=folder,
        cwd=Path(__file__).resolve().parents[1],
        ready_path="/web/webclient/version_info",
        stop_seconds=5.0,
    ) as program:
        yield program


@contextmanager
def n8n_source(folder: Path, *, executions: int, page_ms: float) -> Iterator[Program]:
    """`bench.n8n_source`, running."""
    port = free_port()
    arguments = module(
        "bench.n8n_source",
        *("--port", str(port), "--executions", str(executions), "--page-ms", str(page_ms)),
    )
    with running(
        f"n8n-source-{port}",
        arguments,
        port=port,
        folder=folder,
        cwd=Path(__file__).resolve().parents[1],
        ready_path="/healthz",
        stop_seconds=5.0,
    ) as program:
        yield program


class Worker:
    """A `bridgecore worker`, and the most memory it was seen to hold."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.peak_mb = 0.0
        self.samples: list[float] = []
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        while not self._done.wait(0.5):
            try:
                held = memory_of(self.process.pid).rss
            except ProcessLookupError:
                return
            self.samples.append(held)
            self.peak_mb = max(self.peak_mb, held)

    def cpu_seconds(self) -> float:
        """Processor time it has used."""
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self._done.set()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def worker(platform: Platform, folder: Path, **more: str) -> Iterator[Worker]:
    """One worker process on the platform."""
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            module("bridgecore.entrypoints.cli", "worker"),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **platform.environment(free_port(), 1, 0), **more},
            cwd=folder,
            start_new_session=True,
        )
    held = Worker(process)
    try:
        yield held
    finally:
        held.stop()


class Copies:
    """Makes companies on sources and asks for runs of them."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def found(self, url: str, entities: Sequence[str] = (stub_odoo.MODEL,)) -> Copy:
        """A company on that source. Nothing of it is due by itself."""
        name = f"copy-{uuid7()}"
        async with self._resources.database.platform() as session:
            tenant = await connections.create_tenant(
                session, self._resources, None, TenantIn(name=name)
            )
            await connections.configure_odoo(
                session,
                self._resources,
                None,
                tenant.id,
                OdooSettings(
                    url=url,
                    database=stub_odoo.DATABASE,
                    username=stub_odoo.LOGIN,
                    password=SecretStr(stub_odoo.PASSWORD),
                ),
            )
        async with self._resources.database.tenant(tenant.id) as session:
            connection = await connections.named_connection(session, tenant.id, "odoo")
            await sync.ensure_plan(session, tenant.id, connection.id, "odoo")
            await session.execute(
                text(
                    "UPDATE sync_plans SET due_at = NULL, interval_seconds = 86400,"
                    " planned_at = now()"
                )
            )
            for place, each in enumerate(entities):
                await plans.add_entity(session, tenant.id, connection.id, each, {"place": place})
        return Copy(tenant.id, connection.id)

    async def found_n8n(self, url: str) -> Copy:
        """A company on that n8n. Nothing of it is due by itself."""
        async with self._resources.database.platform() as session:
            tenant = await connections.create_tenant(
                session, self._resources, None, TenantIn(name=f"copy-{uuid7()}")
            )
            config = {"url": url, "api_key": n8n_source_program.KEY}
            connection = await connections.create_connection(
                session,
                self._resources,
                None,
                tenant.id,
                ConnectionIn(connector="n8n", config=config),
            )
        entities = ("workflow", "execution")
        async with self._resources.database.tenant(tenant.id) as session:
            await sync.ensure_plan(session, tenant.id, connection.id, "n8n")
            await session.execute(
                text(
                    "UPDATE sync_plans SET due_at = NULL, interval_seconds = 86400,"
                    " planned_at = now()"
                )
            )
            for place, each in enumerate(entities):
                await plans.add_entity(session, tenant.id, connection.id, each, {"place": place})
        return Copy(tenant.id, connection.id, "n8n", entities)

    async def ask(self, copy: Copy, *, full: bool = False) -> UUID:
        """Ask for a run: its id."""
        async with self._resources.database.tenant(copy.tenant_id) as session:
            wanted = RunIn(entities=list(copy.entities), full=full)
            run = await sync.trigger(session, None, copy.tenant_id, copy.connector, wanted)
        return run.id

    async def ended(self, copy: Copy, run_id: UUID, *, seconds: float = 1_800) -> Any:
        """The run once it is over. Raises ProgramFailed when it did not complete."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            async with self._resources.database.tenant(copy.tenant_id) as session:
                run = await sync.get_run(session, copy.tenant_id, run_id)
            if run.status in _ENDED:
                if run.status != "completed":
                    raise ProgramFailed(f"a run ended {run.status}: {run.error_message}")
                return run
            await asyncio.sleep(0.2)
        raise ProgramFailed("a run did not end")

    async def records(self, copy: Copy) -> int:
        async with self._resources.database.tenant(copy.tenant_id) as session:
            return int(await session.scalar(text("SELECT count(*) FROM lake_records")) or 0)


@asynccontextmanager
async def copies(platform: Platform) -> AsyncIterator[Copies]:
    async with open_resources(platform.settings) as resources:
        yield Copies(resources)


def seconds_of(run: Any) -> float:
    """From its start to its end, by the database's clock."""
    return float((run.completed_at - run.started_at).total_seconds())


def address(program: Program) -> str:
    return f"http://{HOST}:{program.port}"
