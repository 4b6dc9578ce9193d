"""Refresh tokens through their life: rotation, reuse, grace; sessions of apps and of browsers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from starlette.types import ASGIApp

from bridgecore.infra.resources import Resources
from tests.factories.tenants import PASSWORD, SignedIn, TenantFactory
from tests.integration.identity.conftest import Browser, bearer

REFRESH = "/api/v1/auth/refresh"
APP_REFRESH = "/api/v1/auth/tenant/refresh"


@pytest.fixture
async def person(tenant_factory: TenantFactory) -> SignedIn:
    tenant = await tenant_factory.tenant()
    return await tenant_factory.member(tenant.id)


@pytest.fixture
async def tab(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of its own, which keeps cookies."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://platform.test") as opened:
        yield opened


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(REFRESH, json={"refresh_token": token})


async def passed(resources: Resources, user_id: UUID, column: str, seconds: int) -> None:
    """Let time pass for a person's sessions."""
    async with resources.database.platform() as session:
        await session.execute(
            text(
                f"UPDATE sessions SET {column} = {column} - make_interval(secs => :seconds)"
                " WHERE user_id = :user_id"
            ),
            {"seconds": seconds, "user_id": user_id},
        )


async def test_refresh_tokens_rotate(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn
) -> None:
    token = (await browser.tokens(person.email))["refresh_token"]
    seen = {token}
    for _ in range(4):
        answer = await refresh(client, token)
        assert answer.status_code == 200, answer.text
        token = answer.json()["refresh_token"]
        me = await client.get("/api/v1/auth/me", headers=bearer(answer.json()["access_token"]))
        assert me.status_code == 200
        seen.add(token)
    assert len(seen) == 5


async def test_the_last_token_gets_the_same_successor_for_a_moment(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn
) -> None:
    token = (await browser.tokens(person.email))["refresh_token"]
    answers = await asyncio.gather(*(refresh(client, token) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    successor = answers[0].json()["refresh_token"]
    assert (await refresh(client, successor)).status_code == 200


async def test_reuse_after_the_moment_ends_the_session_and_every_token_of_it(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn, resources: Resources
) -> None:
    stolen = (await browser.tokens(person.email))["refresh_token"]
    current = (await refresh(client, stolen)).json()
    await passed(resources, person.user_id, "rotated_at", 11)
    answer = await refresh(client, stolen)
    assert answer.status_code == 401
    assert answer.json()["code"] == "TOKEN_REVOKED"
    assert (await refresh(client, current["refresh_token"])).status_code == 401
    me = await client.get("/api/v1/auth/me", headers=bearer(current["access_token"]))
    assert me.status_code == 401
    # other sessions of the person go on
    assert (await client.get("/api/v1/auth/me", headers=person.headers)).status_code == 200


async def test_an_older_token_ends_the_session_even_within_the_moment(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn
) -> None:
    oldest = (await browser.tokens(person.email))["refresh_token"]
    second = (await refresh(client, oldest)).json()["refresh_token"]
    third = (await refresh(client, second)).json()["refresh_token"]
    assert (await refresh(client, oldest)).status_code == 401
    assert (await refresh(client, third)).status_code == 401


async def test_an_app_keeps_one_refresh_token_for_30_days_from_its_last_use(
    client: httpx.AsyncClient, person: SignedIn, resources: Resources
) -> None:
    day = 86_400
    for _ in range(3):
        await passed(resources, person.user_id, "expires_at", 29 * day)
        answer = await client.post(APP_REFRESH, json={}, headers=bearer(person.refresh_token))
        assert answer.status_code == 200, answer.text
        assert answer.json()["refresh_token"] == person.refresh_token
        assert answer.json()["expires_in"] > 30
    by_body = await client.post(APP_REFRESH, json={"refresh_token": person.refresh_token})
    assert by_body.status_code == 200
    await passed(resources, person.user_id, "expires_at", 31 * day)
    late = await client.post(APP_REFRESH, json={}, headers=bearer(person.refresh_token))
    assert late.status_code == 401
    assert late.json()["code"] == "TOKEN_EXPIRED"


async def test_an_access_token_does_not_refresh(
    client: httpx.AsyncClient, person: SignedIn
) -> None:
    for path in (REFRESH, APP_REFRESH, "/admin/auth/refresh"):
        assert (await client.post(path, headers=person.headers)).status_code == 401
        assert (await client.post(path, json={"refresh_token": "x"})).status_code == 401
        assert (await client.post(path)).status_code == 401


async def test_a_refresh_token_opens_nothing_else(
    client: httpx.AsyncClient, person: SignedIn
) -> None:
    answer = await client.get("/api/v1/auth/me", headers=bearer(person.refresh_token))
    assert answer.status_code == 401


async def test_signing_out_ends_the_session_and_never_fails(
    client: httpx.AsyncClient, person: SignedIn
) -> None:
    path = "/api/v1/auth/tenant/logout"
    assert (await client.post(path, json={}, headers=person.headers)).status_code == 200
    assert (await client.get("/api/v1/auth/me", headers=person.headers)).status_code == 401
    answer = await client.post(APP_REFRESH, headers=bearer(person.refresh_token))
    assert answer.json()["code"] == "TOKEN_REVOKED"
    for headers in (person.headers, bearer("dead"), {}):
        assert (await client.post(path, headers=headers)).status_code == 200


async def test_a_dashboard_keeps_its_refresh_token_in_a_cookie(
    tab: httpx.AsyncClient, person: SignedIn
) -> None:
    answer = await tab.post(
        "/api/v1/auth/login",
        json={"email": person.email, "password": PASSWORD},
        headers={"X-Session": "cookie"},
    )
    assert answer.json()["refresh_token"] is None
    assert answer.json()["expires_in"] == 900
    cookie = answer.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=strict", "Secure", "Path=/api/v1/auth;"):
        assert part in f"{cookie};"
    first = tab.cookies["bc_refresh"]
    answer = await tab.post(REFRESH)
    assert answer.status_code == 200, answer.text
    assert answer.json()["expires_in"] == 900
    assert tab.cookies["bc_refresh"] != first
    out = await tab.post("/api/v1/auth/logout", headers=bearer(answer.json()["access_token"]))
    assert out.status_code == 200
    assert "bc_refresh" not in tab.cookies
    assert (await tab.post(REFRESH)).status_code == 401


async def test_the_staff_dashboard_has_a_cookie_of_its_own(
    tab: httpx.AsyncClient, staff: SignedIn
) -> None:
    answer = await tab.post(
        "/admin/auth/login", json={"email": staff.email, "password": PASSWORD, "cookie": True}
    )
    assert answer.json()["expires_in"] == 900
    assert "Path=/admin/auth" in answer.headers["set-cookie"]
    answer = await tab.post("/admin/auth/refresh")
    assert answer.status_code == 200, answer.text
    headers = bearer(answer.json()["access_token"])
    assert (await tab.get("/admin/auth/me", headers=headers)).status_code == 200
    assert (await tab.post("/admin/auth/logout")).status_code == 200
    assert (await tab.get("/admin/auth/me", headers=headers)).status_code == 401


async def test_people_see_and_end_their_sessions(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn
) -> None:
    second = await browser.tokens(person.email)
    listed = (await client.get("/api/v1/auth/sessions", headers=person.headers)).json()
    assert listed["total"] == 2
    assert [entry["current"] for entry in listed["items"]].count(True) == 1
    other = next(entry for entry in listed["items"] if not entry["current"])
    path = f"/api/v1/auth/sessions/{other['id']}"
    assert (await client.delete(path, headers=person.headers)).status_code == 204
    gone = await client.get("/api/v1/auth/me", headers=bearer(second["access_token"]))
    assert gone.status_code == 401
    assert (await client.delete(path, headers=person.headers)).status_code == 404
    third = await browser.tokens(person.email)
    await client.delete("/api/v1/auth/sessions", headers=person.headers)
    gone = await client.get("/api/v1/auth/me", headers=bearer(third["access_token"]))
    assert gone.status_code == 401
    assert (await client.get("/api/v1/auth/me", headers=person.headers)).status_code == 200


async def test_nobody_ends_sessions_of_others(
    client: httpx.AsyncClient, tenant_factory: TenantFactory, person: SignedIn
) -> None:
    stranger = await tenant_factory.member((await tenant_factory.tenant()).id)
    listed = (await client.get("/api/v1/auth/sessions", headers=person.headers)).json()
    session_id = listed["items"][0]["id"]
    path = f"/api/v1/auth/sessions/{session_id}"
    assert (await client.delete(path, headers=stranger.headers)).status_code == 404
    assert (await client.get("/api/v1/auth/me", headers=person.headers)).status_code == 200


async def test_the_database_holds_no_token_in_clear(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn, resources: Resources
) -> None:
    token = (await browser.tokens(person.email))["refresh_token"]
    successor = (await refresh(client, token)).json()["refresh_token"]
    async with resources.database.platform() as session:
        rows = await session.execute(
            text("SELECT s::text FROM sessions s WHERE user_id = :id"), {"id": person.user_id}
        )
        stored = "".join(row[0] for row in rows)
    for secret in (token, successor):
        for part in secret.split("."):
            assert part not in stored
            assert part.encode().hex() not in stored
