"""`python -m bridgecore.simulators.n8n`: one simulated n8n server."""

from __future__ import annotations

import argparse
import asyncio
import signal

from .simulator import VERSIONS, N8nSimulator


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="bridgecore.simulators.n8n", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--version", default=VERSIONS[0], help="what it says it is")
    parser.add_argument("--api-key", default="", help="made up if not given")
    parser.add_argument("--licensed", action="store_true", help="with projects")
    parser.add_argument("--empty", action="store_true", help="without demo workflows")
    parser.add_argument("--data", help="folder that keeps the data")
    parser.add_argument("--control-token", help="guards /_simulator; made up if not given")
    return parser.parse_args()


async def run(given: argparse.Namespace) -> None:
    """Serve until interrupted."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    async with N8nSimulator(
        given.version,
        api_key=given.api_key,
        data=given.data,
        licensed=given.licensed,
        demo=None if given.empty else "acme",
        host=given.host,
        port=given.port,
        control_token=given.control_token,
    ) as simulator:
        print(
            f"{simulator.url} n8n={given.version} key={simulator.api_key}"
            f" token={simulator.control_token}",
            flush=True,
        )
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(run(arguments()))
