"""Sign-in with Microsoft against a real OpenID provider in a process of its own."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import pyotp
import pytest
import structlog
from sqlalchemy import text

from bridgecore.domains.identity import service as identity
from bridgecore.entrypoints.app import build_app
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from bridgecore.kit.ids import uuid7
from tests.factories.lifespan import running
from tests.factories.tenants import PASSWORD, SignedIn, TenantFactory
from tests.integration.identity import entra
from tests.integration.identity.conftest import Browser, bearer

RUN = secrets.token_hex(4)
CONFIG = "/api/v1/auth/microsoft/config"
COMPLETE = "/api/v1/auth/microsoft/complete"
PEOPLE = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")


def address(login: str) -> str:
    return f"{login}-{RUN}@corp.example"


def _claims() -> dict[str, dict[str, Any]]:
    people: dict[str, dict[str, Any]] = {
        login: {"oid": str(uuid7()), "name": login.title(), "email": address(login)}
        for login in PEOPLE
    }
    people["stranger"] = {"oid": str(uuid7()), "name": "S", "email": f"s-{RUN}@elsewhere.example"}
    people["guest"] = {**people["alice"], "oid": str(uuid7()), "idp": "https://sts.other.example/"}
    people["mute"] = {"oid": str(uuid7()), "name": "Mute"}
    people["odd"] = {"name": "Odd", "email": address("odd")}
    return people


@pytest.fixture(scope="module")
async def origin() -> AsyncIterator[str]:
    async with entra.provider(_claims()) as found:
        yield found


@asynccontextmanager
async def platform(settings: Settings, **more: object) -> AsyncIterator[httpx.AsyncClient]:
    """The application with sign-in by Microsoft switched on, and a client of it."""
    changed = settings.model_dump() | {
        "microsoft_client_id": entra.CLIENT_ID,
        "microsoft_client_secret": entra.CLIENT_SECRET,
        "microsoft_tenant_id": entra.TENANT,
        "microsoft_redirect_uris": [entra.BACK],
        "microsoft_email_domains": ["corp.example"],
        **more,
    }
    app = build_app(Settings(**changed))
    network = ".".join(["10", *(str(secrets.randbelow(256)) for _ in range(3))])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(network, 40_000))
    async with (
        running(app),
        httpx.AsyncClient(transport=transport, base_url="http://platform.test") as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
async def open_client(settings: Settings, origin: str) -> AsyncIterator[httpx.AsyncClient]:
    async with platform(settings, microsoft_authority=origin) as opened:
        yield opened


async def member(tenants: TenantFactory, login: str) -> SignedIn:
    return await tenants.member((await tenants.tenant()).id, email=address(login))


async def prove(resources: Resources, user_id: UUID) -> None:
    """The address of this person was verified before."""
    async with resources.database.platform() as session:
        await session.execute(
            text("UPDATE users SET email_verified_at = now() WHERE id = :id"), {"id": user_id}
        )


async def trail(resources: Resources, action: str, user_id: UUID) -> int:
    async with resources.database.platform() as session:
        found = await session.scalar(
            text("SELECT count(*) FROM audit_entries WHERE action = :a AND target_id = :id"),
            {"a": action, "id": str(user_id)},
        )
    return int(found or 0)


async def test_off_unless_configured(client: httpx.AsyncClient) -> None:
    config = await client.get(CONFIG)
    assert config.status_code == 200
    assert config.json()["enabled"] is False
    assert not [name for name, value in config.json().items() if name != "enabled" and value]
    body = {"code": "c", "state": "s", "code_verifier": "v" * 43}
    answer = await client.post(COMPLETE, json=body)
    assert answer.status_code == 403
    assert "not switched on" in answer.json()["detail"]


async def test_what_a_client_is_told(open_client: httpx.AsyncClient, origin: str) -> None:
    answer = await open_client.get(CONFIG)
    assert answer.headers["cache-control"] == "no-store"
    config = answer.json()
    assert config["enabled"] is True
    assert config["client_id"] == entra.CLIENT_ID
    assert config["authority"] == f"{origin}/{entra.TENANT}"
    assert config["redirect_uri"] == entra.BACK
    assert config["scopes"] == ["openid", "profile", "email"]
    assert config["expires_in"] == 600
    query = dict(httpx.URL(config["authorization_url"]).params)
    for name in ("state", "nonce", "code_challenge", "code_challenge_method"):
        assert query[name] == config[name]
    again = (await open_client.get(CONFIG)).json()
    for name in ("state", "nonce", "code_verifier"):
        assert again[name] != config[name]
    assert entra.CLIENT_SECRET not in answer.text
    elsewhere = await open_client.get(CONFIG, params={"redirect_uri": "https://evil.example/"})
    assert elsewhere.status_code == 422


async def test_a_member_signs_in(
    open_client: httpx.AsyncClient, tenant_factory: TenantFactory, resources: Resources
) -> None:
    person = await member(tenant_factory, "alice")
    await prove(resources, person.user_id)
    with structlog.testing.capture_logs() as logs:
        answer = await entra.whole(open_client, "alice")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    byname = await open_client.post(
        "/api/v1/auth/login", json={"email": person.email, "password": PASSWORD}
    )
    assert byname.status_code == 200, "a proven address keeps its password"
    assert found.keys() == byname.json().keys()
    assert found["user_type"] == "tenant"
    assert found["user"]["id"] == str(person.user_id)
    assert found["tenant"]["id"] == str(person.tenant_id)
    me = await open_client.get("/api/v1/auth/me", headers=bearer(found["access_token"]))
    assert me.json()["email"] == person.email
    renewed = await open_client.post(
        "/api/v1/auth/refresh", json={"refresh_token": found["refresh_token"]}
    )
    assert renewed.status_code == 200
    assert await trail(resources, "identity.linked", person.user_id) == 1
    assert found["access_token"] not in str(logs)
    # by who they are there from now on, whatever becomes of the address
    async with resources.database.platform() as session:
        await session.execute(
            text("UPDATE users SET email = :new WHERE id = :id"),
            {"new": f"renamed-{RUN}@corp.example", "id": person.user_id},
        )
    again = await entra.whole(open_client, "alice")
    assert again.json()["user"]["id"] == str(person.user_id)
    assert await trail(resources, "identity.linked", person.user_id) == 1


async def test_a_password_set_by_others_goes_when_the_owner_of_the_address_comes(
    open_client: httpx.AsyncClient, browser: Browser, tenant_factory: TenantFactory
) -> None:
    person = await member(tenant_factory, "bob")
    answer = await entra.whole(open_client, "bob")
    assert answer.status_code == 200, answer.text
    gone = await open_client.get("/api/v1/auth/me", headers=person.headers)
    assert gone.status_code == 401
    assert (await browser.login("/api/v1/auth/login", person.email)).status_code == 401
    assert (await entra.whole(open_client, "bob")).status_code == 200


async def test_our_second_factor_is_asked_for(
    open_client: httpx.AsyncClient, tenant_factory: TenantFactory, resources: Resources
) -> None:
    person = await member(tenant_factory, "carol")
    await prove(resources, person.user_id)
    enrolment = await open_client.post(
        "/api/v1/auth/totp/enrol", json={"password": PASSWORD}, headers=person.headers
    )
    totp = pyotp.TOTP(enrolment.json()["secret"])
    await open_client.post(
        "/api/v1/auth/totp/confirm", json={"code": totp.now()}, headers=person.headers
    )
    answer = await entra.whole(open_client, "carol")
    assert answer.status_code == 403
    assert answer.json()["code"] == "SECOND_FACTOR_REQUIRED"
    async with resources.database.platform() as session:
        await session.execute(
            text("UPDATE users SET totp_last_step = 0 WHERE id = :id"), {"id": person.user_id}
        )
    done = await open_client.post(
        "/api/v1/auth/second-factor",
        json={"challenge": answer.json()["challenge"], "code": totp.now()},
    )
    assert done.status_code == 200, done.text
    assert done.json()["tenant"]["id"] == str(person.tenant_id)


async def test_a_cookie_and_a_tenant_may_be_asked_for(
    open_client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    person = await member(tenant_factory, "dave")
    other = await tenant_factory.tenant()
    await tenant_factory.member(other.id, email=person.email)
    answer = await entra.whole(open_client, "dave", tenant=other.slug, cookie=True)
    assert answer.status_code == 200, answer.text
    assert answer.json()["tenant"]["id"] == str(other.id)
    assert answer.json()["refresh_token"] is None
    assert "HttpOnly" in answer.headers["set-cookie"]
    open_client.cookies.clear()


async def test_a_sign_in_serves_once_and_in_its_own_browser(
    open_client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    await member(tenant_factory, "erin")
    begun = await entra.begin(open_client)
    back = await entra.sign_in_there(begun.url, "erin")
    other = await entra.begin(open_client)
    for state, verifier, more in (
        (begun.state, other.code_verifier, {}),
        (other.state, begun.code_verifier, {}),
        (begun.state[:-4] + "AAAA", begun.code_verifier, {}),
        ("garbage", begun.code_verifier, {}),
        (begun.state, begun.code_verifier, {"redirect_uri": "https://evil.example/"}),
    ):
        refused = await entra.complete(
            open_client,
            entra.Begun("", state, verifier),
            {"code": back["code"], "state": state},
            **more,
        )
        assert refused.status_code == 400, refused.text
    # a page that sends it twice at once, as React does in development
    twice = await asyncio.gather(*(entra.complete(open_client, begun, back) for _ in range(2)))
    assert sorted(answer.status_code for answer in twice) == [200, 400]
    again = await entra.complete(open_client, begun, back)
    assert again.status_code == 400
    # the code alone, in a sign-in that is otherwise right, was used too
    stolen = await entra.complete(open_client, other, {"code": back["code"], "state": other.state})
    assert stolen.status_code == 400
    assert "Microsoft refuses" in stolen.json()["detail"]


async def test_a_token_of_another_sign_in_is_not_believed(open_client: httpx.AsyncClient) -> None:
    begun = await entra.begin(open_client)
    params = dict(httpx.URL(begun.url).params) | {"nonce": "of-another"}
    url = f"{begun.url.partition('?')[0]}?{urlencode(params)}"
    answer = await entra.complete(open_client, begun, await entra.sign_in_there(url, "erin"))
    assert answer.status_code == 403
    assert answer.json()["code"] == "INVALID_CREDENTIALS"
    assert "another sign-in" in answer.json()["detail"]


@pytest.mark.parametrize("login", ["stranger", "guest", "mute", "frank"])
async def test_who_is_not_let_in(
    open_client: httpx.AsyncClient, tenant_factory: TenantFactory, login: str
) -> None:
    """Of a domain not named; at home elsewhere; without an address; not on the platform."""
    if login == "stranger":
        await tenant_factory.member(
            (await tenant_factory.tenant()).id, email=f"s-{RUN}@elsewhere.example"
        )
    answer = await entra.whole(open_client, login)
    assert answer.status_code == 403, answer.text
    assert "invitation" in answer.json()["detail"]


async def test_a_token_without_the_object_id_is_not_believed(
    open_client: httpx.AsyncClient,
) -> None:
    answer = await entra.whole(open_client, "odd")
    assert answer.status_code == 403
    assert "oid" in answer.json()["detail"]


async def test_staff_are_not_let_in_by_another_system(
    open_client: httpx.AsyncClient, resources: Resources
) -> None:
    async with resources.database.platform() as session:
        await identity.seed_staff(session, email=address("grace"), password=PASSWORD)
    answer = await entra.whole(open_client, "grace")
    assert answer.status_code == 403
    assert "password" in answer.json()["detail"]


async def test_signing_up_where_it_is_allowed(
    settings: Settings, origin: str, resources: Resources
) -> None:
    async with platform(settings, microsoft_authority=origin, microsoft_sign_up=True) as client:
        answer = await entra.whole(client, "heidi")
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["user_type"] == "person"
        assert found["user"]["full_name"] == "Heidi"
        user_id = UUID(found["user"]["id"])
        assert await trail(resources, "user.created", user_id) == 1
        again = await entra.whole(client, "heidi")
        assert again.json()["user"]["id"] == str(user_id)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"microsoft_client_secret": "wrong"}, "invalid_client"),
        ({"microsoft_authority": "http://127.0.0.1:9"}, "can't be reached"),
    ],
)
async def test_failures_of_the_other_side_are_named(
    settings: Settings, origin: str, change: Mapping[str, object], words: str
) -> None:
    more = {"microsoft_authority": origin, **change}
    async with platform(settings, **more) as client:
        begun = await entra.begin(client)
        if "microsoft_authority" in change:
            back = {"code": "c", "state": begun.state}
        else:
            back = await entra.sign_in_there(begun.url, "alice")
        answer = await entra.complete(client, begun, back)
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] == "SERVICE_UNAVAILABLE"
    assert words in answer.json()["detail"]
    assert int(answer.headers["retry-after"]) > 0
    assert "wrong" not in answer.text
