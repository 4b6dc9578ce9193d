"""An agency's first day: a client made, a person invited by mail, an n8n read, both looking on.

Real processes, a real mail server, n8n simulated over its wire.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from bridgecore.domains.identity import service as identity
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from bridgecore.simulators.n8n import N8nSimulator
from tests.e2e.conftest import platform_running
from tests.factories.mail import MailServer, html, link, mail_server, plain, token_of

FIRST_PASSWORD = "given on the first day"
OWN_PASSWORD = "a password of their own"
PATIENCE_SECONDS = 60.0
INVITATIONS = "/api/v1/auth/invitations"
Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Agency:
    """The running platform and the post that leaves it."""

    http: httpx.AsyncClient
    post: MailServer
    resources: Resources

    async def call(
        self, method: str, path: str, by: Headers | None = None, status: int = 200, **more: Any
    ) -> Any:
        answer = await self.http.request(method, path, headers=by, **more)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def mail_to(self, email: str, count: int = 1) -> EmailMessage:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.post.to(email)) < count:  # noqa: ASYNC110 - a server's list
                await asyncio.sleep(0.1)
        return self.post.to(email)[-1]

    async def invite(self, staff: Headers, client_id: str, email: str) -> tuple[str, str]:
        """The invitation's id, and the token its mail brought."""
        body = {"email": email, "role": "client", "client_id": client_id}
        made = await self.call("POST", INVITATIONS, staff, 201, json=body)
        return made["id"], token_of(await self.mail_to(email))


@pytest.fixture(scope="module")
async def agency(
    settings: Settings, resources: Resources, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Agency]:
    async with (
        mail_server() as post,
        platform_running(
            settings,
            tmp_path_factory.mktemp("agency"),
            worker=True,
            SYNC_ENABLED="true",
            SMTP_HOST=post.host,
            SMTP_PORT=str(post.port),
            SMTP_STARTTLS="false",
            MAIL_FROM="no-reply@agency.example",
            PUBLIC_URL="https://agency.example",
        ) as platform,
        httpx.AsyncClient(base_url=platform.url, timeout=35) as http,
    ):
        yield Agency(http, post, resources)


@pytest.fixture(scope="module")
async def staff(agency: Agency) -> Headers:
    """Somebody who came in with a given password, and had to choose another first."""
    email = f"staff-{secrets.token_hex(4)}@agency.example"
    async with agency.resources.database.platform() as session:
        await identity.seed_staff(
            session, email=email, password=FIRST_PASSWORD, role="admin", must_change=True
        )

    async def sign_in(password: str) -> Headers:
        body = {"email": email, "password": password}
        found = await agency.call("POST", "/admin/auth/login", json=body)
        return {"Authorization": f"Bearer {found['access_token']}"}

    first = await sign_in(FIRST_PASSWORD)
    refused = await agency.call("GET", "/api/v1/clients", first, 403)
    assert refused["code"] == "PASSWORD_CHANGE_REQUIRED"
    change = {"current_password": FIRST_PASSWORD, "new_password": OWN_PASSWORD}
    await agency.call("POST", "/admin/auth/change-password", first, json=change)
    return await sign_in(OWN_PASSWORD)


async def client_named(agency: Agency, staff: Headers, name: str) -> str:
    made = await agency.call("POST", "/api/v1/clients", staff, 201, json={"name": name})
    return str(made["id"])


async def test_from_a_name_to_figures(agency: Agency, staff: Headers) -> None:
    name = f"Acme {secrets.token_hex(3)}"
    client_id = await client_named(agency, staff, name)
    stranger_id = await client_named(agency, staff, f"{name} other")
    email = f"look-{secrets.token_hex(4)}@people.example"
    _, token = await agency.invite(staff, client_id, email)
    mail = await agency.mail_to(email)
    assert link(plain(mail)).startswith("https://agency.example/dashboard/")
    assert token in html(mail)
    offered = await agency.call("POST", f"{INVITATIONS}/look-up", json={"token": token})
    assert (offered["email"], offered["role"]) == (email, "client")
    accept = {"token": token, "password": OWN_PASSWORD}
    await agency.call("POST", f"{INVITATIONS}/accept", json=accept)
    await agency.call("POST", f"{INVITATIONS}/accept", status=410, json=accept)
    signed_in = await agency.call(
        "POST", "/api/v1/auth/login", json={"email": email, "password": OWN_PASSWORD}
    )
    person = {"Authorization": f"Bearer {signed_in['access_token']}"}

    simulator = N8nSimulator()
    await simulator.start()
    try:
        n8n = simulator.installation
        flow = str(n8n.add_workflow("Orders")["id"])
        for status in ("success", "success", "success", "error"):
            n8n.run(flow, status, error="The shop is closed")
        server = {"n8n_api_url": f"{simulator.url}/api/v1", "n8n_api_key": simulator.api_key}
        path = f"/api/v1/clients/{client_id}/n8n-config"
        told = await agency.call("POST", path, staff, json=server)
        assert told["n8n_configured"] is True
        assert simulator.api_key not in str(told)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                own = await agency.call("GET", "/api/v1/metrics/my-metrics", person)
                if own["figures"]["executions"] == 4:
                    break
                await asyncio.sleep(1)  # each look counts against the plan's hour
    finally:
        await simulator.stop()

    assert (own["figures"]["success"], own["figures"]["error"]) == (3, 1)
    flows = await agency.call("GET", "/api/v1/metrics/my-workflows", person)
    assert len(flows["workflows"]) == 1
    seen = await agency.call("GET", f"/api/v1/metrics/client/{client_id}", staff)
    assert seen["figures"] == own["figures"]
    assert client_id in str(await agency.call("GET", "/api/v1/metrics/all", staff))
    other = await agency.call("GET", f"/api/v1/metrics/client/{stranger_id}", staff)
    assert other["figures"]["executions"] == 0
    table = await agency.http.get("/api/v1/metrics/my-executions.csv", headers=person)
    assert table.headers["content-type"].startswith("text/csv")
    assert len(table.text.strip().splitlines()) == 5
    for elsewhere in (f"metrics/client/{stranger_id}", "metrics/all", "clients"):
        await agency.call("GET", f"/api/v1/{elsewhere}", person, 403)
    switch = {"tenant": stranger_id}
    answer = await agency.http.post("/api/v1/auth/switch-tenant", json=switch, headers=person)
    assert answer.status_code in (403, 404), answer.text


async def test_a_revoked_and_a_guessed_invitation_let_nobody_in(
    agency: Agency, staff: Headers
) -> None:
    client_id = await client_named(agency, staff, f"Closed {secrets.token_hex(3)}")
    email = f"late-{secrets.token_hex(4)}@people.example"
    invitation, token = await agency.invite(staff, client_id, email)
    await agency.call("DELETE", f"/api/v1/invitations/{invitation}", staff, 204)
    for tried, status in ((token, 410), (secrets.token_urlsafe(32), 404)):
        accept = {"token": tried, "password": OWN_PASSWORD}
        await agency.call("POST", f"{INVITATIONS}/accept", status=status, json=accept)
    sign_in = {"email": email, "password": OWN_PASSWORD}
    await agency.call("POST", "/api/v1/auth/login", status=401, json=sign_in)


async def test_a_key_that_does_not_fit_is_told_of(agency: Agency, staff: Headers) -> None:
    client_id = await client_named(agency, staff, f"Locked {secrets.token_hex(3)}")
    simulator = N8nSimulator()
    await simulator.start()
    try:
        path = f"/api/v1/clients/{client_id}/n8n-config"
        server = {"n8n_api_url": f"{simulator.url}/api/v1", "n8n_api_key": "not-the-key"}
        told = await agency.call("POST", path, staff, json=server)
        stored = told["servers"][0]["connection_id"]
        tried = await agency.call("POST", f"{path}/{stored}/test", staff)
        assert tried["success"] is False
        assert "API key" in tried["problem"]
        right = {"n8n_api_key": simulator.api_key}
        await agency.call("POST", path, staff, json=right)
        tried = await agency.call("POST", f"{path}/{stored}/test", staff)
        assert tried["success"] is True
    finally:
        await simulator.stop()
