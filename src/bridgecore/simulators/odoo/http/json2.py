"""`POST /json/2/<model>/<method>`: named arguments, bearer keys, real HTTP statuses (19)."""

from __future__ import annotations

import json
from typing import Any

import orjson
from aiohttp import web

from bridgecore.simulators.odoo.database import Database
from bridgecore.simulators.odoo.errors import NotFound, OdooError, PythonError
from bridgecore.simulators.odoo.installation import Installation
from bridgecore.simulators.odoo.orm import dispatch

from . import envelope
from .gate import Answered, Gate

NO_DATABASE = """<!DOCTYPE html>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>No database is selected and the requested URL was not found in the server-wide controllers.</p>
<p>Please verify the hostname, <a href=/web/login>login</a> and try again.</p>

<!-- Alternatively, use the X-Odoo-Database header. -->
"""


class Json2:
    """The JSON-2 addresses."""

    def __init__(self, installation: Installation, gate: Gate):
        self.installation = installation
        self.gate = gate

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is answered here."""
        return [
            web.post("/json/2/{model}/{method}", self.handle),
            web.route("*", "/json/2{rest:.*}", self.misled),
        ]

    async def misled(self, request: web.Request) -> web.StreamResponse:
        """Any other path or verb below /json/2."""
        hint = "Did you mean POST /json/2/<model>/<method>?"
        return self._failure(NotFound(hint, 404))

    def _failure(self, error: OdooError) -> web.Response:
        headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
        return envelope.reply(envelope.serialized(error, 19), error.status, headers)

    def _database(self, request: web.Request) -> Database | None:
        name = request.headers.get("X-Odoo-Database")
        if name is not None:
            return self.installation.databases.get(name)
        return self.installation.only_database

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call; the answer is the bare return value."""
        database = self._database(request)
        if database is None:
            return web.Response(status=404, text=NO_DATABASE, content_type="text/html")
        if request.content_type != "application/json":
            return envelope.page(
                415,
                "Unsupported Media Type",
                "Request inferred type is compatible with [&#39;http&#39;] but the route is "
                "type=&#39;json2&#39;.<br><br>Please verify the Content-Type request header "
                "and try again.",
            )
        model, method = request.match_info["model"], request.match_info["method"]
        try:
            uid = self._caller(request, database)
            arguments = self._arguments(await request.read())
            value = await self.gate.call(
                request,
                database.name,
                model,
                method,
                lambda: self._run(database, uid, model, method, arguments),
            )
        except Answered as answered:
            return answered.response
        except OdooError as error:
            return self._failure(error)
        except Exception as error:
            return self._failure(envelope.from_bug(error))
        return envelope.reply(value)

    def _caller(self, request: web.Request, database: Database) -> int:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise _werkzeug(
                "Unauthorized",
                401,
                "User not authenticated, use an API Key with a Bearer Authorization header.",
            )
        uid = database.key_owner(key.strip())
        if uid is None:
            raise _werkzeug("Unauthorized", 401, "Invalid apikey")
        return uid

    def _arguments(self, body: bytes) -> dict[str, Any]:
        try:
            parsed = orjson.loads(body or b"{}")
        except orjson.JSONDecodeError:
            try:
                json.loads(body)
                reason = "invalid text"
            except ValueError as error:
                reason = str(error)
            message = f"could not parse the body as json: {reason}"
            raise _werkzeug("BadRequest", 400, message) from None
        if not isinstance(parsed, dict):
            raise _werkzeug("BadRequest", 400, "the body must be a json object")
        return parsed

    def _run(
        self, database: Database, uid: int, model: str, method: str, arguments: dict[str, Any]
    ) -> Any:
        if model not in database.registry.models:
            raise NotFound(f"the model {model!r} does not exist", 404)
        context = arguments.pop("context", None)
        return self.installation.run(
            database,
            uid,
            model,
            method,
            context,
            lambda env, found: dispatch.call_named(env, found, method, arguments),
        )


def _werkzeug(name: str, status: int, message: str) -> OdooError:
    error = PythonError(f"werkzeug.exceptions.{name}", message)
    error.arguments = [message, status]
    error.status = status
    return error
