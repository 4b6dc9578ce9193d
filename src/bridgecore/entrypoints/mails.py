"""Outgoing mail for staff: what went out, what did not and why, and what was captured."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import or_, select, tuple_

from bridgecore.domains.audit import service as audit
from bridgecore.domains.audit.service import audited
from bridgecore.infra import mail
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.crypto import DecryptionFailed
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.mail import Mail, MailNotKept, MailStatus
from bridgecore.infra.problems import Conflict, NotFound
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Feed, Output, SessionDep
from bridgecore.kit.cursors import decode_cursor, encode_cursor

router = APIRouter(prefix="/admin/mails", tags=["mails"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_staff("platform:read"))]
# their links let one in as somebody else
Opener = Annotated[Actor, Depends(requires_staff("platform:write"))]
_CURSOR = "mails"


class MailOut(Output):
    """A mail without its text."""

    id: UUID
    tenant_id: UUID | None
    purpose: str
    recipient: str
    language: str
    subject: str
    status: MailStatus
    attempts: int
    last_error: str | None
    created_at: datetime
    due_at: datetime
    expires_at: datetime
    sent_at: datetime | None


class MailFeed(Feed[MailOut]):
    """`server` tells whether a mail server is set; without one mails are captured."""

    server: bool


class MailText(MailOut):
    """A captured mail as its reader would see it."""

    text: str
    html: str


class MailNotReadable(Conflict):
    """Only captured mails can be read here, and their text for a week."""


@router.get("", summary="Outgoing mails, the newest first")
async def list_mails(
    actor: Reader,
    session: SessionDep,
    resources: ResourcesDep,
    status: MailStatus | None = None,
    search: Annotated[
        str | None, Query(max_length=100, pattern=r"^[^\x00]*$", description="Recipient, subject.")
    ] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> MailFeed:
    query = select(Mail)
    if status is not None:
        query = query.where(Mail.status == status)
    if search:
        query = query.where(
            or_(
                Mail.recipient.icontains(search, autoescape=True),
                Mail.subject.icontains(search, autoescape=True),
            )
        )
    if cursor is not None:
        moment, mail_id = decode_cursor(_CURSOR, cursor, [datetime, UUID])
        query = query.where(tuple_(Mail.created_at, Mail.id) < (moment, mail_id))
    query = query.order_by(Mail.created_at.desc(), Mail.id.desc()).limit(limit + 1)
    rows = (await session.scalars(query)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return MailFeed(
        items=[MailOut.model_validate(row) for row in rows[:limit]],
        next_cursor=encode_cursor(_CURSOR, [last.created_at, last.id]) if last else None,
        server=resources.mail is not None,
    )


@router.get("/{mail_id}", summary="Read a captured mail")
async def read_mail(
    actor: Opener,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
    mail_id: UUID,
) -> MailText:
    response.headers["Cache-Control"] = "no-store"
    found = await session.get(Mail, mail_id)
    if found is None:
        raise NotFound("There is no such mail; they are kept for a month.")
    if found.status != MailStatus.CAPTURED:
        raise MailNotReadable
    try:
        body = await mail.open_body(resources, found)
    except (MailNotKept, DecryptionFailed):
        raise MailNotReadable from None
    await audit.record(
        session,
        actor,
        "mail.read",
        target_type="mail",
        target_id=found.id,
        changes={"recipient": found.recipient, "purpose": found.purpose},
    )
    shown = MailOut.model_validate(found).model_dump()
    return MailText(**shown, text=body.text, html=body.html)


@router.post("/{mail_id}/send", summary="Send a captured or failed mail (again)")
@audited("mail.requeued")
async def send_mail(
    actor: Opener, session: SessionDep, resources: ResourcesDep, mail_id: UUID
) -> MailOut:
    found = await session.get(Mail, mail_id)
    if found is None:
        raise NotFound("There is no such mail; they are kept for a month.")
    if found.status not in (MailStatus.CAPTURED, MailStatus.FAILED):
        raise Conflict(f"This mail is {found.status}; only a captured or failed one can be sent.")
    if resources.mail is None:
        raise Conflict("There is no mail server; set SMTP_HOST first.")
    try:
        again = await mail.send_again(session, resources, mail_id)
    except MailNotKept:
        raise Conflict("The text of this mail is forgotten; have it made anew.") from None
    if again is None:
        raise NotFound("There is no such mail; they are kept for a month.")
    await audit.record(
        session,
        actor,
        "mail.requeued",
        target_type="mail",
        target_id=again.id,
        changes={"recipient": again.recipient, "purpose": again.purpose},
    )
    return MailOut.model_validate(again)
