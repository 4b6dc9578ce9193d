"""N8nSimulator: a server on a local port that answers as a real n8n would."""

from __future__ import annotations

import asyncio
import secrets
import socket
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from .api import PublicApi, refused
from .control import Control
from .demo import Life, furnish
from .faults import Fault, Faults
from .installation import Clock, Installation
from .pages import Pages

VERSIONS = ("1.123.81", "2.41.3")
_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body></body></html>"


class N8nSimulator:
    """One n8n server.

    `api_key` is one that may do everything. `data` is a folder for its SQLite file; without it
    nothing outlives the process. `demo` names one of `demo.COMPANIES`: it gets workflows with a
    past, which are run from then on. `requests` are the paths that were asked for, with their
    queries.
    """

    def __init__(
        self,
        version: str = VERSIONS[0],
        *,
        api_key: str = "",
        name: str = "n8n",
        data: Path | str | None = None,
        licensed: bool = False,
        demo: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        control_token: str | None = None,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self.host = host
        self.port = port
        self.control_token = control_token or secrets.token_urlsafe(16)
        self.faults = Faults()
        self.requests: list[str] = []
        path = Path(data) / f"{name}.n8n.sqlite" if data else None
        self.installation = Installation(version, path=path, licensed=licensed, clock=clock)
        self.api_key = api_key or f"n8n_api_{secrets.token_hex(24)}"
        if self.installation.key_of(self.api_key) is None:
            self.installation.add_key(self.api_key)
        self._life: Life | None = None
        if demo is not None:
            furnish(self.installation, demo)
            self._life = Life(self.installation, demo)
        self._living: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The address, without a trailing slash; known once started."""
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        """Listen; returns once connections are accepted."""
        app = web.Application(client_max_size=16 * 1024 * 1024, middlewares=[self._gate()])
        for room in (
            PublicApi(self.installation),
            Control(self.installation, self.faults, self.control_token),
            Pages(self.installation),
        ):
            app.add_routes(room.routes())
        self._runner = web.AppRunner(
            app, access_log=None, keepalive_timeout=75.0, shutdown_timeout=1.0
        )
        await self._runner.setup()
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, self.port))
        self.port = listener.getsockname()[1]
        await web.SockSite(self._runner, listener, backlog=512).start()
        if self._life is not None:
            self._living = asyncio.create_task(self._life.go_on())

    async def stop(self) -> None:
        """Stop listening and close the file."""
        if self._living is not None:
            self._living.cancel()
            await asyncio.gather(self._living, return_exceptions=True)
            self._living = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self.installation.store.close()

    def fault(self, kind: str, **options: Any) -> Fault:
        """Put a fault in force (`faults.Fault` has the options)."""
        return self.faults.add(kind, **options)

    def _gate(self) -> Any:
        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith("/_simulator"):
                return await handler(request)
            self.requests.append(request.path_qs)
            fault = self.faults.strike(request.path)
            if fault is not None:
                answer = await _struck(fault, request)
                if answer is not None:
                    return answer
            return await handler(request)

        return gate

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()


async def _struck(fault: Fault, request: web.Request) -> web.StreamResponse | None:
    match fault.kind:
        case "latency":
            await asyncio.sleep(fault.seconds)
            return None
        case "hang":
            # a disconnect cancels nothing here, so it has to be looked for
            while request.transport and not request.transport.is_closing():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            return web.Response(status=500)
        case "down":
            return web.Response(status=502, text=_BAD_GATEWAY, content_type="text/html")
        case "close":
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        case "rate_limit":
            wait = {"Retry-After": str(max(1, round(fault.seconds)))}
            return web.Response(status=429, text="Too many requests", headers=wait)
        case "starting":
            return web.Response(
                text=f"<pre>Cannot {request.method} {request.path}</pre>",
                status=404,
                content_type="text/html",
            )
        case _:
            return refused(fault.message, 500)
