"""The whole web application of one simulated server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web

from bridgecore.simulators.odoo.errors import OdooError
from bridgecore.simulators.odoo.installation import Installation

from . import envelope
from .control import Control, Refuse
from .files import Files
from .gate import Answered, Gate
from .json2 import Json2
from .jsonrpc import JsonRpc
from .services import Services
from .web import WebClient, lost_page
from .xmlrpc import XmlRpc

MAX_BODY = 128 * 1024 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Room(Protocol):
    """A set of addresses."""

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is answered there."""


class Pages:
    """The plain addresses: health, version, and the page for everything unknown."""

    def __init__(self, installation: Installation, gate: Gate):
        self.installation = installation
        self.gate = gate

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is answered here."""
        found = [web.get("/web/health", self.guarded(self.health))]
        if self.installation.version >= 19:
            found.append(web.get("/web/version", self.guarded(self.version)))
            found.append(web.get("/json/version", self.guarded(self.version)))
        return [*found, web.route("*", "/{rest:.*}", self.guarded(self.lost))]

    def guarded(self, handler: Handler) -> Handler:
        """The handler behind the gate, for addresses that call no model."""

        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                await self.gate.call(request, "", "", request.path, lambda: None)
            except Answered as answered:
                return answered.response
            except OdooError as error:
                return envelope.page(500, "Internal Server Error", error.message)
            return await handler(request)

        return handle

    async def health(self, request: web.Request) -> web.StreamResponse:
        """`pass` while the server is up."""
        body: dict[str, object] = {"status": "pass"}
        if self.installation.version >= 17 and request.query.get("db_server_status"):
            body["db_server_status"] = True
        return envelope.reply(body, headers={"Cache-Control": "no-store"})

    async def version(self, request: web.Request) -> web.StreamResponse:
        """The version over GET, from 19 on."""
        info = self.installation.version_info
        return envelope.reply(
            {"version_info": info["server_version_info"], "version": info["server_version"]}
        )

    async def lost(self, request: web.Request) -> web.StreamResponse:
        """The 404 page."""
        return lost_page()


def application(installation: Installation, token: str, refuse: Refuse) -> web.Application:
    """All addresses of one installation."""
    gate = Gate(installation)
    services = Services(installation, gate)
    client = WebClient(installation, gate)
    rooms: tuple[Room, ...] = (
        JsonRpc(services),
        XmlRpc(services),
        client,
        Files(installation, gate, client),
        Control(installation, token, refuse),
    )
    app = web.Application(client_max_size=MAX_BODY)
    for room in rooms:
        app.add_routes(room.routes())
    if installation.version >= 19:
        app.add_routes(Json2(installation, gate).routes())
    app.add_routes(Pages(installation, gate).routes())
    return app
