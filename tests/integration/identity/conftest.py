"""People and answers for the tests of identity."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from starlette.types import ASGIApp

from bridgecore.entrypoints.app import build_app
from bridgecore.infra.settings import Settings
from tests.factories.lifespan import running
from tests.factories.tenants import PASSWORD


@dataclass(frozen=True, slots=True)
class Browser:
    """Signs in anew where a test needs tokens of its own."""

    client: httpx.AsyncClient

    async def login(
        self, path: str, email: str, *, password: str = PASSWORD, **more: object
    ) -> httpx.Response:
        return await self.client.post(path, json={"email": email, "password": password, **more})

    async def tokens(self, email: str, *, path: str = "/api/v1/auth/login") -> dict[str, str]:
        answer = await self.login(path, email)
        assert answer.status_code == 200, answer.text
        found: dict[str, str] = answer.json()
        return found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def some_email(name: str = "person") -> str:
    return f"{name}-{secrets.token_hex(5)}@people.example"


@pytest.fixture(scope="session")
async def client(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client from an address of its own: many sign-ins here fail on purpose."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=_address())
    async with httpx.AsyncClient(transport=transport, base_url="http://platform.test") as opened:
        yield opened


def _address() -> tuple[str, int]:
    return ".".join(["10", *(str(secrets.randbelow(256)) for _ in range(3))]), 40_000


@pytest.fixture
def browser(client: httpx.AsyncClient) -> Browser:
    return Browser(client)


@pytest.fixture(scope="session")
async def other_app(settings: Settings) -> AsyncIterator[ASGIApp]:
    """The application again, as a second process would run it: nothing in memory is shared."""
    built = build_app(settings)
    async with running(built):
        yield built


@pytest.fixture(scope="session")
async def other(other_app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=other_app, raise_app_exceptions=False, client=_address())
    async with httpx.AsyncClient(transport=transport, base_url="http://platform.test") as opened:
        yield opened
