"""Inviting people to a tenant: within its plan and the inviter's rights."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity import events
from bridgecore.domains.identity.errors import (
    AlreadyInvited,
    AlreadyMember,
    InvitationEnded,
    InvitationNotFound,
    RateLimited,
    TooManyInvitations,
)
from bridgecore.domains.identity.models import Invitation
from bridgecore.domains.identity.repository import invitations, people
from bridgecore.domains.identity.schemas.invitations import (
    InvitationFilter,
    InvitationIn,
    InvitationList,
    InvitationOut,
    InvitationRefused,
    InvitationStatus,
    Invited,
)
from bridgecore.domains.identity.service.members import check_limit, check_rights, role_permissions
from bridgecore.domains.identity.service.people import seal_token
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.errors import TenantDeleted
from bridgecore.infra.auth import Actor, ActorKind
from bridgecore.infra.crypto import generate_token, hash_token
from bridgecore.infra.outbox import announce
from bridgecore.infra.problems import Forbidden, ProblemError, ValidationFailed
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import isoformat, utcnow
from bridgecore.kit.emails import normal_email
from bridgecore.kit.ids import uuid7

INVITATION_DAYS = 7
INVITATION_PREFIX = "bc_invite"
RESEND_SECONDS = 60
MOST_OPEN = 500
"""Invitations of one tenant that may wait at once, whatever its plan: each is a mail we send."""


def tenant_for(actor: Actor, wanted: UUID | None) -> UUID:
    """The tenant an actor means: a member's own, or the one staff name.

    Raises Forbidden for a member who names another, ValidationFailed for staff who name none.
    """
    if actor.tenant_id is not None:
        if wanted not in (None, actor.tenant_id):
            raise Forbidden("You can invite people to your own tenant only.")
        return actor.tenant_id
    if wanted is None:
        raise ValidationFailed(
            "Say which tenant to invite to.",
            errors=[{"pointer": "/tenant_id", "code": "tenant_needed", "detail": "Name a tenant"}],
        )
    return wanted


async def invite(
    session: AsyncSession, resources: Resources, actor: Actor, wanted: InvitationIn
) -> InvitationOut:
    """Promise somebody a place and have the link mailed.

    `session` is the tenant's or the platform's. Raises AlreadyMember, AlreadyInvited,
    TooManyInvitations, RoleNotFound, BeyondYourRights, UserLimitReached, TenantNotFound,
    TenantDeleted.
    """
    tenant_id = tenant_for(actor, wanted.tenant_id)
    await _check_offer(session, actor, tenant_id, wanted.role)
    await people.lock_places(session, tenant_id)
    language = wanted.language or await _language_of(session, actor)
    return await _invite(
        session, resources, actor, tenant_id, wanted.email, wanted.full_name, wanted.role, language
    )


async def invite_list(
    session: AsyncSession, resources: Resources, actor: Actor, wanted: InvitationList
) -> Invited:
    """Invite each of a list; one that can't be does not keep the others from it.

    Raises what holds for all of them: RoleNotFound, BeyondYourRights, TenantNotFound.
    """
    tenant_id = tenant_for(actor, wanted.tenant_id)
    await _check_offer(session, actor, tenant_id, wanted.role)
    await people.lock_places(session, tenant_id)
    language = wanted.language or await _language_of(session, actor)
    answer = Invited(invited=[], refused=[])
    seen: set[str] = set()
    for written in wanted.emails:
        try:
            email = normal_email(written)
        except ValueError as error:
            refused = InvitationRefused(email=written, code="INVALID_EMAIL", detail=str(error))
            answer.refused.append(refused)
            continue
        if email in seen:
            continue
        seen.add(email)
        try:
            answer.invited.append(
                await _invite(
                    session, resources, actor, tenant_id, email, None, wanted.role, language
                )
            )
        except ProblemError as error:
            # raised before anything of this one was written
            answer.refused.append(
                InvitationRefused(email=email, code=error.code.value, detail=error.detail)
            )
    return answer


async def _check_offer(session: AsyncSession, actor: Actor, tenant_id: UUID, role: str) -> None:
    tenant = await tenancy.get_tenant(session, tenant_id)
    if tenant.status == "deleted":
        raise TenantDeleted
    check_rights(actor, await role_permissions(session, tenant_id, role))


async def _language_of(session: AsyncSession, actor: Actor) -> str:
    if actor.kind is ActorKind.API_KEY:
        return "en"
    person = await people.shown_person(session, actor.id)
    return str(person.locale) if person is not None else "en"


async def _invite(
    session: AsyncSession,
    resources: Resources,
    actor: Actor,
    tenant_id: UUID,
    email: str,
    full_name: str | None,
    role: str,
    language: str,
) -> InvitationOut:
    if await people.member(session, tenant_id, email=email) is not None:
        raise AlreadyMember
    waiting = await invitations.waiting(session, tenant_id, email)
    if waiting is not None and waiting.expires_at > utcnow():
        raise AlreadyInvited
    if await invitations.count_waiting(session, tenant_id, besides=email) >= MOST_OPEN:
        raise TooManyInvitations
    await check_limit(session, tenant_id)
    if waiting is not None:
        await invitations.revoke_open(session, tenant_id, email)
    plain = generate_token(INVITATION_PREFIX)
    row = Invitation(
        id=uuid7(),
        tenant_id=tenant_id,
        email=email,
        full_name=full_name or "",
        role=role,
        language=language,
        hash=hash_token(plain),
        invited_by=None if actor.kind is ActorKind.API_KEY else actor.id,
        expires_at=utcnow() + timedelta(days=INVITATION_DAYS),
    )
    session.add(row)
    await session.flush()
    await _note(session, actor, "created", row, events.INVITATION_CREATED)
    await _request_link(session, resources, actor, row, plain)
    return await get_invitation(session, row.id, tenant_id=tenant_id)


async def get_invitation(
    session: AsyncSession, invitation_id: UUID, *, tenant_id: UUID | None
) -> InvitationOut:
    """`tenant_id` None is any tenant's, for staff. Raises InvitationNotFound."""
    row = await invitations.shown(session, invitation_id)
    if row is None or tenant_id not in (None, row[0].tenant_id):
        raise InvitationNotFound
    return _out(row)


async def list_invitations(
    session: AsyncSession, actor: Actor, wanted: InvitationFilter, skip: int, limit: int
) -> tuple[list[InvitationOut], int]:
    """The newest first. Raises Forbidden for a member who names another tenant."""
    tenant_id = wanted.tenant_id
    if actor.tenant_id is not None:
        tenant_id = tenant_for(actor, wanted.tenant_id)
    rows, total = await invitations.page(session, wanted, tenant_id, skip, limit)
    return [_out(row) for row in rows], total


async def revoke(session: AsyncSession, actor: Actor, invitation_id: UUID) -> None:
    """Take an invitation back: its link stops working at once.

    Raises InvitationNotFound, InvitationEnded once it was accepted or revoked, BeyondYourRights.
    """
    row = await _open(session, actor, invitation_id)
    row.revoked_at = utcnow()
    await session.flush()
    await _note(session, actor, "revoked", row, events.INVITATION_REVOKED)


async def resend(
    session: AsyncSession, resources: Resources, actor: Actor, invitation_id: UUID
) -> InvitationOut:
    """Mail another link, good for as long as a first one; earlier ones stop working.

    Raises as `revoke` does, RateLimited within a minute of the last one, UserLimitReached for one
    that had expired.
    """
    row = await _open(session, actor, invitation_id)
    since = (utcnow() - row.sent_at).total_seconds()
    if since < RESEND_SECONDS:
        wait = max(1, int(RESEND_SECONDS - since) + 1)
        raise RateLimited(
            f"A link was sent a moment ago; try again in {wait} s.",
            headers={"Retry-After": str(wait)},
        )
    await check_limit(session, row.tenant_id, besides=row.email)
    plain = generate_token(INVITATION_PREFIX)
    row.hash = hash_token(plain)
    row.sent_at = utcnow()
    row.expires_at = utcnow() + timedelta(days=INVITATION_DAYS)
    await session.flush()
    await audit.record(
        session,
        actor,
        "invitation.resent",
        target_type="invitation",
        target_id=row.id,
        tenant_id=row.tenant_id,
        changes={"email": row.email},
    )
    await _request_link(session, resources, actor, row, plain)
    return await get_invitation(session, row.id, tenant_id=row.tenant_id)


async def _open(session: AsyncSession, actor: Actor, invitation_id: UUID) -> Invitation:
    row = await invitations.one(session, invitation_id, tenant_id=actor.tenant_id)
    if row is None:
        raise InvitationNotFound
    await people.lock_places(session, row.tenant_id)
    row = await invitations.one(session, invitation_id, tenant_id=actor.tenant_id, lock=True)
    if row is None:
        raise InvitationNotFound
    if row.accepted_at is not None or row.revoked_at is not None:
        raise InvitationEnded
    check_rights(actor, await role_permissions(session, row.tenant_id, row.role))
    return row


async def _note(
    session: AsyncSession, actor: Actor, what: str, row: Invitation, event: str
) -> None:
    await audit.record(
        session,
        actor,
        f"invitation.{what}",
        target_type="invitation",
        target_id=row.id,
        tenant_id=row.tenant_id,
        changes={"email": row.email, "role": row.role},
    )
    await announce(
        session,
        event,
        {"invitation_id": str(row.id), "email": row.email, "role": row.role},
        tenant_id=row.tenant_id,
    )


async def _request_link(
    session: AsyncSession, resources: Resources, actor: Actor, row: Invitation, plain: str
) -> None:
    tenant = await tenancy.get_tenant(session, row.tenant_id)
    inviter = None
    if actor.kind is not ActorKind.API_KEY:
        inviter = await people.shown_person(session, actor.id)
    await announce(
        session,
        events.INVITATION_LINK_REQUESTED,
        {
            "email": row.email,
            "locale": row.language,
            "tenant_name": tenant.name,
            "invited_by": inviter.full_name if inviter is not None else "",
            "one_time_token_id": str(row.id),
            "sealed_token": await seal_token(resources, row.id, plain),
            "expires_at": isoformat(row.expires_at),
        },
        tenant_id=row.tenant_id,
    )


def status_of(row: Invitation) -> InvitationStatus:
    if row.accepted_at is not None:
        return InvitationStatus.ACCEPTED
    if row.revoked_at is not None:
        return InvitationStatus.REVOKED
    return InvitationStatus.PENDING if row.expires_at > utcnow() else InvitationStatus.EXPIRED


def _out(row: Row[Any]) -> InvitationOut:
    found: Invitation = row[0]
    columns = {name: getattr(found, name) for name in _COLUMNS}
    return InvitationOut(**columns, status=status_of(found), invited_by=row.inviter)


_COLUMNS = tuple(
    name for name in InvitationOut.model_fields if name not in ("status", "invited_by")
)
