"""A company that is watched: conditions are brought about by its own connections."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text

from bridgecore.domains.alerts import jobs, service
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import ConnectionIn, ConnectionStatus
from bridgecore.entrypoints.resources import open_resources
from bridgecore.infra import mail
from bridgecore.infra.outbox import Event, OutboxEvent
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.factories.mail import MailServer, mail_server
from tests.factories.tenants import SignedIn, TenantFactory

ODOO = {
    "url": "http://127.0.0.1:9",
    "database": "acme",
    "username": "robot",
    "password": "a-planted-Passw0rd",
}


@dataclass
class Company:
    """A tenant with an owner and one connection."""

    id: UUID
    owner: SignedIn
    connection_id: UUID
    http: httpx.AsyncClient
    resources: Resources

    async def call(self, method: str, path: str, by: SignedIn | None = None, **given: Any) -> Any:
        """A good answer's JSON."""
        answer = await self.http.request(
            method, f"/api/v1/{path}", headers=(by or self.owner).headers, **given
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def rule(self, kind: str = "server_down") -> dict[str, Any]:
        rules = await self.call("GET", "alerts/rules")
        return next(each for each in rules if each["kind"] == kind)

    async def alerts(self, status: str | None = None) -> list[dict[str, Any]]:
        params = {} if status is None else {"status": status}
        found: list[dict[str, Any]] = (await self.call("GET", "alerts", params=params))["items"]
        return found

    async def told(self, by: SignedIn | None = None) -> list[tuple[str, str]]:
        """(event, kind) of the notifications of a person, oldest first."""
        found = (await self.call("GET", "notifications", by))["items"]
        return [(each["event"], each["kind"]) for each in reversed(found)]

    async def server(self, *, up: bool) -> None:
        """What a check of the connection finds."""
        await connections.note_status(
            self.resources,
            self.id,
            self.connection_id,
            ConnectionStatus.OK if up else ConnectionStatus.FAILING,
            None if up else "connection refused",
        )

    async def evaluate(self, *kinds: str) -> None:
        await service.evaluate_tenant(self.resources, self.id, kinds or None)

    async def pass_minutes(self, minutes: int) -> None:
        """As if what was told and muted had been so many minutes earlier."""
        async with self.resources.database.platform() as session:
            await session.execute(
                text(
                    "UPDATE alerts SET told_at = told_at - make_interval(mins => :minutes),"
                    " muted_until = muted_until - make_interval(mins => :minutes)"
                    " WHERE about_tenant_id = :id"
                ),
                {"minutes": minutes, "id": self.id},
            )

    async def hand_over(self) -> int:
        """Give this domain's consumer what happened to the company, as the outbox would."""
        watch = jobs.consumers(self.resources)[0]
        async with self.resources.database.platform() as session:
            rows = await session.execute(
                select(
                    OutboxEvent.id,
                    OutboxEvent.type,
                    OutboxEvent.tenant_id,
                    OutboxEvent.payload,
                    OutboxEvent.occurred_at,
                )
                .where(OutboxEvent.tenant_id == self.id, OutboxEvent.type.in_(watch.types))
                .order_by(OutboxEvent.sequence)
            )
            happened = [Event(*row) for row in rows]
        async with self.resources.database.platform() as session:
            await watch.handle(session, happened)
        return len(happened)

    async def announced(self, *types: str) -> list[str]:
        async with self.resources.database.platform() as session:
            rows = await session.scalars(
                select(OutboxEvent.type)
                .where(OutboxEvent.tenant_id == self.id, OutboxEvent.type.in_(types))
                .order_by(OutboxEvent.sequence)
            )
            return list(rows)


async def company_of(
    resources: Resources, http: httpx.AsyncClient, factory: TenantFactory
) -> Company:
    tenant = await factory.tenant()
    owner = await factory.member(tenant.id)
    wanted = ConnectionIn(connector="odoo", name="Books", config=ODOO)
    async with resources.database.platform() as session:
        made = await connections.create_connection(session, resources, None, tenant.id, wanted)
    return Company(tenant.id, owner, made.id, http, resources)


@pytest.fixture
async def company(
    resources: Resources, client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> Company:
    return await company_of(resources, client, tenant_factory)


@dataclass
class Mailed:
    """A company whose platform has a mail server."""

    company: Company
    server: MailServer
    resources: Resources

    async def subjects(self, address: str, *, count: int) -> list[str]:
        """Of the mails to an address, once all that are due were sent."""
        await mail.deliver(self.resources)
        found = [str(each["Subject"]) for each in self.server.to(address)]
        assert len(found) == count, found
        return found


@pytest.fixture
async def mailed(
    settings: Settings, client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> AsyncIterator[Mailed]:
    async with _mailing(settings) as (server, resources):
        company = await company_of(resources, client, tenant_factory)
        yield Mailed(company, server, resources)


@asynccontextmanager
async def _mailing(settings: Settings) -> AsyncIterator[tuple[MailServer, Resources]]:
    async with mail_server() as server:
        given = {
            "smtp_host": server.host,
            "smtp_port": server.port,
            "smtp_starttls": False,
            "mail_from": "no-reply@platform.example",
        }
        async with open_resources(settings.model_copy(update=given)) as resources:
            yield server, resources
