"""`/_simulator/…`: where tests tell the simulator to misbehave and ask what it did.

Guarded by a token in the `X-Simulator-Token` header.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import orjson
from aiohttp import web

from bridgecore.simulators.odoo.faults import KINDS, OPTIONS
from bridgecore.simulators.odoo.installation import Installation

from . import envelope

Refuse = Callable[[float], Coroutine[Any, Any, None]]


class Control:
    """The control addresses of one simulator; `refuse` stops listening for some seconds."""

    def __init__(self, installation: Installation, token: str, refuse: Refuse):
        self.installation = installation
        self.token = token
        self.refuse = refuse
        self._waiting: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is answered here."""
        base = "/_simulator"
        return [
            web.get(base, self._guarded(self.overview)),
            web.get(f"{base}/faults", self._guarded(self.faults)),
            web.post(f"{base}/faults", self._guarded(self.add_fault)),
            web.delete(f"{base}/faults", self._guarded(self.clear_faults)),
            web.delete(f"{base}/faults/{{id:\\d+}}", self._guarded(self.remove_fault)),
            web.get(f"{base}/calls", self._guarded(self.calls)),
            web.delete(f"{base}/calls", self._guarded(self.clear_calls)),
            web.post(f"{base}/sessions/expire", self._guarded(self.expire_sessions)),
            web.post(f"{base}/password", self._guarded(self.password)),
            web.post(f"{base}/rows", self._guarded(self.rows)),
            web.post(f"{base}/refuse", self._guarded(self.refuse_connections)),
        ]

    def _guarded(
        self, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            given = request.headers.get("X-Simulator-Token", "")
            if not hmac.compare_digest(given.encode(), self.token.encode()):
                return envelope.reply({"error": "X-Simulator-Token is missing or wrong"}, 403)
            try:
                return await handler(request)
            except (ValueError, TypeError, KeyError) as error:
                return envelope.reply({"error": str(error)}, 400)

        return handle

    async def _body(self, request: web.Request) -> dict[str, Any]:
        body = orjson.loads(await request.read() or b"{}")
        if not isinstance(body, dict):
            raise ValueError("an object is wanted")
        return body

    async def overview(self, request: web.Request) -> web.StreamResponse:
        """What this is and what can be asked of it."""
        server = self.installation
        return envelope.reply(
            {
                "version": server.version,
                "databases": sorted(server.databases),
                "sessions": len(server.sessions),
                "fault_kinds": KINDS,
                "fault_options": sorted(OPTIONS),
            }
        )

    async def faults(self, request: web.Request) -> web.StreamResponse:
        """The faults in force."""
        return envelope.reply(self.installation.faults.describe())

    async def add_fault(self, request: web.Request) -> web.StreamResponse:
        """`{kind, …options}`: one more fault; its id."""
        body = await self._body(request)
        kind = str(body.pop("kind", ""))
        if unknown := sorted(set(body) - OPTIONS):
            raise ValueError(f"unknown options: {', '.join(unknown)}")
        return envelope.reply({"id": self.installation.faults.add(kind, **body).id}, 201)

    async def clear_faults(self, request: web.Request) -> web.StreamResponse:
        """Behave again."""
        self.installation.faults.clear()
        return web.Response(status=204)

    async def remove_fault(self, request: web.Request) -> web.StreamResponse:
        """End one fault."""
        found = self.installation.faults.remove(int(request.match_info["id"]))
        return web.Response(status=204 if found else 404)

    async def calls(self, request: web.Request) -> web.StreamResponse:
        """The journal; `?model=&kind=&after=` narrow the changes."""
        query = request.query
        after = int(query.get("after", "0"))
        journal = self.installation.journal
        return envelope.reply(journal.describe(query.get("model"), query.get("kind"), after))

    async def clear_calls(self, request: web.Request) -> web.StreamResponse:
        """Count from nothing again."""
        self.installation.journal.clear()
        return web.Response(status=204)

    async def expire_sessions(self, request: web.Request) -> web.StreamResponse:
        """`{database?, uid?}`: end sessions; how many."""
        body = await self._body(request)
        ended = self.installation.sessions.expire(body.get("database"), body.get("uid"))
        return envelope.reply({"expired": ended})

    async def password(self, request: web.Request) -> web.StreamResponse:
        """`{database, login, password}`: change a password; the user's sessions end."""
        body = await self._body(request)
        database = self.installation.databases[str(body["database"])]
        uid = database.set_password(str(body["login"]), str(body["password"]))
        self.installation.sessions.expire(database.name, uid)
        return web.Response(status=204)

    async def rows(self, request: web.Request) -> web.StreamResponse:
        """`{database, model, ids, values}`: raw SQL, which moves no time of change.

        `values` null removes the rows; `broken` instead names a to-many field that can't be
        read of them from now on.
        """
        body = await self._body(request)
        database = self.installation.databases[str(body["database"])]
        model, ids = str(body["model"]), [int(each) for each in body["ids"]]
        if "broken" in body:
            database.break_unseen(model, ids, str(body["broken"]))
        else:
            values = body["values"]
            database.change_unseen(model, ids, None if values is None else dict(values))
        return web.Response(status=204)

    async def refuse_connections(self, request: web.Request) -> web.StreamResponse:
        """`{seconds}`: stop listening, so that connections are refused, for that long."""
        seconds = float((await self._body(request)).get("seconds", 5.0))
        task = asyncio.create_task(self.refuse(seconds))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        return web.Response(status=202)
