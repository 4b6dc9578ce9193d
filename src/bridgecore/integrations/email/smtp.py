"""Mail over SMTP: one connection for a batch, and refusals told apart from bad moments."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import localtime

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

from bridgecore.kit.mail import Letter, MailFault


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mails are handed over, and as whom.

    `tls`: encrypted from the first byte. `starttls`: encrypted before anything is said; a server
    that can't is refused. `sender` is the From header, `Name <address>` or an address.
    """

    host: str
    port: int
    sender: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    starttls: bool = True
    timeout: float = 20.0


class SmtpWire:
    """Sends through one server."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def send(
        self, letters: Sequence[Letter]
    ) -> AsyncIterator[tuple[Letter, MailFault | None]]:
        client: SMTP | None = None
        try:
            for letter in letters:
                fault: MailFault | None = None
                try:
                    if client is None or not client.is_connected:
                        client = await self._connected()
                    await client.send_message(_message(letter, self._server.sender))
                except (SMTPException, OSError, ValueError) as error:
                    fault = _fault(error)
                    if not isinstance(error, SMTPResponseException | SMTPRecipientsRefused):
                        _drop(client)
                        client = None
                yield letter, fault
        finally:
            if client is not None:
                await _goodbye(client)

    async def _connected(self) -> SMTP:
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            use_tls=server.tls,
            start_tls=server.starttls and not server.tls,
            timeout=server.timeout,
        )
        try:
            await client.connect()
        except (SMTPException, OSError) as error:
            client.close()
            # a name or a password that is wrong today may be put right before the mail is too old
            raise MailUnsent(_said(error)) from error
        return client


class MailUnsent(SMTPException):
    """No connection, so nothing is known against the mail itself."""


def _drop(client: SMTP | None) -> None:
    if client is not None:
        client.close()


async def _goodbye(client: SMTP) -> None:
    try:
        if client.is_connected:
            await client.quit()
    except (SMTPException, OSError):
        client.close()


def _message(letter: Letter, sender: str) -> EmailMessage:
    """Raises ValueError for a header that can't be one."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = localtime()
    message["Message-ID"] = letter.message_id
    # so that nobody's absence notice answers
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    message["Content-Language"] = letter.language  # setting the content takes such headers away
    return message


def _fault(error: Exception) -> MailFault:
    if isinstance(error, MailUnsent | SMTPServerDisconnected):
        return MailFault(str(error) or "The server closed the connection.")
    if isinstance(error, SMTPRecipientsRefused):
        codes = [refusal.code for refusal in error.recipients]
        return MailFault(_said(error), permanent=all(code >= 500 for code in codes))
    if isinstance(error, SMTPResponseException):
        # a sender that is refused is the operator's to put right, and then the mail can go
        ours = isinstance(error, SMTPSenderRefused)
        return MailFault(_said(error), permanent=error.code >= 500 and not ours)
    permanent = isinstance(error, ValueError | SMTPNotSupported)
    return MailFault(_said(error), permanent=permanent)


def _said(error: Exception) -> str:
    """What the server said, in one line without control characters."""
    if isinstance(error, SMTPRecipientsRefused):
        text = "; ".join(f"{each.code} {each.message}" for each in error.recipients)
    elif isinstance(error, SMTPResponseException):
        text = f"{error.code} {error.message}"
    else:
        text = f"{type(error).__name__}: {error}"
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:500]
