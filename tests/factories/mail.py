"""A real mail server for tests: takes mails over SMTP and hands them out as a reader sees them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from bridgecore.domains.identity import jobs as identity_jobs
from bridgecore.infra import mail
from bridgecore.infra.outbox import consume_once
from bridgecore.infra.resources import Resources

ANSWER = "250 taken"


@dataclass(slots=True)
class MailServer:
    """Keeps what it took. `refuse` gives another answer than yes for a recipient."""

    host: str = "127.0.0.1"
    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    refuse: Callable[[str], str | None] = lambda _: None
    after_data: str = ANSWER

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refused = self.refuse(address)
        if refused is not None:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.after_data == ANSWER:
            content = envelope.content
            assert isinstance(content, bytes)
            parsed = message_from_bytes(content, policy=policy.default)
            assert isinstance(parsed, EmailMessage)
            self.taken.append(parsed)
        return self.after_data

    def to(self, address: str) -> list[EmailMessage]:
        """What came for an address, the oldest first."""
        return [each for each in self.taken if str(each["To"]) == address]


@asynccontextmanager
async def mail_server(*, password: str | None = None, **options: Any) -> AsyncIterator[MailServer]:
    """A server at a free port; with `password`, only for who signs in as `mailer` with it."""
    kept = MailServer(**options)

    def check(_: SMTP, __: Session, ___: Envelope, ____: str, given: Any) -> AuthResult:
        right = given.login == b"mailer" and given.password == (password or "").encode()
        return AuthResult(success=right, handled=right)

    def connected() -> SMTP:
        kept.connections += 1
        return SMTP(
            kept,
            hostname="mail.test",
            auth_required=password is not None,
            auth_require_tls=False,
            authenticator=check if password is not None else None,
            enable_SMTPUTF8=True,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connected, kept.host, kept.port)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def link(text: str) -> str:
    """The address a mail leads to."""
    found = re.search(r"https?://\S+/dashboard/\S+", text)
    assert found is not None, text
    return found[0]


def token_of(message: EmailMessage) -> str:
    """The token in the link of a mail."""
    _, _, token = link(plain(message)).partition("#token=")
    return token


async def write_and_send(resources: Resources) -> None:
    """What the background does: mails are written from events, then sent."""
    (writer,) = (
        each for each in identity_jobs.consumers(resources) if each.name == "identity.mails"
    )
    while await consume_once(resources.database, writer):
        pass
    await mail.deliver(resources)


async def arrived(
    resources: Resources, server: MailServer, address: str, *, count: int = 1
) -> EmailMessage:
    """The newest mail to an address, once there are `count` of them.

    Events are read only when every older transaction has ended, so it may take a moment.
    """
    for _ in range(300):
        await write_and_send(resources)
        if len(server.to(address)) >= count:
            return server.to(address)[-1]
        await asyncio.sleep(0.1)
    raise AssertionError(f"{len(server.to(address))} mails came to {address}, not {count}")
