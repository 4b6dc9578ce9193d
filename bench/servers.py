"""`bridgecore serve`, which is uvicorn, against granian serving the same application.

    python -m bench.servers --seconds 5 --rounds 3

granian is no dependency of the product; where it is not installed, that is said and it is left out.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench import load, throughput
from bench.cases import GATEWAY_CALLS, gateway_bodies
from bench.load import Measured, Target
from bench.platform import WORKERS, platform, sign_in
from bench.processes import HOST, module, stub_odoo
from bench.throughput import GATEWAY

OURS = "bridgecore serve"
_APPLICATION = "bridgecore.entrypoints.app:create"
_CONNECTIONS = (1, 32, 128)


def commands() -> dict[str, Sequence[str] | None]:
    """How each server is started; None is `bridgecore serve`."""
    found: dict[str, Sequence[str] | None] = {OURS: None}
    if find_spec("granian") is not None:
        found["granian"] = module(
            "granian",
            *("--interface", "asgi", "--factory", "--host", HOST, "--port", "{port}"),
            *("--workers", str(WORKERS), "--loop", "uvloop", "--backlog", "2048"),
            *("--http", "1", "--no-ws", "--log-level", "warning", _APPLICATION),
        )
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.servers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    console = Console()
    wrk = load.installed()
    if wrk is None:
        console.print(f"wrk makes the load and is not installed: {load.INSTALL}")
        return 2
    servers = commands()
    if "granian" not in servers:
        console.print("granian is left out: it is not installed")
    runs: dict[tuple[str, str, int], list[Measured]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        stub = stack.enter_context(stub_odoo(folder, latency_ms=0))
        installation, companies = stack.enter_context(platform(folder, {"odoo-0ms": stub}))
        # both at once: idle the one costs the other nothing, and they are measured by turns
        running = {
            name: stack.enter_context(installation.gateway(command=command, name=name))
            for name, command in servers.items()
        }
        token = sign_in(running[OURS], companies[0].owner)
        headers = {"Authorization": f"Bearer {token}"}
        for call in GATEWAY_CALLS:
            targets = {
                name: Target(program.url, GATEWAY + call, gateway_bodies(call), headers)
                for name, program in running.items()
            }
            for target in targets.values():
                throughput.ensure_answers(target)
                load.run(wrk, target, connections=32, seconds=1, folder=folder)
            for connections in _CONNECTIONS:
                for turn in range(given.rounds):
                    names = list(targets) if turn % 2 == 0 else list(reversed(targets))
                    for name in names:
                        run = load.run(
                            wrk,
                            targets[name],
                            connections=connections,
                            seconds=given.seconds,
                            folder=folder,
                        )
                        runs.setdefault((call, name, connections), []).append(run)
    _show(console, runs)
    return 0


def _show(console: Console, runs: dict[tuple[str, str, int], list[Measured]]) -> None:
    table = Table(title="Servers, Odoo 0 ms", title_justify="left", box=None, pad_edge=False)
    for name in ("call", "connections", "server", "req/s", "p50 ms", "p99 ms", "failed", "ratio"):
        table.add_column(name)
    for (call, name, connections), measured in sorted(
        runs.items(), key=lambda item: (item[0][0], item[0][2], item[0][1])
    ):
        ratio = throughput.ratio(measured, runs[call, OURS, connections])
        table.add_row(
            call,
            str(connections),
            name,
            f"{median(run.throughput for run in measured):,.0f}",
            f"{median(run.p50_ms for run in measured):.1f}",
            f"{median(run.p99_ms for run in measured):.1f}",
            str(sum(run.failures for run in measured)),
            f"{ratio:.2f} × ours",
        )
    console.print(table)


if __name__ == "__main__":
    raise SystemExit(main())
