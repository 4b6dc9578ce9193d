"""`/_simulator/…`: where tests tell the simulator what happens and how to misbehave.

Guarded by a token in the `X-Simulator-Token` header.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from .api import reply
from .faults import KINDS, OPTIONS, Faults
from .installation import Installation

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """The control addresses of one simulator."""

    def __init__(self, installation: Installation, faults: Faults, token: str) -> None:
        self.server = installation
        self.faults = faults
        self.token = token

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is answered there."""
        base = "/_simulator"
        return [
            web.get(base, self._guarded(self.overview)),
            web.get(f"{base}/faults", self._guarded(self.list_faults)),
            web.post(f"{base}/faults", self._guarded(self.add_fault)),
            web.delete(f"{base}/faults", self._guarded(self.clear_faults)),
            web.post(f"{base}/executions", self._guarded(self.act)),
            web.post(f"{base}/prune", self._guarded(self.prune)),
            web.post(f"{base}/restart", self._guarded(self.restart)),
        ]

    def _guarded(self, handle: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            given = request.headers.get("X-Simulator-Token", "")
            if not hmac.compare_digest(given.encode(), self.token.encode()):
                return reply({"error": "X-Simulator-Token is missing or wrong"}, 403)
            try:
                return await handle(request)
            except (ValueError, TypeError, KeyError) as error:
                return reply({"error": str(error)}, 400)

        return answer

    async def overview(self, request: web.Request) -> web.StreamResponse:
        """What this is and what can be asked of it."""
        server = self.server
        return reply(
            {
                "version": server.version,
                "workflows": {key: each["name"] for key, each in server.workflows.items()},
                "executions": len(server.executions),
                "fault_kinds": KINDS,
                "fault_options": sorted(OPTIONS),
            }
        )

    async def list_faults(self, request: web.Request) -> web.StreamResponse:
        """The faults in force."""
        return reply(self.faults.describe())

    async def add_fault(self, request: web.Request) -> web.StreamResponse:
        """`{kind, …options}`: one more fault; its id."""
        body = await _body(request)
        kind = str(body.pop("kind", ""))
        if unknown := sorted(set(body) - OPTIONS):
            raise ValueError(f"unknown options: {', '.join(unknown)}")
        return reply({"id": self.faults.add(kind, **body).id}, 201)

    async def clear_faults(self, request: web.Request) -> web.StreamResponse:
        """Behave again."""
        self.faults.clear()
        return web.Response(status=204)

    async def act(self, request: web.Request) -> web.StreamResponse:
        """`{do: run|start|wait|finish, …}` with the arguments of that method; the number."""
        body = await _body(request)
        do = body.pop("do", "run")
        for name in ("at", "till"):
            if name in body:
                body[name] = datetime.fromisoformat(body[name])
        if do not in ("run", "start", "wait", "finish"):
            raise ValueError("`do` is one of run, start, wait, finish")
        number = getattr(self.server, do)(**body)
        return reply({"id": number}, 201)

    async def prune(self, request: web.Request) -> web.StreamResponse:
        """`{keep}`: let older executions vanish; how many."""
        return reply({"pruned": self.server.prune(int((await _body(request))["keep"]))})

    async def restart(self, request: web.Request) -> web.StreamResponse:
        """Start the server again."""
        self.server.restart()
        return web.Response(status=204)


async def _body(request: web.Request) -> dict[str, Any]:
    body = orjson.loads(await request.read() or b"{}")
    if not isinstance(body, dict):
        raise ValueError("an object is wanted")
    return body
