"""From events to mails in the reader's language, in the transaction that reads the events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity import events
from bridgecore.domains.identity.repository import people
from bridgecore.domains.identity.service.letters.links import page
from bridgecore.domains.identity.service.letters.texts import content
from bridgecore.domains.identity.service.people import open_sealed_token
from bridgecore.infra import mail
from bridgecore.infra.crypto import DecryptionFailed
from bridgecore.infra.mail import MailDraft
from bridgecore.infra.outbox import Event
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

# A notice without an end of its own is not mailed later than this after its cause.
FRESH = timedelta(hours=24)
MAILED = frozenset(
    {
        events.PASSWORD_RESET_REQUESTED,
        events.EMAIL_VERIFICATION_REQUESTED,
        events.ALREADY_REGISTERED,
        events.INVITATION_LINK_REQUESTED,
    }
)

log = structlog.get_logger(__name__)


async def write_mails(
    session: AsyncSession, resources: Resources, happened: Sequence[Event]
) -> None:
    """Queue the mails these events ask for. Needs a platform session.

    One that can't be written is logged and left out: it must not hold up those behind it.
    """
    drafts = []
    for event in happened:
        until = _useful_until(event)
        if until <= utcnow():
            continue
        try:
            drafts.append(await _draft(session, resources, event, until))
        except (DecryptionFailed, KeyError) as error:
            log.warning("mail_not_written", event_id=str(event.id), error=type(error).__name__)
    await mail.put(session, resources, drafts)


def _useful_until(event: Event) -> datetime:
    said = event.payload.get("expires_at")
    return datetime.fromisoformat(said) if said else event.occurred_at + FRESH


async def _draft(
    session: AsyncSession, resources: Resources, event: Event, until: datetime
) -> MailDraft:
    settings, payload = resources.settings, event.payload
    given = {
        "app": settings.app_name,
        "email": payload["email"],
        "until": f"{until:%Y-%m-%d %H:%M} UTC",
    }
    match event.type:
        case events.PASSWORD_RESET_REQUESTED:
            kind = "first_password" if payload.get("first_password") else "password_reset"
            where = "reset-password"
        case events.EMAIL_VERIFICATION_REQUESTED:
            kind, where = "verification", "verify"
            given["name"] = payload["full_name"]
        case events.ALREADY_REGISTERED:
            kind, where = "already_registered", "sign-in"
        case _:
            kind, where = "invitation", "join"
            given["tenant"] = payload["tenant_name"]
            given["inviter"] = payload["invited_by"] or payload["tenant_name"]
    token = await open_sealed_token(resources, payload) if "sealed_token" in payload else None
    language = mail.written_language(await _locale(session, payload))
    return MailDraft(
        to=payload["email"],
        purpose=kind,
        content=content(language, kind, given, page(settings, where, token)),
        event_id=event.id,
        tenant_id=event.tenant_id,
        expires_at=until,
    )


async def _locale(session: AsyncSession, payload: dict[str, str]) -> str:
    """The reader's: as the event says, else as the person has chosen."""
    if said := payload.get("locale"):
        return said
    person = await people.person(session, UUID(payload["user_id"]))
    return person.locale if person is not None else "en"
