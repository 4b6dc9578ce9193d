"""Running simulators and a small RPC client for their tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bridgecore.simulators.odoo import OdooSimulator, UserSpec

KEY = "0123456789abcdef0123456789abcdef01234567"
USERS = (
    UserSpec("robot", "robot", rights="admin", api_key=KEY),
    UserSpec("seller", "seller", "Sam Seller", rights="sales"),
)


class OdooError(Exception):
    """An error envelope."""

    def __init__(self, error: dict[str, Any]):
        super().__init__(error["data"]["message"])
        self.code = error["code"]
        self.name = error["data"]["name"]


class Rpc:
    """Calls one simulator over `/jsonrpc`."""

    def __init__(self, simulator: OdooSimulator, http: aiohttp.ClientSession):
        self.simulator = simulator
        self.http = http
        self.database = next(iter(simulator.databases))

    async def post(self, path: str, body: Any, **options: Any) -> aiohttp.ClientResponse:
        return await self.http.post(self.simulator.url + path, json=body, **options)

    async def service(self, service: str, method: str, *args: Any) -> Any:
        params = {"service": service, "method": method, "args": list(args)}
        response = await self.post("/jsonrpc", {"jsonrpc": "2.0", "id": 1, "params": params})
        body = await response.json()
        if "error" in body:
            raise OdooError(body["error"])
        return body.get("result")

    async def call(
        self,
        model: str,
        method: str,
        *args: Any,
        user: tuple[int, str] = (2, "admin"),
        **kwargs: Any,
    ) -> Any:
        uid, password = user
        arguments = (self.database, uid, password, model, method, list(args), kwargs)
        return await self.service("object", "execute_kw", *arguments)

    async def sign_in(self, login: str) -> tuple[int, str]:
        uid = await self.service("common", "authenticate", self.database, login, login, {})
        return uid, login


@pytest_asyncio.fixture(params=(17, 19), ids=("odoo17", "odoo19"))
async def rpc(request: pytest.FixtureRequest) -> AsyncIterator[Rpc]:
    """A fresh small company, once as 17 and once as 19."""
    async with (
        OdooSimulator(request.param, "acme", size=90, users=USERS) as simulator,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
    ):
        yield Rpc(simulator, http)
