"""Sending what is due, with a longer wait after each failure, and forgetting what is over.

A batch is claimed by moving its due time ahead, so no transaction is open while a server is spoken
to. If the process dies meanwhile, the mails come up again after the lease, under the same id.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import func, text, update

from bridgecore.infra.crypto import DecryptionFailed
from bridgecore.infra.jobs import JobSpec
from bridgecore.infra.mail.models import Mail, MailStatus
from bridgecore.infra.mail.queue import DELIVER_JOB, MailNotKept, open_body
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from bridgecore.kit.mail import Letter, MailFault

BATCH = 20
LEASE = timedelta(minutes=15)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
TEXT_DAYS = 7
MAIL_DAYS = 30

log = structlog.get_logger(__name__)


async def deliver(resources: Resources) -> int:
    """Send everything that is due now; returns how many mails the server took."""
    if resources.mail is None:
        return 0
    sent = 0
    while claimed := await _claim(resources):
        letters = {}
        for mail in claimed:
            letter = await _letter(resources, mail)
            if isinstance(letter, MailFault):
                await _settle(resources, mail, letter)
            else:
                letters[letter.message_id] = (letter, mail)
        async for letter, fault in resources.mail.send([each for each, _ in letters.values()]):
            await _settle(resources, letters[letter.message_id][1], fault)
            sent += fault is None
        if len(claimed) < BATCH:
            break
    return sent


async def _claim(resources: Resources) -> Sequence[Mail]:
    async with resources.database.platform() as session:
        await session.execute(
            update(Mail)
            .where(Mail.status == MailStatus.WAITING, Mail.expires_at <= func.clock_timestamp())
            .values(
                status=MailStatus.FAILED,
                last_error=func.concat(
                    "It was no longer of use. ", func.coalesce(Mail.last_error, "")
                ),
            )
        )
        due = (
            await session.execute(
                text(
                    "SELECT id FROM mails WHERE status = 'waiting' AND due_at <= clock_timestamp()"
                    " ORDER BY due_at LIMIT :batch FOR UPDATE SKIP LOCKED"
                ),
                {"batch": BATCH},
            )
        ).scalars()
        return (
            await session.scalars(
                update(Mail)
                .where(Mail.id.in_(list(due)))
                .values(attempts=Mail.attempts + 1, due_at=utcnow() + LEASE)
                .returning(Mail)
            )
        ).all()


async def _letter(resources: Resources, mail: Mail) -> Letter | MailFault:
    try:
        body = await open_body(resources, mail)
    except (MailNotKept, DecryptionFailed):
        return MailFault("Its text can no longer be read.", permanent=True)
    return Letter(
        message_id=f"<{mail.id}@mail.bridgecore>",
        to=mail.recipient,
        subject=mail.subject,
        text=body.text,
        html=body.html,
        language=mail.language,
    )


async def _settle(resources: Resources, mail: Mail, fault: MailFault | None) -> None:
    values: dict[str, Any]
    if fault is None:
        # who reads the table later finds no link in it
        values = {"status": MailStatus.SENT, "sent_at": utcnow(), "body": None, "last_error": None}
    elif fault.permanent:
        values = {"status": MailStatus.FAILED, "last_error": str(fault)}
    else:
        values = {"last_error": str(fault), "due_at": utcnow() + wait_after(mail.attempts)}
    async with resources.database.platform() as session:
        await session.execute(update(Mail).where(Mail.id == mail.id).values(**values))
    told = log.info if fault is None else log.warning
    told(
        "mail_sent" if fault is None else "mail_not_sent",
        mail_id=str(mail.id),
        purpose=mail.purpose,
        attempts=mail.attempts,
        error=str(fault) if fault else None,
    )


def wait_after(attempts: int) -> timedelta:
    """How long a mail waits after its `attempts`-th failure: doubled each time, an hour at most."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(attempts - 1, 20)))


async def forget(resources: Resources) -> None:
    """Forget the texts of mails nobody sends any more, and after a month the mails."""
    async with resources.database.platform() as session:
        await session.execute(
            text(
                "UPDATE mails SET body = NULL WHERE body IS NOT NULL AND status <> 'waiting'"
                " AND created_at < clock_timestamp() - make_interval(days => :days)"
            ),
            {"days": TEXT_DAYS},
        )
        await session.execute(
            text(
                "DELETE FROM mails WHERE status <> 'waiting'"
                " AND created_at < clock_timestamp() - make_interval(days => :days)"
            ),
            {"days": MAIL_DAYS},
        )


async def _deliver(resources: Resources, timestamp: int = 0) -> None:
    await deliver(resources)


async def _forget(resources: Resources, timestamp: int) -> None:
    await forget(resources)


JOBS: Sequence[JobSpec] = (
    # enqueued with each mail; every minute for those that are tried again
    JobSpec(DELIVER_JOB, _deliver, cron="* * * * *"),
    JobSpec("mail.forget", _forget, cron="50 2 * * *"),
)
