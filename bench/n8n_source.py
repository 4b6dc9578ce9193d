"""`python -m bench.n8n_source`: a simulated n8n with a past, which takes its time for each page."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bridgecore.simulators.n8n import N8nSimulator

KEY = "n8n_api_bench"
WORKFLOWS = 20


def past(count: int, workflows: list[str]) -> Iterator[dict[str, Any]]:
    """So many executions, a minute apart, the last one a minute ago."""
    now = datetime.now(UTC)
    for number in range(1, count + 1):
        started = now - timedelta(minutes=count - number + 1)
        failed = number % 20 == 0
        yield {
            "id": str(number),
            "finished": not failed,
            "mode": "webhook",
            "retryOf": None,
            "retrySuccessId": None,
            "status": "error" if failed else "success",
            "startedAt": _told(started),
            "stoppedAt": _told(started + timedelta(milliseconds=13 + number % 7_000)),
            "workflowId": workflows[number % len(workflows)],
            "waitTill": None,
        }


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def _serve(port: int, executions: int, page: float) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    simulator = N8nSimulator(api_key=KEY, port=port)
    installation = simulator.installation
    workflows = [str(installation.add_workflow(f"Flow {n}")["id"]) for n in range(WORKFLOWS)]
    installation.load(past(executions, workflows))
    simulator.fault("latency", seconds=page)
    async with simulator:
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="An n8n whose executions are to be copied.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--executions", type=int, default=100_000)
    parser.add_argument("--page-ms", type=float, default=0.0, help="each answer takes this long")
    given = parser.parse_args()
    asyncio.run(_serve(given.port, given.executions, given.page_ms / 1e3))


if __name__ == "__main__":
    main()
