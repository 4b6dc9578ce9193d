"""`python -m bench.odoo_addon`: what the addon costs whoever writes in Odoo.

A real Odoo with `bridgecore_connector` installed is written to over its own RPC, as an integration
or a person's browser does: one record a call and a commit each, then many records in one call. By
turns the model is not watched, watched, and watched with its events posted meanwhile to a receiver
that acknowledges them. The middle of the turns is told, per write, against the model not watched.

    python -m bench.odoo_addon --peer http://127.0.0.1:8069 --peer-database test

It makes contacts and opportunities of its own, and removes them and what it chose at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

import aiohttp
from aiohttp import web
from rich.console import Console
from rich.progress import track
from rich.table import Table

CASES = {"res.partner": "contacts", "crm.lead": "opportunities"}
TURNS = ("not watched", "watched", "watched and posted")

console = Console()


class Odoo:
    """One login at a real Odoo, over JSON-RPC."""

    def __init__(self, http: aiohttp.ClientSession, url: str, database: str, password: str) -> None:
        self._http = http
        self._url = f"{url}/jsonrpc"
        self._place = (database, password)
        self._uid = 0

    async def sign_in(self, login: str) -> None:
        database, password = self._place
        self._uid = await self._rpc("common", "authenticate", database, login, password, {})
        if not self._uid:
            raise SystemExit(f"{self._url} does not know {login} in {database}.")

    async def call(self, model: str, method: str, *arguments: Any, **named: Any) -> Any:
        database, password = self._place
        return await self._rpc(
            "object",
            "execute_kw",
            database,
            self._uid,
            password,
            model,
            method,
            list(arguments),
            named,
        )

    async def _rpc(self, service: str, method: str, *arguments: Any) -> Any:
        body = {"params": {"service": service, "method": method, "args": arguments}}
        async with self._http.post(self._url, json=body) as answer:
            said = await answer.json()
        if "error" in said:
            raise SystemExit(f"Odoo: {said['error']['data']['message']}")
        return said.get("result")


@asynccontextmanager
async def receiver() -> AsyncIterator[str]:
    """The address of one that takes every batch and acknowledges it whole."""

    async def take(request: web.Request) -> web.Response:
        events = json.loads(await request.read())["events"]
        ids = [event["id"] for event in events]
        return web.json_response({"accepted": ids, "duplicates": [], "rejected": []})

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/api/webhooks/odoo", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def choose(odoo: Odoo, models: Sequence[str], address: str | bool) -> None:
    """Watch these models and no other, posting to `address` or, with False, nowhere."""
    await odoo.call("bridgecore.model", "unlink", await odoo.call("bridgecore.model", "search", []))
    (link,) = await odoo.call("bridgecore.link", "search", [])
    values = {"address": address, "connection": str(uuid.uuid4()), "secret": "for this run alone"}
    await odoo.call("bridgecore.link", "write", [link], values)
    for model in models:
        (found,) = await odoo.call("ir.model", "search", [["model", "=", model]])
        await odoo.call("bridgecore.model", "create", {"model_id": found})


async def write_each(odoo: Odoo, model: str, ids: Sequence[int], mark: str) -> float:
    """Seconds a write, one record and one commit each."""
    began = time.perf_counter()
    for one in ids:
        await odoo.call(model, "write", [one], {"street": mark})
    return (time.perf_counter() - began) / len(ids)


async def write_all(odoo: Odoo, model: str, ids: Sequence[int], mark: str) -> float:
    """Seconds a record, all of them in one write."""
    began = time.perf_counter()
    await odoo.call(model, "write", list(ids), {"street": mark})
    return (time.perf_counter() - began) / len(ids)


async def measure(odoo: Odoo, address: str, records: int, rounds: int) -> Table:
    made = {
        model: await odoo.call(
            model, "create", [{"name": f"Cost {number}"} for number in range(records)]
        )
        for model in CASES
    }
    taken: dict[tuple[str, str, str], list[float]] = {}
    for number in track(range(rounds), "by turns", console=console):
        # each turn is the first, the second and the last as often as the others
        for turn in TURNS[number % 3 :] + TURNS[: number % 3]:
            watched = () if turn == TURNS[0] else tuple(CASES)
            await choose(odoo, watched, address if turn == TURNS[2] else False)
            for model, ids in made.items():
                mark = f"{turn} {number}"
                for way, work in (("one a call", write_each), ("all in one call", write_all)):
                    seconds = await work(odoo, model, ids, f"{mark} {way}")
                    taken.setdefault((model, way, turn), []).append(seconds)
    await choose(odoo, (), False)
    for model, ids in made.items():
        await odoo.call(model, "unlink", ids)
    table = Table("writes", *(f"{turn}, ms" for turn in TURNS), "watched", "and posted")
    for model, name in CASES.items():
        for way in ("one a call", "all in one call"):
            figures = [median(taken[model, way, turn]) * 1000 for turn in TURNS]
            table.add_row(
                f"{name}, {way}",
                *(f"{figure:.2f}" for figure in figures),
                *(f"{figure / figures[0]:.2f} ×" for figure in figures[1:]),
            )
    return table


async def main() -> None:
    form = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--peer", required=True, help="address of an Odoo with the addon")
    parser.add_argument("--peer-database", required=True)
    parser.add_argument("--peer-login", default="admin")
    parser.add_argument("--peer-password", default="admin")
    parser.add_argument("--records", type=int, default=200, help="written to in each turn")
    parser.add_argument("--rounds", type=int, default=6, help="of three turns each")
    given = parser.parse_args()
    async with aiohttp.ClientSession() as http, receiver() as address:
        odoo = Odoo(http, given.peer, given.peer_database, given.peer_password)
        await odoo.sign_in(given.peer_login)
        console.print(await measure(odoo, address, given.records, given.rounds))


if __name__ == "__main__":
    asyncio.run(main())
