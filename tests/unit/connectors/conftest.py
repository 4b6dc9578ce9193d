"""The platform's HTTP client and a small scripted server that answers as Odoo does."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bridgecore.connectors.odoo import OdooIdentity
from bridgecore.infra.http import AddressGuard, HttpTransport
from bridgecore.kit.addresses import AddressPolicy

PASSWORD = "correct horse"
API_KEY = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
async def http() -> AsyncIterator[HttpTransport]:
    policy = AddressPolicy.of(["127.0.0.1"], allow_http=True)
    async with HttpTransport(AddressGuard(policy)) as transport:
        yield transport


class Refused(Exception):
    """Raised by a handler to answer with an Odoo exception."""

    def __init__(self, name: str, message: str, arguments: list[Any] | None = None) -> None:
        super().__init__(message)
        self.data = {"name": name, "message": message, "arguments": arguments or [message]}


NOTHING = object()
Handler = Callable[[str, str, list[Any], dict[str, Any]], Any]


@dataclass
class Odoo:
    """One Odoo server with one user (uid 2, login admin); `handle` answers every call."""

    version: str = "17.0"
    handle: Handler = lambda model, method, args, kwargs: {"args": args, "kwargs": kwargs}
    password: str = PASSWORD
    keys: tuple[str, ...] = (API_KEY,)
    url: str = ""
    sessions: set[str] = field(default_factory=set)
    logins: int = 0
    login_delay: float = 0.0
    calls: list[tuple[str, str]] = field(default_factory=list)
    seen_cookies: list[str] = field(default_factory=list)
    rotate_to: str | None = None
    session_info: dict[str, Any] | None = None
    intercept: Callable[[web.Request], Awaitable[web.StreamResponse | None]] | None = None

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def identity(self, secret: str = PASSWORD, **changes: Any) -> OdooIdentity:
        given = {"url": self.url, "database": "shop", "login": "admin", **changes}
        return OdooIdentity(secret=secret, **given)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Odoo]:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.intercept is not None:
            answer = await self.intercept(request)
            if answer is not None:
                return answer
        path = request.path
        if path.startswith("/json/2/") and self.major >= 19:
            return await self._json2(request)
        body = await request.json() if request.can_read_body else {}
        params = body.get("params", {})
        headers: dict[str, str] = {}
        try:
            if path == "/web/webclient/version_info":
                result: Any = {"server_version": self.version}
            elif path == "/web/session/authenticate":
                result, headers = await self._authenticate(params)
            elif path == "/jsonrpc":
                result = self._rpc(params["service"], params["method"], params["args"])
            elif path == "/web/database/list":
                result = ["shop"]
            elif path.startswith("/web/dataset/call_kw"):
                headers = self._session(request)
                self.calls.append((params["model"], params["method"]))
                result = await self._call(
                    params["model"], params["method"], params["args"], params["kwargs"]
                )
            elif path == "/web/session/get_session_info":
                headers = self._session(request)
                result = self._info()
            elif path == "/web/session/destroy":
                self.sessions.clear()
                result = NOTHING
            else:
                return web.Response(status=404, text="<html></html>", content_type="text/html")
        except Refused as refused:
            error = {"code": 0, "message": "Odoo Server Error", "data": refused.data}
            return self._json({"jsonrpc": "2.0", "id": None, "error": error})
        answer = {"jsonrpc": "2.0", "id": body.get("id")}
        if result is not NOTHING:
            answer["result"] = result
        return self._json(answer, headers=headers)

    def _json(self, value: Any, **rest: Any) -> web.Response:
        return web.Response(text=json.dumps(value), content_type="application/json", **rest)

    async def _authenticate(self, params: dict[str, Any]) -> tuple[Any, dict[str, str]]:
        self.logins += 1
        await asyncio.sleep(self.login_delay)
        if params["db"] != "shop":
            raise Refused("odoo.exceptions.AccessError", "Database not found.")
        if (params["login"], params["password"]) != ("admin", self.password):
            raise Refused("odoo.exceptions.AccessDenied", "Access Denied")
        name = f"session{self.logins}"
        self.sessions.add(name)
        return self._info(), {"set-cookie": f"session_id={name}; HttpOnly; Path=/"}

    def _info(self) -> dict[str, Any]:
        if self.session_info is not None:
            return self.session_info
        return {
            "uid": 2,
            "server_version": self.version,
            "user_context": {"lang": "en_US", "tz": "UTC", "uid": 2},
        }

    def _session(self, request: web.Request) -> dict[str, str]:
        cookie = request.headers.get("cookie", "")
        self.seen_cookies.append(cookie)
        name = cookie.partition("session_id=")[2].partition(";")[0]
        if name not in self.sessions:
            # A refusal opens an anonymous session; nobody should move into that one.
            raise Refused("odoo.http.SessionExpiredException", "Session expired")
        if self.rotate_to and name != self.rotate_to:
            self.sessions.add(self.rotate_to)
            return {"set-cookie": f"session_id={self.rotate_to}; HttpOnly; Path=/"}
        return {}

    def _rpc(self, service: str, method: str, args: list[Any]) -> Any:
        accepted = {self.password, *self.keys}
        if service == "common" and method == "version":
            return {"server_version": self.version}
        if service == "common":
            db, login, secret, _ = args
            return 2 if (db, login) == ("shop", "admin") and secret in accepted else False
        _, uid, secret, model, name, positional, *named = args
        if uid != 2 or secret not in accepted:
            raise Refused("odoo.exceptions.AccessDenied", "Access Denied")
        self.calls.append((model, name))
        return self._handled(model, name, positional, named[0] if named else {})

    async def _call(self, model: str, method: str, args: list[Any], kwargs: Any) -> Any:
        result = self._handled(model, method, args, kwargs)
        return await result if isinstance(result, Awaitable) else result

    def _handled(self, model: str, method: str, args: list[Any], kwargs: Any) -> Any:
        if (model, method) == ("res.users", "context_get"):
            return {"lang": "en_US", "tz": "UTC", "uid": 2}
        if (model, method) == ("res.users", "read"):
            return [{"id": 2, "login": "admin", "name": "Mitchell", "company_ids": [1]}]
        return self.handle(model, method, args, kwargs)

    async def _json2(self, request: web.Request) -> web.Response:
        _, _, _, model, method = request.path.split("/")
        if request.headers.get("authorization") not in {f"bearer {key}" for key in self.keys}:
            return self._json(
                {"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"},
                status=401,
            )
        if request.headers.get("x-odoo-database") != "shop":
            return web.Response(status=404, text="<html></html>", content_type="text/html")
        self.calls.append((model, method))
        body = await request.json()
        try:
            result = self._handled(model, method, body.pop("ids", None), body)
        except Refused as refused:
            return self._json(refused.data, status=422)
        return self._json(None if result is NOTHING else result)


@pytest.fixture
async def odoo() -> AsyncIterator[Odoo]:
    async with Odoo().running() as server:
        yield server


@pytest.fixture
def refused() -> type[Refused]:
    return Refused


@pytest.fixture
def nothing() -> object:
    return NOTHING


@pytest.fixture
def api_key() -> str:
    return API_KEY
