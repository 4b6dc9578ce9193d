"""Invitations, from the mail that a real SMTP server took to the place that is taken."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from bridgecore.domains.identity.service.invitations import MOST_OPEN
from bridgecore.entrypoints.app import build_app
from bridgecore.entrypoints.resources import open_resources
from bridgecore.infra.crypto import generate_token
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.factories.lifespan import running
from tests.factories.mail import MailServer, arrived, html, link, mail_server, plain, token_of
from tests.factories.tenants import PASSWORD, SignedIn, TenantFactory, sign_in_staff
from tests.integration.identity.conftest import bearer, some_email

INVITATIONS = "/api/v1/auth/invitations"
LOOK_UP = f"{INVITATIONS}/look-up"
ACCEPT = f"{INVITATIONS}/accept"
NEW_PASSWORD = "a password of their own"


@dataclass(frozen=True, slots=True)
class World:
    """The platform with a mail server, and one company with its owner."""

    client: httpx.AsyncClient
    resources: Resources
    server: MailServer
    people: TenantFactory
    tenant_id: UUID
    owner: SignedIn

    async def invited(self, email: str, *, by: SignedIn | None = None, **body: Any) -> str:
        """Invite somebody; the token of the mail they got."""
        before = len(self.server.to(email))
        headers = (by or self.owner).headers
        answer = await self.client.post(INVITATIONS, json={"email": email, **body}, headers=headers)
        assert answer.status_code == 201, answer.text
        return token_of(await arrived(self.resources, self.server, email, count=before + 1))

    async def accept(self, token: str, headers: Any = None, **body: Any) -> httpx.Response:
        return await self.client.post(ACCEPT, json={"token": token, **body}, headers=headers)

    async def look_up(self, token: str) -> httpx.Response:
        return await self.client.post(LOOK_UP, json={"token": token})

    async def member(self, email: str) -> dict[str, Any] | None:
        found = await self.client.get(
            "/api/v1/members", params={"search": email}, headers=self.owner.headers
        )
        items = found.json()["items"]
        return items[0] if items else None

    async def change(self, email: str, what: str) -> None:
        async with self.resources.database.platform() as session:
            await session.execute(
                text(f"UPDATE invitations SET {what} WHERE email = :email"), {"email": email}
            )


@pytest.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    async with mail_server() as server:
        given = settings.model_copy(
            update={
                "smtp_host": server.host,
                "smtp_port": server.port,
                "smtp_starttls": False,
                "mail_from": "no-reply@platform.example",
                "public_url": "https://platform.example",
            }
        )
        app = build_app(given)
        address = ".".join(["10", *(str(secrets.randbelow(256)) for _ in range(3))])
        transport = httpx.ASGITransport(
            app=app, raise_app_exceptions=False, client=(address, 40_000)
        )
        async with (
            running(app),
            httpx.AsyncClient(transport=transport, base_url="http://platform.test") as client,
            open_resources(given) as resources,
        ):
            people = TenantFactory(resources, client)
            tenant = await people.tenant()
            owner = await people.member(tenant.id)
            yield World(client, resources, server, people, tenant.id, owner)


async def test_from_the_invitation_to_the_first_sign_in(world: World) -> None:
    email = some_email("new")
    token = await world.invited(email, role="client", full_name="Nora New")
    shown = await world.look_up(token)
    assert shown.status_code == 200, shown.text
    assert shown.headers["cache-control"] == "no-store"
    offered = shown.json()
    assert (offered["email"], offered["role"], offered["account"]) == (email, "client", False)
    assert offered["password_needed"] == "new"
    assert offered["invited_by"] == "A Owner"
    by_address = await world.client.get(f"{INVITATIONS}/{token}")
    assert by_address.json() == offered

    taken = await world.accept(token, password=NEW_PASSWORD)
    assert taken.status_code == 200, taken.text
    assert taken.json()["new_account"] is True
    assert taken.json()["tenant_id"] == str(world.tenant_id)
    signed_in = await world.client.post(
        "/api/v1/auth/login", json={"email": email, "password": NEW_PASSWORD}
    )
    assert signed_in.status_code == 200, signed_in.text
    assert signed_in.json()["user"]["full_name"] == "Nora New"
    assert signed_in.json()["user"]["role"] == "client"
    assert signed_in.json()["tenant"]["id"] == str(world.tenant_id)
    listed = await world.client.get(INVITATIONS, headers=world.owner.headers)
    (row,) = [each for each in listed.json()["items"] if each["email"] == email]
    assert row["status"] == "accepted"
    assert token not in listed.text


@pytest.mark.parametrize(
    ("language", "subject", "direction"),
    [
        ("en", "A Owner invites you to", "ltr"),
        ("ru", "A Owner приглашает вас", "ltr"),
        ("ar", "دعوة من", "rtl"),
    ],
)
async def test_the_mail_is_in_the_language_of_the_invitation(
    world: World, language: str, subject: str, direction: str
) -> None:
    email = some_email(language)
    await world.invited(email, language=language)
    (message,) = world.server.to(email)
    assert str(message["Subject"]).startswith(subject)
    assert str(message["From"]) == "BridgeCore <no-reply@platform.example>"
    assert message["Content-Language"] == language
    assert link(plain(message)).startswith("https://platform.example/dashboard/join#token=bc_")
    assert link(plain(message)) in html(message)
    assert f'<html lang="{language}" dir="{direction}">' in html(message)
    assert "{" not in plain(message)


async def test_without_a_language_it_is_that_of_the_inviter(world: World) -> None:
    changed = await world.client.patch(
        "/api/v1/auth/me", json={"locale": "ru"}, headers=world.owner.headers
    )
    assert changed.status_code == 200
    email = some_email()
    await world.invited(email)
    assert world.server.to(email)[0]["Content-Language"] == "ru"


async def test_names_can_not_break_out_of_the_mail(world: World) -> None:
    name = '<b>"Bobby"</b> & {tenant}'
    await world.client.patch(
        "/api/v1/auth/me", json={"full_name": name}, headers=world.owner.headers
    )
    email = some_email()
    await world.invited(email)
    (message,) = world.server.to(email)
    assert name in str(message["Subject"])
    assert name in plain(message)
    assert "<b>" not in html(message)
    assert "&lt;b&gt;" in html(message)


# ── the ways an invitation ends ────────────────────────────────────────────────────────────────


async def test_a_link_works_once(world: World) -> None:
    email = some_email()
    token = await world.invited(email)
    assert (await world.accept(token, password=NEW_PASSWORD)).status_code == 200
    for answer in (await world.accept(token, password=NEW_PASSWORD), await world.look_up(token)):
        assert answer.status_code == 410
        assert answer.json()["code"] == "INVITATION_USED"


async def test_of_many_at_once_one_is_let_in(world: World) -> None:
    email = some_email()
    token = await world.invited(email)
    answers = await asyncio.gather(
        *(world.accept(token, password=f"{NEW_PASSWORD} {n}") for n in range(5))
    )
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert [answer.status_code for answer in answers].count(200) == 1
    assert {answer.status_code for answer in answers} <= {200, 403, 409, 410, 429}
    async with world.resources.database.platform() as session:
        places = await session.scalar(
            text(
                "SELECT count(*) FROM memberships m JOIN users u ON u.id = m.user_id"
                " WHERE u.email = :email"
            ),
            {"email": email},
        )
    assert places == 1
    winner = next(n for n, answer in enumerate(answers) if answer.status_code == 200)
    signed_in = await world.client.post(
        "/api/v1/auth/login", json={"email": email, "password": f"{NEW_PASSWORD} {winner}"}
    )
    assert signed_in.status_code == 200


async def test_a_link_expires(world: World) -> None:
    email = some_email()
    token = await world.invited(email)
    await world.change(email, "expires_at = now()")
    for answer in (await world.look_up(token), await world.accept(token, password=NEW_PASSWORD)):
        assert answer.status_code == 410
        assert answer.json()["code"] == "INVITATION_EXPIRED"
    listed = await world.client.get(
        INVITATIONS, params={"status": "expired"}, headers=world.owner.headers
    )
    assert [each["email"] for each in listed.json()["items"]] == [email]
    # and the person can be invited again
    assert (await world.look_up(await world.invited(email))).status_code == 200
    assert (await world.look_up(token)).json()["code"] == "INVITATION_REVOKED"


async def test_a_revoked_link_is_closed(world: World) -> None:
    email = some_email()
    token = await world.invited(email)
    listed = await world.client.get(INVITATIONS, headers=world.owner.headers)
    at = f"/api/v1/invitations/{listed.json()['items'][0]['id']}"
    assert (await world.client.delete(at, headers=world.owner.headers)).status_code == 204
    answer = await world.accept(token, password=NEW_PASSWORD)
    assert answer.status_code == 410
    assert answer.json()["code"] == "INVITATION_REVOKED"
    assert await world.member(email) is None
    again = await world.client.delete(at, headers=world.owner.headers)
    assert again.status_code == 409
    assert (await world.client.get(at, headers=world.owner.headers)).json()["status"] == "revoked"


async def test_another_link_replaces_the_first(world: World) -> None:
    email = some_email()
    first = await world.invited(email)
    listed = await world.client.get(INVITATIONS, headers=world.owner.headers)
    at = f"/api/v1/invitations/{listed.json()['items'][0]['id']}/resend"
    early = await world.client.post(at, headers=world.owner.headers)
    assert early.status_code == 429
    assert int(early.headers["retry-after"]) >= 1
    await world.change(email, "sent_at = now() - interval '2 minutes', expires_at = now()")
    assert (await world.client.post(at, headers=world.owner.headers)).status_code == 200
    second = token_of(await arrived(world.resources, world.server, email, count=2))
    assert (await world.accept(first, password=NEW_PASSWORD)).status_code == 404
    assert (await world.accept(second, password=NEW_PASSWORD)).status_code == 200


@pytest.mark.parametrize("guess", ["x", "bc_invite_guess", "\u0000", "é" * 40, "", "a/b"])
async def test_a_guess_finds_nothing(world: World, guess: str) -> None:
    guess = guess or generate_token("bc_invite")  # of the right shape
    assert (await world.look_up(guess)).status_code == 404
    assert (await world.accept(guess, password=NEW_PASSWORD)).status_code == 404


async def test_guessing_is_slowed_down(world: World) -> None:
    guess = generate_token("bc_invite")
    answers = [await world.accept(guess, password=NEW_PASSWORD) for _ in range(7)]
    assert [each.status_code for each in answers[:5]] == [404] * 5
    assert answers[-1].status_code == 429
    # by address, whatever the token
    others = [await world.look_up(generate_token("bc_invite")) for _ in range(110)]
    assert others[-1].status_code == 429


async def test_a_link_of_another_kind_is_no_invitation(world: World) -> None:
    person = await world.people.member(world.tenant_id)
    staff = await sign_in_staff(world.resources, world.client, role="super_admin")
    asked = await world.client.post(
        f"/admin/users/{person.user_id}/send-password-link", headers=staff.headers
    )
    assert asked.status_code == 200
    reset = token_of(await arrived(world.resources, world.server, person.email))
    assert (await world.accept(reset, password=NEW_PASSWORD)).status_code == 404
    token = await world.invited(some_email())
    body = {"token": token, "new_password": NEW_PASSWORD}
    assert (await world.client.post("/api/v1/auth/reset-password", json=body)).status_code == 400


# ── people who have an account ─────────────────────────────────────────────────────────────────


async def test_an_existing_person_joins_a_second_tenant_with_their_password(world: World) -> None:
    elsewhere = await world.people.tenant()
    person = await world.people.member(elsewhere.id)
    token = await world.invited(person.email, role="manager")
    shown = (await world.look_up(token)).json()
    assert (shown["account"], shown["password_needed"]) == (True, "current")
    nothing = await world.accept(token)
    assert nothing.status_code == 422
    wrong = await world.accept(token, password="not their password")
    assert wrong.status_code == 403
    assert wrong.json()["code"] == "INVALID_CREDENTIALS"
    right = await world.accept(token, password=PASSWORD)
    assert right.status_code == 200, right.text
    assert right.json()["new_account"] is False
    switched = await world.client.post(
        "/api/v1/auth/switch-tenant", json={"tenant": str(world.tenant_id)}, headers=person.headers
    )
    assert switched.status_code == 200
    assert switched.json()["user"]["role"] == "manager"


async def test_an_existing_person_joins_by_being_signed_in(world: World) -> None:
    person = await world.people.member((await world.people.tenant()).id)
    token = await world.invited(person.email)
    stranger = await world.people.member((await world.people.tenant()).id)
    other = await world.accept(token, stranger.headers)
    assert other.status_code == 403
    assert "another address" in other.json()["detail"]
    assert (await world.accept(token, bearer("no token"))).status_code == 401
    assert (await world.accept(token, person.headers)).status_code == 200
    assert (await world.member(person.email)) is not None


async def test_somebody_without_a_password_chooses_one(world: World) -> None:
    elsewhere = await world.people.tenant()
    boss = await world.people.member(elsewhere.id)
    email = some_email()
    added = await world.client.post(
        "/api/v1/members", json={"email": email, "full_name": "No Password"}, headers=boss.headers
    )
    assert added.status_code == 201
    token = await world.invited(email)
    shown = (await world.look_up(token)).json()
    assert (shown["account"], shown["password_needed"]) == (True, "new")
    assert (await world.accept(token, password="short")).status_code == 422
    assert (await world.accept(token, password=NEW_PASSWORD)).status_code == 200
    answer = await world.client.post(
        "/api/v1/auth/login", json={"email": email, "password": NEW_PASSWORD}
    )
    assert answer.status_code == 200


async def test_passwords_are_not_guessed_through_invitations(world: World) -> None:
    person = await world.people.member((await world.people.tenant()).id)
    token = await world.invited(person.email)
    answers = [await world.accept(token, password=f"a wrong guess {n}") for n in range(8)]
    assert answers[-1].status_code == 429


@pytest.mark.parametrize("password", ["short", "password123", None])
async def test_password_rules_hold(world: World, password: str | None) -> None:
    token = await world.invited(some_email())
    body = {"password": password} if password is not None else {}
    answer = await world.accept(token, **body)
    assert answer.status_code == 422
    assert (await world.accept(token, password=NEW_PASSWORD)).status_code == 200


# ── who may invite whom, where to ──────────────────────────────────────────────────────────────


async def test_nobody_gives_more_than_they_have(world: World) -> None:
    admin = await world.people.member(world.tenant_id, role="admin")
    refused = await world.client.post(
        INVITATIONS, json={"email": some_email(), "role": "owner"}, headers=admin.headers
    )
    assert refused.status_code == 403
    unknown = await world.client.post(
        INVITATIONS, json={"email": some_email(), "role": "emperor"}, headers=admin.headers
    )
    assert unknown.status_code == 404
    owners = await world.client.post(
        INVITATIONS, json={"email": some_email(), "role": "owner"}, headers=world.owner.headers
    )
    assert owners.status_code == 201
    at = f"/api/v1/invitations/{owners.json()['id']}"
    assert (await world.client.delete(at, headers=admin.headers)).status_code == 403
    assert (await world.client.post(f"{at}/resend", headers=admin.headers)).status_code == 403


async def test_tenants_do_not_see_each_others_invitations(world: World) -> None:
    stranger = await world.people.member((await world.people.tenant()).id)
    email = some_email()
    made = await world.client.post(INVITATIONS, json={"email": email}, headers=world.owner.headers)
    at = f"/api/v1/invitations/{made.json()['id']}"
    for method, path in (("GET", at), ("DELETE", at), ("POST", f"{at}/resend")):
        answer = await world.client.request(method, path, headers=stranger.headers)
        assert answer.status_code == 404, (method, path)
    assert email not in (await world.client.get(INVITATIONS, headers=stranger.headers)).text
    theirs = {"tenant_id": str(world.tenant_id)}
    listed = await world.client.get(INVITATIONS, params=theirs, headers=stranger.headers)
    assert listed.status_code == 403
    for name in ("tenant_id", "client_id"):
        body = {"email": some_email(), name: str(world.tenant_id)}
        sent = await world.client.post(INVITATIONS, json=body, headers=stranger.headers)
        assert sent.status_code == 403


async def test_staff_invite_to_any_tenant_as_the_document_says(world: World) -> None:
    staff = await sign_in_staff(world.resources, world.client, role="admin")
    email = some_email("client")
    body = {"email": email, "role": "client", "client_id": str(world.tenant_id)}
    made = await world.client.post(INVITATIONS, json=body, headers=staff.headers)
    assert made.status_code == 201, made.text
    token = token_of(await arrived(world.resources, world.server, email))
    assert (await world.accept(token, password="securepassword")).status_code == 200
    member = await world.member(email)
    assert member is not None
    assert member["role"] == "client"
    listed = await world.client.get(
        INVITATIONS, params={"tenant_id": str(world.tenant_id)}, headers=staff.headers
    )
    assert [each["email"] for each in listed.json()["items"]] == [email]
    nowhere = await world.client.post(INVITATIONS, json={"email": email}, headers=staff.headers)
    assert nowhere.status_code == 422
    unknown = {"email": email, "tenant_id": "00000000-0000-4000-8000-000000000000"}
    lost = await world.client.post(INVITATIONS, json=unknown, headers=staff.headers)
    assert lost.status_code == 404
    support = await sign_in_staff(world.resources, world.client, role="support")
    denied = await world.client.post(INVITATIONS, json=body, headers=support.headers)
    assert denied.status_code == 403


async def test_a_list_of_people(world: World) -> None:
    member = await world.people.member(world.tenant_id)
    good = [some_email(), some_email()]
    body = {
        "emails": [good[0], "no address", good[1].upper(), member.email, good[0]],
        "role": "client",
    }
    answer = await world.client.post(f"{INVITATIONS}/bulk", json=body, headers=world.owner.headers)
    assert answer.status_code == 200, answer.text
    assert [each["email"] for each in answer.json()["invited"]] == good
    assert [each["email"] for each in answer.json()["refused"]] == ["no address", member.email]
    for email in good:
        await arrived(world.resources, world.server, email)
    assert len(world.server.to(good[0])) == 1


async def test_somebody_who_waits_is_not_invited_twice(world: World) -> None:
    email = some_email()
    await world.invited(email)
    again = await world.client.post(INVITATIONS, json={"email": email}, headers=world.owner.headers)
    assert again.status_code == 409
    answers = await asyncio.gather(
        *(
            world.client.post(
                INVITATIONS, json={"email": "race@people.example"}, headers=world.owner.headers
            )
            for _ in range(4)
        )
    )
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]


async def test_a_member_needs_no_invitation(world: World) -> None:
    person = await world.people.member(world.tenant_id)
    answer = await world.client.post(
        INVITATIONS, json={"email": person.email}, headers=world.owner.headers
    )
    assert answer.status_code == 409
    email = some_email()
    token = await world.invited(email)
    await world.people.member(world.tenant_id, email=email)
    assert (await world.look_up(token)).json()["code"] == "INVITATION_REVOKED"


async def test_promised_places_count_against_the_plan(world: World) -> None:
    tenant = await world.people.tenant(max_users=3)
    owner = await world.people.member(tenant.id)

    async def invite(email: str) -> httpx.Response:
        return await world.client.post(INVITATIONS, json={"email": email}, headers=owner.headers)

    first, second = some_email(), some_email()
    assert (await invite(first)).status_code == 201
    assert (await invite(second)).status_code == 201
    full = await invite(some_email())
    assert full.status_code == 400
    assert full.json()["code"] == "TENANT_LIMIT_EXCEEDED"
    member = {"email": some_email(), "full_name": "One More"}
    added = await world.client.post("/api/v1/members", json=member, headers=owner.headers)
    assert added.status_code == 400
    # the places that were promised are there
    for email in (first, second):
        token = token_of(await arrived(world.resources, world.server, email))
        assert (await world.accept(token, password=NEW_PASSWORD)).status_code == 200
    # unless the plan became smaller meanwhile
    async with world.resources.database.platform() as session:
        await session.execute(
            text("UPDATE tenants SET max_users = 4 WHERE id = :id"), {"id": tenant.id}
        )
    third = some_email()
    assert (await invite(third)).status_code == 201
    token = token_of(await arrived(world.resources, world.server, third))
    async with world.resources.database.platform() as session:
        await session.execute(
            text("UPDATE tenants SET max_users = 3 WHERE id = :id"), {"id": tenant.id}
        )
    assert (await world.accept(token, password=NEW_PASSWORD)).status_code == 400
    assert (await world.look_up(token)).status_code == 200, "and can be used when there is room"


async def test_only_so_many_wait_at_once_whatever_the_plan(world: World) -> None:
    tenant = await world.people.tenant()
    owner = await world.people.member(tenant.id)
    await world.invited(some_email(), by=owner)
    async with world.resources.database.platform() as session:
        await session.execute(
            text(
                "INSERT INTO invitations (id, tenant_id, email, role, language, hash, expires_at)"
                " SELECT gen_random_uuid(), :tenant, number || :domain, 'user', 'en',"
                " sha256(convert_to(number || :domain, 'UTF8')), now() + interval '1 day'"
                " FROM generate_series(2, :most) AS number"
            ),
            {"tenant": tenant.id, "domain": f"@{some_email()}", "most": MOST_OPEN},
        )
    body = {"emails": [some_email(), some_email()]}
    answer = await world.client.post(f"{INVITATIONS}/bulk", json=body, headers=owner.headers)
    assert [each["code"] for each in answer.json()["refused"]] == ["CONFLICT", "CONFLICT"]
    async with world.resources.database.platform() as session:
        await session.execute(
            text(
                "UPDATE invitations SET expires_at = now() WHERE id IN"
                " (SELECT id FROM invitations WHERE tenant_id = :tenant LIMIT 1)"
            ),
            {"tenant": tenant.id},
        )
    answer = await world.client.post(f"{INVITATIONS}/bulk", json=body, headers=owner.headers)
    assert len(answer.json()["invited"]) == len(answer.json()["refused"]) == 1


async def test_a_suspended_tenant_takes_nobody(world: World) -> None:
    tenant = await world.people.tenant()
    owner = await world.people.member(tenant.id)
    email = some_email()
    token = await world.invited(email, by=owner)
    staff = await sign_in_staff(world.resources, world.client, role="super_admin")
    at = f"/admin/tenants/{tenant.id}"
    await world.client.post(f"{at}/suspend", json={"reason": "a test"}, headers=staff.headers)
    answer = await world.accept(token, password=NEW_PASSWORD)
    assert answer.status_code == 403
    assert answer.json()["code"] == "TENANT_SUSPENDED"
    await world.client.post(f"{at}/activate", headers=staff.headers)
    assert (await world.accept(token, password=NEW_PASSWORD)).status_code == 200


# ── what is kept, and where ────────────────────────────────────────────────────────────────────


async def test_the_token_is_nowhere_but_in_the_mail(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    email = some_email()
    token = await world.invited(email)
    await world.client.get(f"{INVITATIONS}/{token}")
    await world.accept(token, password=NEW_PASSWORD)
    async with world.resources.database.platform() as session:
        tables = (
            await session.execute(
                text(
                    "SELECT c.relname FROM pg_class c JOIN pg_namespace n"
                    " ON n.oid = c.relnamespace AND n.nspname = 'public'"
                    " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
                    " AND has_table_privilege(c.oid, 'SELECT')"
                )
            )
        ).scalars()
        for table in tables.all():
            found = await session.scalar(
                text(f'SELECT count(*) FROM "{table}" t WHERE position(:token IN t::text) > 0'),
                {"token": token},
            )
            assert found == 0, table
    said = capsys.readouterr()
    assert token not in caplog.text + said.out + said.err


async def test_it_is_on_the_trail(world: World) -> None:
    email = some_email()
    token = await world.invited(email)
    await world.accept(token, password=NEW_PASSWORD)
    trail = await world.client.get("/api/v1/audit", headers=world.owner.headers)
    found = [
        (each["action"], each["actor_email"])
        for each in trail.json()["items"]
        if each["action"].startswith("invitation.")
    ]
    assert found == [
        ("invitation.accepted", email),
        ("invitation.created", world.owner.email),
    ]
