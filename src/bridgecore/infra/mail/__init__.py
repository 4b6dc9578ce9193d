"""Outgoing mail: written in the transaction of its cause, sent afterwards, kept a bounded time."""

from bridgecore.infra.mail.content import LANGUAGES, Action, Content, written_language
from bridgecore.infra.mail.delivery import JOBS, deliver
from bridgecore.infra.mail.models import Mail, MailStatus
from bridgecore.infra.mail.queue import (
    MailDraft,
    MailNotKept,
    open_body,
    put,
    send_again,
)

__all__ = [
    "JOBS",
    "LANGUAGES",
    "Action",
    "Content",
    "Mail",
    "MailDraft",
    "MailNotKept",
    "MailStatus",
    "deliver",
    "open_body",
    "put",
    "send_again",
    "written_language",
]
