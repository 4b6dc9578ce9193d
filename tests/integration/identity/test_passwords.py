"""Passwords over HTTP: throttled, changed, forgotten, and those that must be changed first."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import bcrypt
import httpx
import pytest
from sqlalchemy import text

from bridgecore.domains.identity import events, jobs
from bridgecore.domains.identity import service as identity
from bridgecore.domains.identity.errors import LoginThrottled
from bridgecore.domains.identity.service.throttling import FREE_BY_ADDRESS, SignInThrottle
from bridgecore.infra.resources import Resources
from bridgecore.infra.telemetry import client_address
from tests.factories.tenants import PASSWORD, SignedIn, TenantFactory
from tests.integration.identity.conftest import Browser, bearer, some_email

APP = "/api/v1/auth/tenant/login"
NEW = "an entirely new password"


@pytest.fixture
async def person(tenant_factory: TenantFactory) -> SignedIn:
    return await tenant_factory.member((await tenant_factory.tenant()).id)


@pytest.mark.parametrize("known", [True, False])
async def test_guessing_is_slowed_down_whether_or_not_there_is_such_an_account(
    browser: Browser, person: SignedIn, known: bool
) -> None:
    email = person.email if known else some_email()
    answers = [await browser.login(APP, email, password=f"guess {n}") for n in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
    assert answers[-1].json()["code"] == "LOGIN_THROTTLED"
    assert int(answers[-1].headers["Retry-After"]) >= 1
    if known:  # not even the right one gets in meanwhile
        assert (await browser.login(APP, email)).status_code == 429


async def test_an_office_that_signs_in_well_is_never_slowed_down(resources: Resources) -> None:
    throttle = SignInThrottle(resources.redis)
    token = client_address.set(f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1")
    try:
        for _ in range(FREE_BY_ADDRESS + 10):
            email = some_email()
            await throttle.attempt(email)
            await throttle.succeeded(email)
        for _ in range(FREE_BY_ADDRESS):
            await throttle.attempt(some_email())
        with pytest.raises(LoginThrottled):
            for _ in range(3):
                await throttle.attempt(some_email())
    finally:
        client_address.reset(token)


async def test_changing_it_ends_every_other_session(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn
) -> None:
    elsewhere = await browser.tokens(person.email)
    path = "/api/v1/auth/change-password"

    async def change(current: str, new: str) -> httpx.Response:
        return await client.post(
            path, json={"current_password": current, "new_password": new}, headers=person.headers
        )

    assert (await change("not mine", NEW)).status_code == 403
    assert (await change(PASSWORD, "password123")).status_code == 422
    assert (await change(PASSWORD, PASSWORD)).status_code == 422
    assert (await change(PASSWORD, person.email)).status_code == 422
    done = await change(PASSWORD, NEW)
    assert done.status_code == 200, done.text
    for token in (person.access_token, done.json()["access_token"]):
        assert (await client.get("/api/v1/auth/me", headers=bearer(token))).status_code == 200
    gone = await client.get("/api/v1/auth/me", headers=bearer(elsewhere["access_token"]))
    assert gone.status_code == 401
    assert (await browser.login(APP, person.email)).status_code == 401
    assert (await browser.login(APP, person.email, password=NEW)).status_code == 200


async def test_a_first_password_opens_nothing_until_it_is_changed(
    client: httpx.AsyncClient, browser: Browser, resources: Resources
) -> None:
    email = some_email("admin")
    async with resources.database.platform() as session:
        assert await identity.seed_staff(session, email=email, password=PASSWORD)
        assert not await identity.seed_staff(session, email=email, password="other")
    found = await browser.tokens(email, path="/admin/auth/login")
    assert found["user"]["must_change_password"] is True  # type: ignore[index]
    headers = bearer(found["access_token"])
    for path in ("/admin/users", "/admin/staff", "/admin/plans", "/api/v1/auth/sessions"):
        answer = await client.get(path, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["code"] == "PASSWORD_CHANGE_REQUIRED"
    assert (await client.get("/admin/auth/me", headers=headers)).status_code == 200
    refreshed = await client.post(
        "/admin/auth/refresh", json={"refresh_token": found["refresh_token"]}
    )
    assert refreshed.status_code == 200
    done = await client.post(
        "/admin/auth/change-password",
        json={"current_password": PASSWORD, "new_password": NEW},
        headers=bearer(refreshed.json()["access_token"]),
    )
    assert done.status_code == 200, done.text
    free = bearer(done.json()["access_token"])
    assert (await client.get("/admin/users", headers=free)).status_code == 200


async def test_a_members_first_password_closes_the_gateway_too(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn
) -> None:
    email = some_email()
    body = {"email": email, "full_name": "N", "role": "user", "password": "a first password"}
    await client.post("/api/v1/members", json=body, headers=person.headers)
    found = (await browser.login(APP, email, password="a first password")).json()
    answer = await client.post(
        "/api/v1/odoo/search_read",
        json={"model": "res.partner"},
        headers=bearer(found["access_token"]),
    )
    assert answer.status_code == 403
    assert answer.json()["code"] == "PASSWORD_CHANGE_REQUIRED"


async def requested(resources: Resources, email: str) -> list[dict[str, Any]]:
    async with resources.database.platform() as session:
        rows = await session.execute(
            text(
                "SELECT payload FROM outbox_events WHERE type = :type"
                " AND payload->>'email' = :email ORDER BY sequence"
            ),
            {"type": events.PASSWORD_RESET_REQUESTED, "email": email},
        )
        return [row.payload for row in rows]


async def waiting(resources: Resources, email: str) -> int:
    async with resources.database.platform() as session:
        found = await session.scalar(
            text("SELECT count(*) FROM procrastinate_jobs WHERE args->>'email' = :email"),
            {"email": email},
        )
    return int(found or 0)


async def test_a_forgotten_password(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn, resources: Resources
) -> None:
    unknown = some_email()
    answers = [
        await client.post("/api/v1/auth/forgot-password", json={"email": email})
        for email in (person.email, unknown)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    send = next(spec.run for spec in jobs.JOBS if spec.name == "identity.send_password_link")
    for email in (person.email, unknown):
        # both have been given the same work, so the time tells nothing either
        assert await waiting(resources, email) == 1
        await send(resources, email=email)
    assert await requested(resources, unknown) == []
    (payload,) = await requested(resources, person.email)
    token = await identity.open_sealed_token(resources, payload)
    assert token not in str(payload)
    body = {"token": token, "new_password": NEW}
    weak = await client.post("/api/v1/auth/reset-password", json={**body, "new_password": "weak"})
    assert weak.status_code == 422
    done = await client.post("/api/v1/auth/reset-password", json=body)
    assert done.status_code == 200, done.text
    assert (await client.get("/api/v1/auth/me", headers=person.headers)).status_code == 401
    assert (await browser.login(APP, person.email, password=NEW)).status_code == 200
    for used in (token, "bc_reset_garbage"):
        again = await client.post("/api/v1/auth/reset-password", json={**body, "token": used})
        assert again.status_code == 400


async def test_a_member_without_a_password_gets_a_link(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn, resources: Resources
) -> None:
    email = some_email()
    made = await client.post(
        "/api/v1/members", json={"email": email, "full_name": "N"}, headers=person.headers
    )
    assert made.status_code == 201
    assert (await browser.login(APP, email, password="")).status_code == 422
    (payload,) = await requested(resources, email)
    token = await identity.open_sealed_token(resources, payload)
    done = await client.post(
        "/api/v1/auth/reset-password", json={"token": token, "new_password": NEW}
    )
    assert done.status_code == 200
    assert (await browser.login(APP, email, password=NEW)).status_code == 200


async def test_imported_people_sign_in_and_leave_bcrypt_behind(
    browser: Browser, person: SignedIn, resources: Resources
) -> None:
    imported = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    async with resources.database.platform() as session:
        await session.execute(
            text("UPDATE users SET password_hash = :hash WHERE id = :id"),
            {"hash": imported, "id": person.user_id},
        )
    # three devices at the same instant: each finds the old hash, one replaces it
    answers = await asyncio.gather(*(browser.login(APP, person.email) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200] * 3
    async with resources.database.platform() as session:
        found = await session.scalar(
            text("SELECT password_hash FROM users WHERE id = :id"), {"id": person.user_id}
        )
    assert found.startswith("$argon2id$")
