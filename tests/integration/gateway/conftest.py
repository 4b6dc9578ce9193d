"""Simulated Odoos of the oldest and the newest way to be called, and companies at them."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.types import ASGIApp

from bridgecore.domains.gateway.router.endpoint import GatewayEndpoint
from bridgecore.domains.gateway.service.clients import CallLimits
from bridgecore.domains.identity.service import TokenAuthenticator
from bridgecore.entrypoints.app import build_app
from bridgecore.infra.asgi import ClientAddress, Observation
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.lifespan import running
from tests.factories.odoo import DATABASE, USERS, Company, found_company
from tests.factories.ports import refusing_port
from tests.factories.tenants import TenantFactory

Found = Callable[..., Awaitable[Company]]


class Elsewhere(httpx.ASGITransport):
    """Each request comes from another address, or so many sign-ins would be throttled."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        address = ".".join(str(random.randint(1, 254)) for _ in range(3))
        self.client = (f"10.{address}", 40_000)
        return await super().handle_async_request(request)


@pytest.fixture(scope="session")
async def client(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = Elsewhere(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://platform.test") as opened:
        yield opened


@pytest.fixture(scope="session")
def tenant_factory(resources: Resources, client: httpx.AsyncClient) -> TenantFactory:
    return TenantFactory(resources, client)


@pytest.fixture(scope="session")
async def odoo17() -> AsyncIterator[OdooSimulator]:
    async with OdooSimulator(17, DATABASE, users=USERS) as running:
        yield running


@pytest.fixture(scope="session")
async def odoo19() -> AsyncIterator[OdooSimulator]:
    async with OdooSimulator(19, DATABASE, users=USERS) as running:
        yield running


@pytest.fixture(scope="session", params=[17, 19])
def each_odoo(
    request: pytest.FixtureRequest, odoo17: OdooSimulator, odoo19: OdooSimulator
) -> OdooSimulator:
    return odoo17 if request.param == 17 else odoo19


@pytest.fixture
def odoo(odoo17: OdooSimulator) -> OdooSimulator:
    """Where the version makes no difference."""
    return odoo17


@pytest.fixture(autouse=True)
def behaved(odoo17: OdooSimulator, odoo19: OdooSimulator) -> None:
    """No test finds the faults or the counts of another."""
    for simulator in (odoo17, odoo19):
        simulator.faults.clear()
        simulator.journal.clear()


@pytest.fixture
def found(client: httpx.AsyncClient, tenant_factory: TenantFactory, odoo: OdooSimulator) -> Found:
    """Makes companies: `found(simulator=…, settings=…, **fields of the tenant)`."""

    async def make(simulator: OdooSimulator | None = None, **options: object) -> Company:
        return await found_company(
            client,
            tenant_factory,
            simulator or odoo,
            **options,  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
async def company(found: Found) -> Company:
    return await found()


@pytest.fixture(scope="session")
async def somewhere(
    client: httpx.AsyncClient, tenant_factory: TenantFactory, odoo17: OdooSimulator
) -> Company:
    """A company for what the gateway decides by itself."""
    return await found_company(client, tenant_factory, odoo17)


@pytest.fixture(scope="session")
async def everywhere(
    client: httpx.AsyncClient, tenant_factory: TenantFactory, each_odoo: OdooSimulator
) -> Company:
    """A company at each version, for tests that leave nothing behind that others count."""
    return await found_company(client, tenant_factory, each_odoo)


@pytest.fixture(scope="session")
async def other_process(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a second application on the same database and the same Redis."""
    built = build_app(settings)
    async with running(built):
        transport = Elsewhere(app=built, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://second.test") as opened:
            yield opened


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port where connections are refused."""
    with refusing_port() as port:
        yield port


@asynccontextmanager
async def gateway_with(
    resources: Resources, limits: CallLimits | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway of its own, with limits a test can reach."""
    endpoint = GatewayEndpoint(limits)
    before = dict(resources.extensions)
    await endpoint.open(resources, TokenAuthenticator(resources))
    resources.extensions.clear()
    resources.extensions.update(before)
    try:
        observed = Observation(
            endpoint,
            observers=[],
            client_address=ClientAddress([]),
            max_body=resources.settings.max_body_bytes,
            max_upload=resources.settings.max_upload_bytes,
        )
        transport = httpx.ASGITransport(app=observed, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as opened:
            yield opened
    finally:
        await endpoint.close()
