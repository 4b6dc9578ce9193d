"""Registering oneself: by a mailed link, telling nobody who has an account."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from bridgecore.domains.identity import events, jobs
from bridgecore.domains.identity import service as identity
from bridgecore.entrypoints.app import build_app
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.factories.lifespan import running
from tests.factories.tenants import PASSWORD, TenantFactory
from tests.integration.identity.conftest import bearer, some_email

REGISTER = "/api/v1/auth/register"
VERIFY = "/api/v1/auth/verify-email"
RESEND = "/api/v1/auth/resend-verification"
LOGIN = "/api/v1/auth/login"


@pytest.fixture(scope="module")
async def open_client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(settings.model_copy(update={"registration_enabled": True}))
    network = ".".join(["10", *(str(secrets.randbelow(256)) for _ in range(3))])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(network, 40_000))
    async with (
        running(app),
        httpx.AsyncClient(transport=transport, base_url="http://platform.test") as opened,
    ):
        yield opened


async def register(
    client: httpx.AsyncClient, email: str, *, password: str = PASSWORD, **more: Any
) -> httpx.Response:
    body = {"email": email, "password": password, "full_name": "New Comer", **more}
    return await client.post(REGISTER, json=body)


async def work(resources: Resources) -> int:
    """Carry out what was enqueued; returns how many jobs that were."""
    specs = {spec.name: spec.run for spec in jobs.JOBS}
    done = 0
    async with resources.database.platform() as session:
        rows = (
            await session.execute(
                text(
                    "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo'"
                    " AND task_name LIKE 'identity.send_verification%' ORDER BY id"
                )
            )
        ).all()
    for row in rows:
        await specs[row.task_name](resources, **row.args)
        async with resources.database.platform() as session:
            await session.execute(
                text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": row.id}
            )
        done += 1
    return done


async def told(resources: Resources, kind: str, email: str) -> list[dict[str, Any]]:
    async with resources.database.platform() as session:
        rows = await session.execute(
            text(
                "SELECT payload FROM outbox_events WHERE type = :type"
                " AND payload->>'email' = :email ORDER BY sequence"
            ),
            {"type": kind, "email": email},
        )
        return [row.payload for row in rows]


async def links(resources: Resources, email: str) -> list[str]:
    """The tokens that were mailed to an address, the newest last."""
    await work(resources)
    found = await told(resources, events.EMAIL_VERIFICATION_REQUESTED, email)
    return [await identity.open_sealed_token(resources, payload) for payload in found]


async def sign_in(
    client: httpx.AsyncClient, email: str, *, password: str = PASSWORD
) -> httpx.Response:
    return await client.post(LOGIN, json={"email": email, "password": password})


async def test_closed_by_default(client: httpx.AsyncClient, resources: Resources) -> None:
    email = some_email()
    for path, body in (
        (REGISTER, {"email": email, "password": PASSWORD, "full_name": "N"}),
        (RESEND, {"email": email}),
        (VERIFY, {"token": "bc_verify_x"}),
    ):
        answer = await client.post(path, json=body)
        assert answer.status_code == 403, path
        assert "administrator" in answer.json()["detail"]
    assert await links(resources, email) == []


async def test_from_registration_to_the_first_sign_in(
    open_client: httpx.AsyncClient, resources: Resources
) -> None:
    email = some_email()
    answer = await register(open_client, email.upper(), locale="ru")
    assert answer.status_code == 202, answer.text
    (token,) = await links(resources, email)
    (payload,) = await told(resources, events.EMAIL_VERIFICATION_REQUESTED, email)
    assert payload["full_name"] == "New Comer"
    assert payload["locale"] == "ru"
    assert token not in str(payload)
    wrong = await sign_in(open_client, email, password="not the password")
    unknown = await sign_in(open_client, some_email())
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["detail"] == unknown.json()["detail"]
    waiting = await sign_in(open_client, email)
    assert waiting.status_code == 403
    assert waiting.json()["code"] == "EMAIL_NOT_VERIFIED"
    done = await open_client.post(VERIFY, json={"token": token})
    assert done.status_code == 200, done.text
    found = await sign_in(open_client, email)
    assert found.status_code == 200, found.text
    assert found.json()["user_type"] == "person"
    assert found.json()["user"]["full_name"] == "New Comer"
    me = await open_client.get("/api/v1/auth/me", headers=bearer(found.json()["access_token"]))
    assert me.json()["tenants"] == []
    assert me.json()["locale"] == "ru"
    async with resources.database.platform() as session:
        entry = await session.scalar(
            text(
                "SELECT count(*) FROM audit_entries WHERE action = 'user.created'"
                " AND target_id = :id AND correlation_id = :correlation"
            ),
            {"id": me.json()["id"], "correlation": done.headers["x-correlation-id"]},
        )
    assert entry == 1
    assert (await open_client.post(VERIFY, json={"token": token})).status_code == 400


@pytest.mark.parametrize("token", ["bc_verify_garbage", "x", "\u0000", "é" * 50])
async def test_links_that_were_never_mailed(open_client: httpx.AsyncClient, token: str) -> None:
    assert (await open_client.post(VERIFY, json={"token": token})).status_code == 400


async def test_a_link_of_another_kind_verifies_nothing(
    open_client: httpx.AsyncClient, resources: Resources
) -> None:
    email = some_email()
    await register(open_client, email)
    (token,) = await links(resources, email)
    reset = {"token": token, "new_password": "an entirely new password"}
    assert (await open_client.post("/api/v1/auth/reset-password", json=reset)).status_code == 400
    assert (await open_client.post(VERIFY, json={"token": token})).status_code == 200


async def test_an_account_is_not_given_away(
    open_client: httpx.AsyncClient, tenant_factory: TenantFactory, resources: Resources
) -> None:
    person = await tenant_factory.member((await tenant_factory.tenant()).id)
    await work(resources)  # what other tests left
    taken = await register(open_client, person.email, password="a password of a stranger")
    free = await register(open_client, some_email(), password="a password of a stranger")
    assert taken.status_code == free.status_code == 202
    assert taken.json() == free.json()
    assert await work(resources) == 2, "both give the same work, so the time tells nothing either"
    assert len(await told(resources, events.ALREADY_REGISTERED, person.email)) == 1
    assert await links(resources, person.email) == []
    stranger = await sign_in(open_client, person.email, password="a password of a stranger")
    assert stranger.status_code == 401
    assert (await sign_in(open_client, person.email)).status_code == 200
    again = [await open_client.post(RESEND, json={"email": e}) for e in (person.email, "x")]
    assert [answer.status_code for answer in again] == [202, 202]
    assert again[0].json() == again[1].json()
    assert await links(resources, person.email) == []


async def test_sent_once_more(open_client: httpx.AsyncClient, resources: Resources) -> None:
    email = some_email()
    await register(open_client, email)
    (first,) = await links(resources, email)
    assert (await open_client.post(RESEND, json={"email": email})).status_code == 202
    _, second = await links(resources, email)
    assert (await open_client.post(VERIFY, json={"token": first})).status_code == 400
    assert (await open_client.post(VERIFY, json={"token": second})).status_code == 200
    await open_client.post(RESEND, json={"email": email})
    assert len(await links(resources, email)) == 2, "nobody waits for one any more"


async def test_each_link_is_of_its_own_registration(
    open_client: httpx.AsyncClient, resources: Resources
) -> None:
    """Who opens the link that followed their registration gets the password they chose."""
    email = some_email()
    await register(open_client, email, password="what the owner chose")
    await register(open_client, email, password="what a stranger chose")
    owners, strangers = await links(resources, email)
    assert (await open_client.post(VERIFY, json={"token": owners})).status_code == 200
    assert (await open_client.post(VERIFY, json={"token": strangers})).status_code == 400
    assert (await sign_in(open_client, email, password="what a stranger chose")).status_code == 401
    assert (await sign_in(open_client, email, password="what the owner chose")).status_code == 200


async def test_a_registration_does_not_hold_an_address(
    open_client: httpx.AsyncClient, tenant_factory: TenantFactory, resources: Resources
) -> None:
    """Somebody is given a place meanwhile: a stranger's password is not on their account."""
    email = some_email()
    await register(open_client, email, password="what a stranger chose")
    (token,) = await links(resources, email)
    member = await tenant_factory.member((await tenant_factory.tenant()).id, email=email)
    stranger = await sign_in(open_client, email, password="what a stranger chose")
    assert stranger.status_code == 401
    late = await open_client.post(VERIFY, json={"token": token})
    assert late.status_code == 400
    assert "already" in late.json()["detail"]
    assert (await sign_in(open_client, member.email)).status_code == 200


async def test_a_link_ends(open_client: httpx.AsyncClient, resources: Resources) -> None:
    email = some_email()
    await register(open_client, email)
    (token,) = await links(resources, email)
    async with resources.database.platform() as session:
        await session.execute(
            text("UPDATE one_time_tokens SET expires_at = now() WHERE email = :email"),
            {"email": email},
        )
    assert (await open_client.post(VERIFY, json={"token": token})).status_code == 400
    assert (await sign_in(open_client, email)).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"password": "short"},
        {"password": "password123"},
        {"email": "nobody"},
        {"full_name": ""},
        {"full_name": "nul\u0000"},
        {"locale": "klingon"},
        {"role": "owner"},
    ],
)
async def test_what_is_refused(open_client: httpx.AsyncClient, change: dict[str, str]) -> None:
    body = {"email": some_email(), "password": PASSWORD, "full_name": "N", **change}
    answer = await open_client.post(REGISTER, json=body)
    assert answer.status_code == 422, answer.text


async def test_an_address_is_not_flooded(open_client: httpx.AsyncClient) -> None:
    email = some_email()
    answers = [await register(open_client, email) for _ in range(7)]
    assert answers[-1].status_code == 429
    assert [answer.status_code for answer in answers[:5]] == [202] * 5
    assert int(answers[-1].headers["retry-after"]) >= 1
    more = [await open_client.post(RESEND, json={"email": email}) for _ in range(7)]
    assert more[-1].status_code == 429


async def test_the_password_is_kept_as_a_hash_alone(
    open_client: httpx.AsyncClient, resources: Resources
) -> None:
    email, password = some_email(), "a password like no other"
    await register(open_client, email, password=password)
    async with resources.database.platform() as session:
        row = await session.scalar(
            text("SELECT one_time_tokens::text FROM one_time_tokens WHERE email = :email"),
            {"email": email},
        )
        waiting = (
            await session.execute(text("SELECT args::text FROM procrastinate_jobs"))
        ).scalars()
    assert "$argon2id$" in row
    assert password not in row
    assert not [args for args in waiting if password in args or "argon2id" in args]
    (token,) = await links(resources, email)
    assert (await open_client.post(VERIFY, json={"token": token})).status_code == 200
    async with resources.database.platform() as session:
        held = await session.scalar(
            text("SELECT details FROM one_time_tokens WHERE email = :email"), {"email": email}
        )
    assert held == {}, "what the account has by now need not lie about here"
