"""The second factor: enrolment, the second step of a sign-in, and codes that work once."""

from __future__ import annotations

import asyncio
import time

import httpx
import pyotp
import pytest
from sqlalchemy import text

from bridgecore.domains.identity import service as identity
from bridgecore.infra.crypto import LocalKeyEncryption, SecretBox
from bridgecore.infra.resources import Resources
from tests.factories.tenants import PASSWORD, SignedIn, TenantFactory
from tests.integration.identity.conftest import Browser, bearer

LOGIN = "/api/v1/auth/login"


@pytest.fixture
async def person(tenant_factory: TenantFactory) -> SignedIn:
    return await tenant_factory.member((await tenant_factory.tenant()).id)


async def enrolled(client: httpx.AsyncClient, person: SignedIn, resources: Resources) -> pyotp.TOTP:
    answer = await client.post(
        "/api/v1/auth/totp/enrol", json={"password": PASSWORD}, headers=person.headers
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["uri"].startswith("otpauth://totp/")
    totp = pyotp.TOTP(answer.json()["secret"])
    answer = await client.post(
        "/api/v1/auth/totp/confirm", json={"code": totp.now()}, headers=person.headers
    )
    assert answer.status_code == 200, answer.text
    await forget_steps(resources, person)
    return totp


async def forget_steps(resources: Resources, person: SignedIn) -> None:
    """As if half a minute had passed."""
    async with resources.database.platform() as session:
        await session.execute(
            text("UPDATE users SET totp_last_step = totp_last_step - 3 WHERE id = :id"),
            {"id": person.user_id},
        )


async def test_a_sign_in_takes_two_steps(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn, resources: Resources
) -> None:
    totp = await enrolled(client, person, resources)
    answer = await browser.login(LOGIN, person.email)
    assert answer.status_code == 403
    assert answer.json()["code"] == "SECOND_FACTOR_REQUIRED"
    challenge = answer.json()["challenge"]
    assert (await client.get("/api/v1/auth/me", headers=bearer(challenge))).status_code == 401
    done = await client.post(
        "/api/v1/auth/second-factor", json={"challenge": challenge, "code": totp.now()}
    )
    assert done.status_code == 200, done.text
    me = await client.get("/api/v1/auth/me", headers=bearer(done.json()["access_token"]))
    assert me.json()["second_factor"] is True


async def test_an_app_may_send_the_code_at_once(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn, resources: Resources
) -> None:
    totp = await enrolled(client, person, resources)
    code = totp.now()
    path = "/api/v1/auth/tenant/login"
    spaced = f"{code[:3]} {code[3:]}"
    assert (await browser.login(path, person.email, code=spaced)).status_code == 200
    wrong = await browser.login(path, person.email, password="wrong password", code=code)
    assert wrong.status_code == 401


async def test_a_code_works_once_even_at_the_same_instant(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn, resources: Resources
) -> None:
    totp = await enrolled(client, person, resources)
    code = totp.now()
    answers = await asyncio.gather(
        *(browser.login(LOGIN, person.email, code=code) for _ in range(4))
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200, 403, 403, 403]
    # an earlier code is worth nothing after a later one either
    earlier = totp.at(int(time.time()) - 30)
    late = await browser.login(LOGIN, person.email, code=earlier)
    assert late.status_code == 403
    assert late.json()["code"] == "INVALID_CREDENTIALS"


async def test_guessing_codes_is_slowed_down(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn, resources: Resources
) -> None:
    totp = await enrolled(client, person, resources)
    challenge = (await browser.login(LOGIN, person.email)).json()["challenge"]
    wrong = f"{(int(totp.now()) + 500_000) % 1_000_000:06}"
    statuses = [
        (
            await client.post(
                "/api/v1/auth/second-factor", json={"challenge": challenge, "code": wrong}
            )
        ).status_code
        for _ in range(8)
    ]
    assert statuses[0] == 403
    assert statuses[-1] == 429


async def test_a_challenge_ends_with_the_password_it_was_given_for(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn, resources: Resources
) -> None:
    totp = await enrolled(client, person, resources)
    challenge = (await browser.login(LOGIN, person.email)).json()["challenge"]
    async with resources.database.platform() as session:
        await identity.set_password(
            session, resources, None, person.user_id, "another good password"
        )
    answer = await client.post(
        "/api/v1/auth/second-factor", json={"challenge": challenge, "code": totp.now()}
    )
    assert answer.status_code == 401


async def test_it_is_switched_off_by_its_owner_or_by_staff(
    client: httpx.AsyncClient,
    browser: Browser,
    person: SignedIn,
    staff: SignedIn,
    resources: Resources,
) -> None:
    path = "/api/v1/auth/totp/disable"
    totp = await enrolled(client, person, resources)
    off = {"password": PASSWORD, "code": totp.now()}
    wrong = await client.post(path, json={**off, "password": "x"}, headers=person.headers)
    assert wrong.status_code == 403
    assert (await client.post(path, json=off, headers=person.headers)).status_code == 200
    assert (await client.post(path, json=off, headers=person.headers)).status_code == 409
    assert (await browser.login(LOGIN, person.email)).status_code == 200
    await enrolled(client, person, resources)
    path = f"/admin/users/{person.user_id}/totp"
    assert (await client.delete(path, headers=person.headers)).status_code == 403
    assert (await client.delete(path, headers=staff.headers)).status_code == 204
    assert (await browser.login(LOGIN, person.email)).status_code == 200


async def test_nothing_is_on_before_it_is_confirmed(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn
) -> None:
    for password, status in (("not mine", 403), (PASSWORD, 200)):
        answer = await client.post(
            "/api/v1/auth/totp/enrol", json={"password": password}, headers=person.headers
        )
        assert answer.status_code == status
    assert (await browser.login(LOGIN, person.email)).status_code == 200


async def test_secrets_are_sealed_and_follow_a_new_key(
    client: httpx.AsyncClient, person: SignedIn, resources: Resources
) -> None:
    totp = await enrolled(client, person, resources)

    async def stored() -> bytes:
        async with resources.database.platform() as session:
            found = await session.scalar(
                text("SELECT totp_secret FROM users WHERE id = :id"), {"id": person.user_id}
            )
        return bytes(found)

    before = await stored()
    assert totp.secret.encode() not in before
    old = resources.cipher
    new = "another-root-secret-0123456789abcdefgh"
    known = resources.settings.secret("secret_key")
    resources.cipher = SecretBox(LocalKeyEncryption.from_secrets(new, [known]))
    try:
        assert await identity.rotate_secrets(resources) >= 1
        assert await identity.rotate_secrets(resources) == 0
        after = await stored()
        assert after != before
        resources.cipher = SecretBox(LocalKeyEncryption.from_secrets(known, [new]))
        assert await identity.rotate_secrets(resources) >= 1
    finally:
        resources.cipher = old


async def test_a_recovery_code_stands_in_once(
    client: httpx.AsyncClient, browser: Browser, person: SignedIn, resources: Resources
) -> None:
    totp = await enrolled(client, person, resources)
    renew = {"password": PASSWORD, "code": totp.now()}
    path = "/api/v1/auth/totp/recovery-codes"
    answer = await client.post(path, json=renew, headers=person.headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    codes = answer.json()["recovery_codes"]
    assert len(set(codes)) == 10
    answers = await asyncio.gather(
        *(browser.login(LOGIN, person.email, code=codes[0]) for _ in range(3))
    )
    assert sorted(each.status_code for each in answers) == [200, 403, 403]
    shouted = codes[1].upper().replace("-", "")
    assert (await browser.login(LOGIN, person.email, code=shouted)).status_code == 200
    # new ones end the old ones
    renew = {"password": PASSWORD, "code": codes[2]}
    again = await client.post(path, json=renew, headers=person.headers)
    assert again.status_code == 200, again.text
    assert (await browser.login(LOGIN, person.email, code=codes[3])).status_code == 403
    off = {"password": PASSWORD, "code": again.json()["recovery_codes"][0]}
    done = await client.post("/api/v1/auth/totp/disable", json=off, headers=person.headers)
    assert done.status_code == 200, done.text
    async with resources.database.platform() as session:
        left = await session.scalar(
            text("SELECT count(*) FROM recovery_codes WHERE user_id = :id"), {"id": person.user_id}
        )
    assert left == 0


async def test_nobody_can_read_a_recovery_code_from_the_database(
    client: httpx.AsyncClient, person: SignedIn, resources: Resources
) -> None:
    answer = await client.post(
        "/api/v1/auth/totp/enrol", json={"password": PASSWORD}, headers=person.headers
    )
    totp = pyotp.TOTP(answer.json()["secret"])
    answer = await client.post(
        "/api/v1/auth/totp/confirm", json={"code": totp.now()}, headers=person.headers
    )
    codes = answer.json()["recovery_codes"]
    async with resources.database.platform() as session:
        rows = await session.scalars(
            text("SELECT hash FROM recovery_codes WHERE user_id = :id"), {"id": person.user_id}
        )
        stored = list(rows)
    assert len(stored) == len(codes) == 10
    plain = [code.replace("-", "").encode() for code in codes]
    assert not any(code in bytes(each) for code in plain for each in stored)
