"""Outgoing mail over a real SMTP server: sent, refused, tried again, captured, forgotten."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import select, text

from bridgecore.entrypoints.app import build_app
from bridgecore.entrypoints.resources import open_resources
from bridgecore.infra import mail
from bridgecore.infra.mail import Action, Content, Mail, MailDraft, MailStatus
from bridgecore.infra.mail.delivery import FIRST_WAIT, LONGEST_WAIT, forget, wait_after
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from bridgecore.kit.clock import utcnow
from bridgecore.kit.ids import uuid7
from tests.factories.lifespan import running
from tests.factories.mail import MailServer, html, mail_server, plain
from tests.factories.tenants import SignedIn, sign_in_staff

SECRET_LINK = "https://platform.example/dashboard/join#token=the-secret-of-the-link"


def content(**changes: Any) -> Content:
    said: dict[str, Any] = {
        "language": "en",
        "subject": "A subject",
        "heading": "A heading",
        "paragraphs": ["First & foremost.", "Second."],
        "action": Action("Do it", SECRET_LINK),
        "notes": ["A note."],
    }
    return Content(**said | changes)


def address() -> str:
    return f"{secrets.token_hex(5)}@people.example"


@asynccontextmanager
async def sending(
    settings: Settings, server: MailServer, **changes: Any
) -> AsyncIterator[Resources]:
    given = {"smtp_host": server.host, "smtp_port": server.port, "smtp_starttls": False}
    sender = {"mail_from": "no-reply@platform.example"}
    async with open_resources(settings.model_copy(update=given | sender | changes)) as opened:
        yield opened


async def put(resources: Resources, to: str, **changes: Any) -> UUID:
    """Queue a mail, and nothing beside it that other tests left."""
    async with resources.database.platform() as session:
        await session.execute(text("DELETE FROM mails"))
        await mail.put(
            session, resources, [MailDraft(to=to, purpose="test", content=content(), **changes)]
        )
        found = await session.scalar(select(Mail.id).where(Mail.recipient == to))
    assert found is not None
    return found


async def row(resources: Resources, mail_id: UUID) -> Mail:
    async with resources.database.platform() as session:
        found = await session.get(Mail, mail_id)
    assert found is not None
    return found


async def make_due(resources: Resources, mail_id: UUID) -> None:
    async with resources.database.platform() as session:
        await session.execute(
            text("UPDATE mails SET due_at = now() WHERE id = :id"), {"id": mail_id}
        )


async def test_a_mail_is_taken_and_its_text_forgotten(settings: Settings) -> None:
    async with mail_server() as server, sending(settings, server) as resources:
        to = address()
        mail_id = await put(resources, to)
        waiting = await row(resources, mail_id)
        assert waiting.body is not None
        assert b"the-secret-of-the-link" not in waiting.body
        assert await mail.deliver(resources) == 1
        (message,) = server.to(to)
        assert str(message["From"]) == "BridgeCore <no-reply@platform.example>"
        assert str(message["Subject"]) == "A subject"
        assert message["Auto-Submitted"] == "auto-generated"
        assert str(message["Message-ID"]) == f"<{mail_id}@mail.bridgecore>"
        assert SECRET_LINK in plain(message)
        assert "First & foremost." in plain(message)
        assert "First &amp; foremost." in html(message)
        sent = await row(resources, mail_id)
        assert (sent.status, sent.body, sent.attempts) == (MailStatus.SENT, None, 1)
        assert await mail.deliver(resources) == 0
        assert len(server.taken) == 1


async def test_a_list_goes_over_one_connection(settings: Settings) -> None:
    async with mail_server() as server, sending(settings, server) as resources:
        async with resources.database.platform() as session:
            await session.execute(text("DELETE FROM mails"))
            drafts = [MailDraft(to=address(), purpose="test", content=content()) for _ in range(45)]
            await mail.put(session, resources, drafts)
        assert await mail.deliver(resources) == 45
        assert {str(each["To"]) for each in server.taken} == {each.to for each in drafts}
        assert server.connections == 3, "one a batch"


async def test_one_event_gives_one_mail(settings: Settings) -> None:
    async with mail_server() as server, sending(settings, server) as resources:
        to, event_id = address(), uuid7()
        await put(resources, to, event_id=event_id)
        async with resources.database.platform() as session:
            draft = MailDraft(to=to, purpose="test", content=content(), event_id=event_id)
            await mail.put(session, resources, [draft])
        assert await mail.deliver(resources) == 1


async def test_a_passing_refusal_is_tried_again_later(settings: Settings) -> None:
    async with (
        mail_server(after_data="451 try later") as server,
        sending(settings, server) as resources,
    ):
        to = address()
        mail_id = await put(resources, to)
        assert await mail.deliver(resources) == 0
        held = await row(resources, mail_id)
        assert held.status == MailStatus.WAITING
        assert held.last_error == "451 try later"
        assert held.body is not None
        assert timedelta(0) < held.due_at - utcnow() <= FIRST_WAIT
        server.after_data = "250 taken"
        assert await mail.deliver(resources) == 0, "not before its time"
        await make_due(resources, mail_id)
        assert await mail.deliver(resources) == 1
        assert (await row(resources, mail_id)).last_error is None


async def test_an_address_that_is_refused_does_not_hold_up_the_others(settings: Settings) -> None:
    bad, good = address(), address()
    async with (
        mail_server(refuse=lambda to: "550 no such user here" if to == bad else None) as server,
        sending(settings, server) as resources,
    ):
        async with resources.database.platform() as session:
            await session.execute(text("DELETE FROM mails"))
            drafts = [MailDraft(to=to, purpose="test", content=content()) for to in (bad, good)]
            await mail.put(session, resources, drafts)
        assert await mail.deliver(resources) == 1
        assert len(server.to(good)) == 1
        async with resources.database.platform() as session:
            refused = await session.scalar(select(Mail).where(Mail.recipient == bad))
        assert refused is not None
        assert refused.status == MailStatus.FAILED
        assert "no such user" in (refused.last_error or "")


async def test_no_server_there_means_later(settings: Settings) -> None:
    async with mail_server() as server:
        gone = server
    async with sending(settings, gone) as resources:
        mail_id = await put(resources, address())
        assert await mail.deliver(resources) == 0
        held = await row(resources, mail_id)
        assert held.status == MailStatus.WAITING
        assert held.last_error


async def test_a_server_without_encryption_is_refused_unless_allowed(settings: Settings) -> None:
    async with mail_server() as server, sending(settings, server, smtp_starttls=True) as resources:
        mail_id = await put(resources, address())
        assert await mail.deliver(resources) == 0
        assert server.taken == []
        assert (await row(resources, mail_id)).status == MailStatus.WAITING


@pytest.mark.parametrize(("password", "taken"), [("right", 1), ("wrong", 0)])
async def test_signing_in_to_the_server(settings: Settings, password: str, taken: int) -> None:
    async with mail_server(password="right") as server:
        credentials = {"smtp_username": "mailer", "smtp_password": SecretStr(password)}
        async with sending(settings, server, **credentials) as resources:
            mail_id = await put(resources, address())
            assert await mail.deliver(resources) == taken
            held = await row(resources, mail_id)
            assert held.status == (MailStatus.SENT if taken else MailStatus.WAITING)
            assert password not in (held.last_error or "")


async def test_a_mail_past_its_use_is_not_sent(settings: Settings) -> None:
    async with mail_server() as server, sending(settings, server) as resources:
        mail_id = await put(resources, address(), expires_at=utcnow() - timedelta(seconds=1))
        assert await mail.deliver(resources) == 0
        assert server.taken == []
        assert (await row(resources, mail_id)).status == MailStatus.FAILED


async def test_after_a_process_dies_the_mail_comes_up_again(settings: Settings) -> None:
    async with mail_server() as server, sending(settings, server) as resources:
        mail_id = await put(resources, address())
        async with resources.database.platform() as session:  # claimed, and then nothing
            await session.execute(
                text("UPDATE mails SET attempts = 1, due_at = now() - interval '1 s'")
            )
        assert await mail.deliver(resources) == 1
        assert (await row(resources, mail_id)).attempts == 2


def test_waits_grow_up_to_an_hour() -> None:
    waits = [wait_after(attempts) for attempts in range(1, 60)]
    assert waits[0] == FIRST_WAIT
    assert waits[1] == 2 * FIRST_WAIT
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


async def test_texts_and_mails_are_kept_a_bounded_time(resources: Resources) -> None:
    mail_id = await put(resources, address())
    async with resources.database.platform() as session:
        await session.execute(text("UPDATE mails SET created_at = now() - interval '8 days'"))
    await forget(resources)
    assert (await row(resources, mail_id)).body is None
    async with resources.database.platform() as session:
        await session.execute(text("UPDATE mails SET created_at = now() - interval '31 days'"))
    await forget(resources)
    async with resources.database.platform() as session:
        assert await session.get(Mail, mail_id) is None


def test_a_server_needs_a_sender(settings: Settings) -> None:
    with pytest.raises(ValidationError, match="MAIL_FROM"):
        Settings(smtp_host="mail.example")
    assert Settings(smtp_host="m", smtp_username="a@b.example").mail_sender == (
        "BridgeCore <a@b.example>"
    )
    assert Settings(smtp_host="m", mail_from="Us <a@b.example>").mail_sender == "Us <a@b.example>"


# ── what staff see ─────────────────────────────────────────────────────────────────────────────


async def test_without_a_server_staff_read_captured_mails(
    client: httpx.AsyncClient, resources: Resources, staff: SignedIn
) -> None:
    to = address()
    mail_id = await put(resources, to)
    listed = await client.get("/admin/mails", params={"search": to}, headers=staff.headers)
    assert listed.json()["server"] is False
    assert [each["status"] for each in listed.json()["items"]] == ["captured"]
    assert "the-secret" not in listed.text
    shown = await client.get(f"/admin/mails/{mail_id}", headers=staff.headers)
    assert SECRET_LINK in shown.json()["text"]
    assert shown.headers["cache-control"] == "no-store"
    trail = await client.get("/admin/audit", params={"action": "mail.read"}, headers=staff.headers)
    assert str(mail_id) in [each["target_id"] for each in trail.json()["items"]]
    sent = await client.post(f"/admin/mails/{mail_id}/send", headers=staff.headers)
    assert sent.status_code == 409
    assert "SMTP_HOST" in sent.json()["detail"]


@pytest.mark.parametrize("role", ["admin", "support"])
async def test_whoever_may_not_change_settings_reads_no_links(
    client: httpx.AsyncClient, resources: Resources, role: str
) -> None:
    """A link in a mail to a super admin would make one of them."""
    mail_id = await put(resources, address())
    person = await sign_in_staff(resources, client, role=role)
    assert (await client.get("/admin/mails", headers=person.headers)).status_code == 200
    answer = await client.get(f"/admin/mails/{mail_id}", headers=person.headers)
    assert answer.status_code == 403


async def test_a_captured_mail_is_sent_once_there_is_a_server(
    settings: Settings, resources: Resources, staff: SignedIn
) -> None:
    to = address()
    mail_id = await put(resources, to)  # while there was none
    async with mail_server() as server:
        given = settings.model_copy(
            update={
                "smtp_host": server.host,
                "smtp_port": server.port,
                "smtp_starttls": False,
                "mail_from": "no-reply@platform.example",
            }
        )
        app = build_app(given)
        transport = httpx.ASGITransport(app=app)
        async with (
            running(app),
            httpx.AsyncClient(transport=transport, base_url="http://platform.test") as client,
            open_resources(given) as sender,
        ):
            assert await mail.deliver(sender) == 0, "captured ones don't go by themselves"
            path = f"/admin/mails/{mail_id}"
            sent = await client.post(f"{path}/send", headers=staff.headers)
            assert sent.status_code == 200, sent.text
            assert await mail.deliver(sender) == 1
            assert len(server.to(to)) == 1
            again = await client.post(f"{path}/send", headers=staff.headers)
            assert again.status_code == 409
            read = await client.get(path, headers=staff.headers)
            assert read.status_code == 409
