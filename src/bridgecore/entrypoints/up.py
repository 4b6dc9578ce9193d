"""`bridgecore up`: servers, migrations, demo data, simulated Odoos and the API, in one command.

The API runs in processes of its own, so that the simulators don't compete with it for one
interpreter. It ends with this program, however that ends.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table

from bridgecore import __file__ as package_file
from bridgecore.entrypoints.demo import PASSWORD, STAFF_EMAIL, STAFF_PASSWORD, TENANTS, simulators
from bridgecore.entrypoints.seed import seed_demo, seed_staff
from bridgecore.entrypoints.serve import STOP_SECONDS, ensure_port_free, environment_of
from bridgecore.entrypoints.servers import command_resources, with_servers
from bridgecore.infra.migrate import migrate
from bridgecore.infra.settings import Settings
from bridgecore.kit.addresses import authority

START_SECONDS = 60.0
_WATCH_SECONDS = 0.5


class ApiFailed(Exception):
    """The API process ended, or did not answer; what it said stands above."""


class Steps:
    """Tells each step as it ends, with the time it took."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        with self._console.status(f"{name} …") if self._console.is_terminal else _silent():
            yield
        took = time.perf_counter() - began
        self._console.print(f"[green]✓[/] {name} [dim]{took:.1f} s[/]")


@contextmanager
def _silent() -> Iterator[None]:
    yield


async def up(
    settings: Settings, console: Console, *, demo: bool = True, reload: bool = False
) -> None:
    """Run everything until SIGINT or SIGTERM. Raises PortTaken, ServerFailed, ApiFailed."""
    ensure_port_free(settings.host, settings.port)
    steps = Steps(console)
    stop = _stop_on_signals()
    async with AsyncExitStack() as stack:
        odoos: Mapping[str, str] = {}
        with steps.step("PostgreSQL and Valkey"):
            settings = await stack.enter_async_context(with_servers(settings))
        with steps.step("Migrations"):
            await asyncio.to_thread(migrate, settings.database_url)
        if demo:
            with steps.step("Simulated Odoos"):
                odoos = await stack.enter_async_context(
                    simulators(settings.data_dir, settings.port)
                )
            allowed = [*settings.outbound_allow, *(authority(url) for url in odoos.values())]
            settings = settings.model_copy(update={"outbound_allow": allowed})
        with steps.step("Staff and demo data" if demo else "Staff"):
            async with command_resources(settings) as resources:
                fresh = await seed_staff(resources, STAFF_EMAIL, STAFF_PASSWORD)
                if demo:
                    await seed_demo(resources, odoos)
        with steps.step("API"):
            api = await stack.enter_async_context(_api(settings))
            await api.answered()
        console.print(_addresses(settings, odoos, demo=demo, fresh=fresh))
        if reload:
            stack.push_async_callback(_cancelled, asyncio.create_task(_reloading(api, console)))
        ended = asyncio.create_task(api.ended())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            stopped.cancel()
            raise ApiFailed("the API process ended unexpectedly; its last words are above")
        ended.cancel()
        console.print("Stopping …")
    console.print("Stopped. The data stays in", str(settings.data_dir), highlight=False)


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(sign, stop.set)
    return stop


# ── the API's processes ────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Api:
    """`bridgecore serve` as a child of ours. Its input ends when we do, and it with that."""

    settings: Settings
    process: asyncio.subprocess.Process | None = None
    restarting: bool = False

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bridgecore.entrypoints.cli",
            "serve",
            "--leave-with-parent",
            stdin=asyncio.subprocess.PIPE,
            env={**os.environ, **environment_of(self.settings)},
            # Ctrl-C in the terminal is for us alone; we stop it in order
            start_new_session=True,
        )

    async def stop(self) -> None:
        process = self.process
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS + 5):
                    await process.wait()
            except TimeoutError:
                # its workers are in its session, which is its own
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        self.process = None

    async def restart(self) -> None:
        self.restarting = True
        try:
            await self.stop()
            await self.start()
        finally:
            self.restarting = False

    async def answered(self) -> None:
        """Return once it answers. Raises ApiFailed."""
        deadline = time.monotonic() + START_SECONDS
        url = f"{address_of(self.settings)}/health"
        while not await asyncio.to_thread(_answers, url):
            if self.process is None or self.process.returncode is not None:
                raise ApiFailed("the API did not start; what it said stands above")
            if time.monotonic() > deadline:
                raise ApiFailed(f"the API did not answer within {START_SECONDS:.0f} seconds")
            await asyncio.sleep(0.05)

    async def ended(self) -> None:
        """Return when it has ended without being told to."""
        while True:
            process = self.process
            if process is not None:
                await process.wait()
            if not self.restarting and process is self.process:
                return
            await asyncio.sleep(_WATCH_SECONDS)


@asynccontextmanager
async def _api(settings: Settings) -> AsyncIterator[_Api]:
    api = _Api(settings)
    await api.start()
    try:
        yield api
    finally:
        await api.stop()


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


async def _reloading(api: _Api, console: Console) -> None:
    """Start the API again whenever a source file changes."""
    folder = Path(package_file).parent
    before = await asyncio.to_thread(_newest, folder)
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        now = await asyncio.to_thread(_newest, folder)
        if now != before:
            before = now
            began = time.perf_counter()
            await api.restart()
            with suppress(ApiFailed):
                await api.answered()
                console.print(f"[dim]reloaded in {time.perf_counter() - began:.1f} s[/]")


def _newest(folder: Path) -> tuple[int, int]:
    """How many sources there are, and when the last one changed."""
    times = []
    for path in folder.rglob("*.py"):
        with suppress(FileNotFoundError):
            times.append(path.stat().st_mtime_ns)
    return len(times), max(times, default=0)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


# ── what is printed at the end ─────────────────────────────────────────────────────────────────


def address_of(settings: Settings) -> str:
    """Where a browser on this machine finds the API."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _addresses(settings: Settings, odoos: Mapping[str, str], *, demo: bool, fresh: bool) -> Table:
    base = address_of(settings)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.add_row("", "", "")
    table.add_row("API", base, f"documentation at {base}/docs")
    table.add_row("Dashboard", f"{base}/dashboard/", "")
    for slug, url in odoos.items():
        version = next(tenant.odoo_version for tenant in TENANTS if tenant.slug == slug)
        table.add_row(f"Odoo of {slug}", url, f"simulated, version {version}")
    table.add_row("", "", "")
    told = f"{STAFF_PASSWORD} (to be changed at the first sign-in)"
    table.add_row("Staff", STAFF_EMAIL, told if fresh else f"{told}, or as you changed it")
    if demo:
        for tenant in TENANTS:
            for member in tenant.members:
                table.add_row(f"{tenant.name}, {member.role}", member.email, PASSWORD)
    table.add_row("", "", "")
    table.add_row("Data", str(settings.data_dir.resolve()), "Ctrl-C stops everything")
    return table
