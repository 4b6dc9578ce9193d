"""`bridgecore up`: servers, migrations, demo data, simulators and the API, in one command.

The API runs in processes of its own, so that the simulators don't compete with it for one
interpreter. It ends with this program, however that ends.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path

from rich.console import Console

from bridgecore import __file__ as package_file
from bridgecore.entrypoints.api_process import ApiFailed, ApiProcess
from bridgecore.entrypoints.demo import (
    PASSWORD,
    STAFF_EMAIL,
    STAFF_PASSWORD,
    TENANTS,
    Simulated,
    simulators,
)
from bridgecore.entrypoints.seed import seed_demo, seed_staff
from bridgecore.entrypoints.serve import environment_of
from bridgecore.entrypoints.servers import command_resources, with_servers
from bridgecore.infra.migrate import migrate
from bridgecore.infra.settings import Settings
from bridgecore.kit.addresses import authority

_WATCH_SECONDS = 0.5


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
    settings: Settings,
    api: ApiProcess,
    console: Console,
    *,
    demo: bool = True,
    reload: bool = False,
) -> None:
    """Run everything until SIGINT or SIGTERM. Raises ServerFailed, ApiFailed."""
    steps = Steps(console)
    stop = _stop_on_signals()
    async with AsyncExitStack() as stack:
        simulated = Simulated()
        with steps.step("PostgreSQL and Valkey"):
            settings = await stack.enter_async_context(with_servers(settings))
        with steps.step("Migrations"):
            await asyncio.to_thread(migrate, settings.database_url)
        if demo:
            with steps.step("Simulated Odoos and n8ns"):
                simulated = await stack.enter_async_context(
                    simulators(settings.data_dir, settings.port)
                )
            allowed = [*settings.outbound_allow, *map(authority, simulated.addresses)]
            settings = settings.model_copy(update={"outbound_allow": allowed})
        with steps.step("Staff and demo data" if demo else "Staff"):
            async with command_resources(settings) as resources:
                fresh = await seed_staff(resources, STAFF_EMAIL, STAFF_PASSWORD)
                if demo:
                    await seed_demo(resources, simulated)
        health = f"{address_of(settings)}/health"
        with steps.step("API"):
            # stopped before the servers it uses
            stack.push_async_callback(api.stop)
            await api.serve(environment_of(settings), health)
        told = _addresses(settings, simulated, demo=demo, fresh=fresh)
        console.print(told, soft_wrap=True, markup=False)
        stopped = asyncio.create_task(stop.wait())
        ended = asyncio.create_task(
            # a change that broke it is followed by one that mends it
            _reloading(api, health, console) if reload else api.ended()
        )
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            stopped.cancel()
            ended.result()
            raise ApiFailed("the API process ended unexpectedly; its last words are above")
        await _cancelled(ended)
        console.print("Stopping …")
    console.print(f"Stopped. The data stays in {settings.data_dir.resolve()}", soft_wrap=True)


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(sign, stop.set)
    return stop


# ── reloading ──────────────────────────────────────────────────────────────────────────────────


async def _reloading(api: ApiProcess, url: str, console: Console) -> None:
    """Start the API again whenever a source file changes."""
    folder = Path(package_file).parent
    before = await asyncio.to_thread(_newest, folder)
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        now = await asyncio.to_thread(_newest, folder)
        if now == before:
            continue
        before = now
        began = time.perf_counter()
        try:
            await api.restart(url)
            told = f"reloaded in {time.perf_counter() - began:.1f} s"
        except ApiFailed as error:
            told = f"{error}; it is started again at the next change"
        console.print(f"[dim]{told}[/]")


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


def _addresses(settings: Settings, simulated: Simulated, *, demo: bool, fresh: bool) -> str:
    """What was started, and who can sign in: lines that a narrow terminal does not break up."""
    base = address_of(settings)
    told = f"{STAFF_PASSWORD} (to be changed at the first sign-in)"
    rows = [
        ("API", base, f"documentation at {base}/docs"),
        ("Dashboard", f"{base}/dashboard/", ""),
    ]
    for tenant in TENANTS:
        for kind, addresses, version in (
            ("Odoo", simulated.odoos, tenant.odoo_version),
            ("n8n", simulated.n8ns, tenant.n8n_version),
        ):
            if tenant.slug in addresses:
                rows.append(
                    (f"{kind} of {tenant.name}", addresses[tenant.slug], f"version {version}")
                )
    rows += [
        ("", "", ""),
        ("Staff", STAFF_EMAIL, told if fresh else f"{told}, or as you changed it"),
    ]
    if demo:
        rows += [
            (f"{tenant.name}, {member.role}", member.email, PASSWORD)
            for tenant in TENANTS
            for member in tenant.members
        ]
    rows += [("", "", ""), ("Data", str(settings.data_dir.resolve()), "Ctrl-C stops everything")]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [f"{a:{first}}  {b:{second}}  {c}".rstrip() for a, b, c in rows]
    return "\n".join(("", *lines, ""))
