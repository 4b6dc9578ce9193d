"""Access tokens of a Supabase project, exchanged for ours over HTTP."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from bridgecore.domains.identity import service as identity
from bridgecore.entrypoints.app import build_app
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.factories.lifespan import running
from tests.factories.tenants import PASSWORD, TenantFactory
from tests.integration.identity.conftest import bearer, some_email
from tests.integration.identity.issuer import Issuer, SigningKey, access_claims, issuing

COMPLETE = "/api/v1/auth/supabase/complete"
KEY = SigningKey.make("project", "ES256")


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as opened:
        opened.keys = [KEY]
        yield opened


@asynccontextmanager
async def platform(settings: Settings, **more: object) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(Settings(**(settings.model_dump() | more)))
    network = ".".join(["10", *(str(secrets.randbelow(256)) for _ in range(3))])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(network, 40_000))
    async with (
        running(app),
        httpx.AsyncClient(transport=transport, base_url="http://platform.test") as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
async def exchange(settings: Settings, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    async with platform(settings, supabase_url=issuer.origin) as opened:
        yield opened


def token_of(
    issuer: Issuer, email: str, *, subject: str | None = None, confirmed: bool = True
) -> str:
    """A token of a project that knows its user so."""
    subject = subject or str(uuid4())
    token = KEY.sign(access_claims(issuer, sub=subject, email=email))
    moment = {"email_confirmed_at": "2026-01-01T00:00:00Z"} if confirmed else {}
    issuer.users[token] = {"id": subject, "email": email, **moment}
    return token


async def complete(client: httpx.AsyncClient, token: str, **more: Any) -> httpx.Response:
    return await client.post(COMPLETE, json={"access_token": token, **more})


async def test_off_unless_configured(client: httpx.AsyncClient, issuer: Issuer) -> None:
    answer = await complete(client, token_of(issuer, some_email()))
    assert answer.status_code == 403
    assert "not switched on" in answer.json()["detail"]


async def test_a_member_comes_by_supabase(
    exchange: httpx.AsyncClient, tenant_factory: TenantFactory, issuer: Issuer
) -> None:
    person = await tenant_factory.member((await tenant_factory.tenant()).id, role="manager")
    subject = str(uuid4())
    answer = await complete(exchange, token_of(issuer, person.email.upper(), subject=subject))
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["user_type"] == "tenant"
    assert found["user"]["role"] == "manager"
    assert found["user"]["id"] == str(person.user_id)
    me = await exchange.get("/api/v1/auth/me", headers=bearer(found["access_token"]))
    assert me.json()["tenant"]["id"] == str(person.tenant_id)
    # known from now on by who they are there: the project is not asked again
    issuer.asked.clear()
    again = await complete(exchange, token_of(issuer, some_email(), subject=subject))
    assert again.json()["user"]["id"] == str(person.user_id)
    assert not [path for path in issuer.asked if path.endswith("/user")]


async def test_many_first_times_at_once_are_one(
    exchange: httpx.AsyncClient,
    tenant_factory: TenantFactory,
    issuer: Issuer,
    resources: Resources,
) -> None:
    person = await tenant_factory.member((await tenant_factory.tenant()).id)
    token = token_of(issuer, person.email)
    answers = await asyncio.gather(*(complete(exchange, token) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    async with resources.database.platform() as session:
        links = await session.scalar(
            text("SELECT count(*) FROM external_identities WHERE user_id = :id"),
            {"id": person.user_id},
        )
        entries = await session.scalar(
            text(
                "SELECT count(*) FROM audit_entries WHERE action = 'identity.linked'"
                " AND target_id = :id"
            ),
            {"id": str(person.user_id)},
        )
    assert (links, entries) == (1, 1)


async def test_addresses_that_prove_nothing(
    exchange: httpx.AsyncClient, tenant_factory: TenantFactory, issuer: Issuer
) -> None:
    person = await tenant_factory.member((await tenant_factory.tenant()).id)
    unconfirmed = await complete(exchange, token_of(issuer, person.email, confirmed=False))
    unknown = await complete(exchange, token_of(issuer, some_email()))
    for answer in (unconfirmed, unknown):
        assert answer.status_code == 403, answer.text
        assert "invitation" in answer.json()["detail"]
    # the token is right, but its session was ended at the project
    over = token_of(issuer, person.email)
    del issuer.users[over]
    answer = await complete(exchange, over)
    assert answer.status_code == 403
    assert answer.json()["code"] == "INVALID_CREDENTIALS"


async def test_forged_tokens_do_not_answer_401(exchange: httpx.AsyncClient, issuer: Issuer) -> None:
    forged = SigningKey.make("project", "ES256").sign(access_claims(issuer))
    answer = await complete(exchange, forged)
    assert answer.status_code == 403
    assert answer.json()["code"] == "INVALID_CREDENTIALS"
    assert forged not in answer.text
    # guessing is slowed down like guessing of passwords
    answers = [await complete(exchange, forged) for _ in range(6)]
    assert answers[-1].status_code == 429


async def test_staff_and_inactive_people_stay_out(
    exchange: httpx.AsyncClient, tenant_factory: TenantFactory, issuer: Issuer, resources: Resources
) -> None:
    email = some_email("staff")
    person = await tenant_factory.member((await tenant_factory.tenant()).id)
    async with resources.database.platform() as session:
        await identity.seed_staff(session, email=email, password=PASSWORD)
        await session.execute(
            text("UPDATE users SET is_active = false WHERE id = :id"), {"id": person.user_id}
        )
    assert (await complete(exchange, token_of(issuer, email))).status_code == 403
    answer = await complete(exchange, token_of(issuer, person.email))
    assert answer.json()["code"] == "ACCOUNT_DISABLED"


async def test_somebody_who_became_staff_gets_no_staff_session(
    exchange: httpx.AsyncClient, tenant_factory: TenantFactory, issuer: Issuer, resources: Resources
) -> None:
    person = await tenant_factory.member((await tenant_factory.tenant()).id)
    subject = str(uuid4())
    token = token_of(issuer, person.email, subject=subject)
    assert (await complete(exchange, token)).status_code == 200
    async with resources.database.platform() as session:
        await session.execute(
            text("UPDATE users SET platform_role = 'super_admin' WHERE id = :id"),
            {"id": person.user_id},
        )
    answer = await complete(exchange, token)
    assert answer.status_code == 200
    assert answer.json()["user_type"] == "tenant"
    headers = bearer(answer.json()["access_token"])
    assert (await exchange.get("/admin/users", headers=headers)).status_code == 403


async def test_signing_up_where_it_is_allowed(
    settings: Settings, issuer: Issuer, resources: Resources
) -> None:
    email = some_email()
    async with platform(settings, supabase_url=issuer.origin, supabase_sign_up=True) as client:
        answer = await complete(client, token_of(issuer, email))
        assert answer.status_code == 200, answer.text
        assert answer.json()["user_type"] == "person"
        assert answer.json()["user"]["full_name"] == "Alice Ash"
        by_password = await client.post(
            "/api/v1/auth/login", json={"email": email, "password": PASSWORD}
        )
        assert by_password.status_code == 401
    async with resources.database.platform() as session:
        verified = await session.scalar(
            text("SELECT email_verified_at IS NOT NULL FROM users WHERE id = :id"),
            {"id": UUID(answer.json()["user"]["id"])},
        )
    assert verified is True


async def test_a_project_that_is_away(settings: Settings, issuer: Issuer) -> None:
    token = token_of(issuer, some_email())
    async with platform(
        settings, supabase_url="http://127.0.0.1:9", supabase_issuer="http://127.0.0.1:9/auth/v1"
    ) as client:
        answer = await complete(client, token)
    assert answer.status_code == 503
    assert "Supabase" in answer.json()["detail"]
    assert int(answer.headers["retry-after"]) > 0
