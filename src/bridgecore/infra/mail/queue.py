"""Putting mails in the queue, and reading what is kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.infra.crypto import associated_data
from bridgecore.infra.jobs import enqueue
from bridgecore.infra.mail.content import Content, dressed
from bridgecore.infra.mail.models import Mail, MailStatus
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from bridgecore.kit.ids import uuid7

DELIVER_JOB = "mail.deliver"
USEFUL_HOURS = 24


class MailNotKept(Exception):
    """The text of this mail is no longer here."""


@dataclass(frozen=True, slots=True)
class MailDraft:
    """A mail to be put in the queue.

    `event_id`: the event that asks for it; of two mails for one event the second is dropped, so a
    consumer may see its batch twice. `expires_at`: after it the mail is of no use and is not sent;
    a day from now where left out. `purpose` is for staff and statistics: `invitation`, `alert`.
    """

    to: str
    purpose: str
    content: Content
    event_id: UUID | None = None
    tenant_id: UUID | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """The two versions of a mail's text."""

    text: str
    html: str


async def put(session: AsyncSession, resources: Resources, drafts: Sequence[MailDraft]) -> None:
    """Queue mails in the transaction of `session`: they go out if, and only if, it commits.

    Needs a platform session. Without a mail server they are captured, for staff to read.
    """
    if not drafts:
        return
    status = MailStatus.WAITING if resources.mail is not None else MailStatus.CAPTURED
    for draft in drafts:
        mail_id = uuid7()
        clothed = dressed(draft.content, sender=resources.settings.app_name)
        body = orjson.dumps({"text": clothed.text, "html": clothed.html})
        await session.execute(
            insert(Mail)
            .values(
                id=mail_id,
                tenant_id=draft.tenant_id,
                event_id=draft.event_id,
                purpose=draft.purpose,
                recipient=draft.to,
                language=draft.content.language,
                subject=clothed.subject,
                body=await resources.cipher.encrypt(body, _place(mail_id)),
                status=status,
                expires_at=draft.expires_at or utcnow() + timedelta(hours=USEFUL_HOURS),
            )
            .on_conflict_do_nothing(index_elements=[Mail.event_id])
        )
    if status is MailStatus.WAITING:
        await enqueue(resources.jobs, session, DELIVER_JOB)


async def open_body(resources: Resources, mail: Mail) -> Body:
    """The text of a mail. Raises MailNotKept once it is forgotten."""
    if mail.body is None:
        raise MailNotKept
    found = orjson.loads(await resources.cipher.decrypt(mail.body, _place(mail.id)))
    return Body(found["text"], found["html"])


async def send_again(session: AsyncSession, resources: Resources, mail_id: UUID) -> Mail | None:
    """Put a failed or captured mail back in the queue, for another hour. Needs a platform session.

    None where there is no such mail. Raises MailNotKept when its text is forgotten.
    """
    mail: Mail | None = await session.scalar(
        select(Mail).where(Mail.id == mail_id).with_for_update()
    )
    if mail is None:
        return None
    if mail.body is None:
        raise MailNotKept
    mail.status = MailStatus.WAITING if resources.mail is not None else MailStatus.CAPTURED
    mail.attempts = 0
    mail.last_error = None
    mail.due_at = utcnow()
    mail.expires_at = max(mail.expires_at, utcnow() + timedelta(hours=1))
    await session.flush()
    if resources.mail is not None:
        await enqueue(resources.jobs, session, DELIVER_JOB)
    return mail


def _place(mail_id: UUID) -> bytes:
    return associated_data("mails", "body", str(mail_id))
