"""A mail server for journeys: says its port, then each mail it takes as a line of JSON."""

from __future__ import annotations

import asyncio
import json
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, Envelope, Session


class Reader:
    """Tells a mail as a person's program would show it."""

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        told = {name: str(mail[name]) for name in ("From", "Subject", "Content-Language")}
        parts = {
            part.get_content_type(): part.get_content()
            for part in mail.walk()
            if part.get_content_maintype() == "text"
        }
        line = {"to": envelope.rcpt_tos, "headers": told, "parts": parts}
        print(json.dumps(line), flush=True)
        return "250 taken"


async def serve() -> None:
    """Until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Reader(), hostname="mail.test", enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
