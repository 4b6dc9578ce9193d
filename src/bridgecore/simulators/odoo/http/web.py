"""The web client's addresses: cookie sessions and `call_kw`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bridgecore.simulators.odoo.database import Database
from bridgecore.simulators.odoo.errors import (
    AccessDenied,
    AccessError,
    NotFound,
    OdooError,
    PythonError,
    SessionExpired,
    type_error,
)
from bridgecore.simulators.odoo.installation import Installation
from bridgecore.simulators.odoo.sessions import LIFETIME, Session

from . import envelope
from .gate import Answered, Gate
from .session_info import session_info

Handler = Callable[[web.Request, dict[str, Any]], Awaitable[Any]]
COOKIE = "session_id"
OPENED = web.RequestKey("opened", str)
_NOT_FOUND = (
    "404 Not Found: The requested URL was not found on the server. If you entered the URL "
    "manually please check your spelling and try again."
)


def lost_page() -> web.Response:
    """The 404 page of the website."""
    text = (
        '<!DOCTYPE html>\n<html>\n    <head>\n        <meta charset="utf-8"/>\n'
        "        <title>404 | Odoo</title>\n    </head>\n    <body>\n"
        "        <h1>Page not found</h1>\n    </body>\n</html>\n"
    )
    return web.Response(status=404, text=text, content_type="text/html", charset="utf-8")


class WebClient:
    """Session and dataset addresses."""

    def __init__(self, installation: Installation, gate: Gate):
        self.installation = installation
        self.gate = gate

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is answered here."""
        return [
            self._json("/web/session/authenticate", self.authenticate),
            self._json("/web/session/get_session_info", self.info),
            self._json("/web/session/check", self.check),
            self._json("/web/session/destroy", self.destroy),
            self._json("/web/session/modules", self.modules),
            self._json("/web/session/get_lang_list", self.languages),
            self._json("/web/webclient/version_info", self.version_info),
            self._json("/web/database/list", self.database_list),
            self._json("/web/dataset/call_kw", self.call_kw),
            self._json("/web/dataset/call_kw/{rest:.+}", self.call_kw),
            self._json("/web/dataset/call_button", self.call_button),
            self._json("/web/dataset/call_button/{rest:.+}", self.call_button),
            self._json("/web/dataset/search_read", self.search_read),
            self._json("/web/dataset/resequence", self.resequence),
            web.get("/web/session/logout", self.logout),
        ]

    def _json(self, path: str, handler: Handler) -> web.AbstractRouteDef:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._enveloped(request, handler)

        return web.route("*", path, handle)

    async def _enveloped(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        version = self.installation.version
        body = await envelope.read(request, version)
        if isinstance(body, web.Response):
            return body
        try:
            value = await handler(request, envelope.params(body))
        except Answered as answered:
            return answered.response
        except OdooError as error:
            return envelope.failure(body.get("id"), error, version)
        except Exception as error:
            return envelope.failure(body.get("id"), envelope.from_bug(error), version)
        response = envelope.result(body.get("id"), value)
        if sid := request.get(OPENED):
            response.set_cookie(COOKIE, sid, max_age=round(LIFETIME), httponly=True, path="/")
        return response

    def session(self, request: web.Request) -> tuple[Session, Database]:
        """The session of the cookie; raises SessionExpired."""
        session = self.installation.sessions.get(request.cookies.get(COOKIE))
        database = self.installation.databases.get(session.database) if session else None
        if session is None or database is None:
            raise SessionExpired
        row = database.store.tables["res.users"].rows.get(session.uid)
        if row is None or not row.get("active"):
            raise SessionExpired
        wanted = request.headers.get("X-Odoo-Database")
        if self.installation.version >= 19 and wanted and wanted != session.database:
            raise AccessError("The session is of another database.")
        return session, database

    async def authenticate(self, request: web.Request, given: dict[str, Any]) -> Any:
        """Open a session by password (API keys do not open one)."""
        server = self.installation
        name, login = given.get("db"), str(given.get("login", ""))
        database = server.databases.get(str(name))

        def run() -> Any:
            if database is None:
                if server.version >= 16:
                    raise AccessError("Database not found.")
                raise PythonError("psycopg2.OperationalError", f'database "{name}" does not exist')
            address = f"{request.remote}/{database.name}"
            after = int(database.parameter("base.login_cooldown_after", "5"))
            duration = float(database.parameter("base.login_cooldown_duration", "60"))
            if server.cooldown.is_on(address, after, duration):
                raise AccessDenied(
                    "Too many login failures, please wait a bit before trying again."
                )
            server.journal.called(database.name, "session", "authenticate")
            uid = database.login(login, str(given.get("password", "")), keys=False)
            if uid is None:
                server.cooldown.failed(address)
                raise AccessDenied
            server.cooldown.succeeded(address)
            server.signed_in(database, uid)
            request[OPENED] = server.sessions.open(database.name, uid).sid
            return self._info(request, database, uid)

        return await self.gate.call(request, str(name), "session", "authenticate", run)

    def _info(self, request: web.Request, database: Database, uid: int) -> Any:
        with database.transaction(uid) as env:
            return session_info(env, f"{request.scheme}://{request.host}")

    async def info(self, request: web.Request, given: dict[str, Any]) -> Any:
        """Who the session is."""
        session, database = self.session(request)
        return await self.gate.call(
            request,
            database.name,
            "session",
            "get_session_info",
            lambda: self._info(request, database, session.uid),
        )

    async def check(self, request: web.Request, given: dict[str, Any]) -> None:
        """Nothing, while the session lives."""
        self.session(request)

    async def destroy(self, request: web.Request, given: dict[str, Any]) -> None:
        """End the session."""
        session, _ = self.session(request)
        self.installation.sessions.end(session.sid)

    async def modules(self, request: web.Request, given: dict[str, Any]) -> list[str]:
        """Names of the installed modules."""
        _, database = self.session(request)
        rows = database.store.tables["ir.module.module"].rows.values()
        return [row["name"] for row in rows if row.get("state") == "installed"]

    async def languages(self, request: web.Request, given: dict[str, Any]) -> list[list[str]]:
        """Languages that can be installed."""
        return [["en_US", "English (US)"], ["es_ES", "Spanish / Español"]]

    async def version_info(self, request: web.Request, given: dict[str, Any]) -> Any:
        """The server's version."""
        return self.installation.version_info

    async def database_list(self, request: web.Request, given: dict[str, Any]) -> list[str]:
        """The databases served here."""
        return sorted(self.installation.databases)

    async def logout(self, request: web.Request) -> web.StreamResponse:
        """End the session and go to the login page."""
        self.installation.sessions.end(request.cookies.get(COOKIE, ""))
        target = request.query.get(
            "redirect", "/web" if self.installation.version < 18 else "/odoo"
        )
        return web.Response(status=303, headers={"Location": target})

    async def call_kw(self, request: web.Request, given: dict[str, Any]) -> Any:
        """One method call as the session's user."""
        session, database = self.session(request)
        model, method = str(given.get("model")), str(given.get("method"))
        if model not in database.registry.models:
            if self.installation.version >= 18:
                raise NotFound(_NOT_FOUND)
            raise PythonError("builtins.KeyError", model)
        try:
            kwargs = dict(given.get("kwargs") or {})
        except (TypeError, ValueError) as error:
            raise type_error(str(error)) from None
        if self.installation.version < 17 and "context" in given:
            kwargs.setdefault("context", given["context"])
        return await self.gate.call(
            request,
            database.name,
            model,
            method,
            lambda: self.installation.execute(
                database, session.uid, model, method, given.get("args") or [], kwargs
            ),
        )

    async def call_button(self, request: web.Request, given: dict[str, Any]) -> Any:
        """One method call; anything but an action comes back as false."""
        value = await self.call_kw(request, given)
        return value if isinstance(value, dict) and value.get("type") else False

    async def search_read(self, request: web.Request, given: dict[str, Any]) -> Any:
        """A page of records with the total, up to 16."""
        if self.installation.version > 16:
            raise NotFound(_NOT_FOUND)
        options = {
            "domain": given.get("domain") or [],
            "fields": given.get("fields") or [],
            "offset": given.get("offset") or 0,
            "limit": given.get("limit") or None,
            "order": given.get("sort") or None,
        }
        call = {"model": given.get("model"), "method": "web_search_read", "kwargs": options}
        return await self.call_kw(request, call)

    async def resequence(self, request: web.Request, given: dict[str, Any]) -> bool:
        """Number the records in the order given, up to 18."""
        if self.installation.version >= 19:
            raise NotFound(_NOT_FOUND)
        field, start = str(given.get("field") or "sequence"), int(given.get("offset") or 0)
        for number, key in enumerate(given.get("ids") or [], start=start):
            call = {
                "model": given.get("model"),
                "method": "write",
                "args": [[key], {field: number}],
            }
            await self.call_kw(request, call)
        return True
