"""`python -m bridgecore.simulators.odoo`: one or more simulated Odoo servers in one process."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal

from .demo.foundation import UserSpec
from .simulator import VERSIONS, OdooSimulator


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="bridgecore.simulators.odoo", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--version", type=int, default=17, choices=VERSIONS)
    parser.add_argument("--db", action="append", help="a database; may be given several times")
    parser.add_argument(
        "--server",
        action="append",
        default=[],
        metavar="DB:VERSION[:PORT]",
        help="one more server in this process, with its own version and port",
    )
    parser.add_argument("--size", default="small", help="empty, small, medium, large or partners")
    parser.add_argument("--data", help="folder that keeps the data")
    parser.add_argument(
        "--user",
        action="append",
        default=[],
        metavar="LOGIN:PASSWORD[:RIGHTS[:APIKEY]]",
        help="a further user; rights: admin, internal, sales, stock, accounting, portal",
    )
    parser.add_argument("--control-token", help="guards /_simulator; made up if not given")
    parser.add_argument("--session-lifetime", type=float, default=7 * 86400.0, help="seconds")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND[,OPTION=VALUE…]",
        help="misbehave from the start, as in latency,seconds=0.2,jitter=0.1",
    )
    return parser.parse_args()


def user(text: str) -> UserSpec:
    """A user from `LOGIN:PASSWORD[:RIGHTS[:APIKEY]]`."""
    login, password, *rest = text.split(":")
    rights = rest[0] if rest else "internal"
    return UserSpec(login, password, rights=rights, api_key=rest[1] if len(rest) > 1 else "")


def put_fault(simulator: OdooSimulator, text: str) -> None:
    """A fault from `KIND[,OPTION=VALUE…]`."""
    kind, *options = text.split(",")
    values: dict[str, str | float | int] = {}
    for option in options:
        name, _, value = option.partition("=")
        number = name in ("seconds", "jitter", "percent")
        values[name] = float(value) if number else int(value) if value.isdigit() else value
    simulator.fault(kind, **values)


async def run(given: argparse.Namespace) -> None:
    """Serve until interrupted."""
    plans = [(given.db, given.version, given.port)] if given.db or not given.server else []
    for text in given.server:
        name, version, *port = text.split(":")
        plans.append(([name], int(version), int(port[0]) if port else 0))
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    async with contextlib.AsyncExitStack() as stack:
        for names, version, port in plans:
            simulator = OdooSimulator(
                version,
                names or ["acme"],
                size=given.size,
                data=given.data,
                users=[user(text) for text in given.user],
                host=given.host,
                port=port,
                control_token=given.control_token,
                session_lifetime=given.session_lifetime,
            )
            await stack.enter_async_context(simulator)
            for text in given.fault:
                put_fault(simulator, text)
            listed = ",".join(simulator.databases)
            print(
                f"{simulator.url} odoo={version} db={listed} token={simulator.control_token}",
                flush=True,
            )
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(run(arguments()))
