"""Accepting an invitation: by somebody new, or by somebody who has an account already.

The link proves the mailbox, as a link to a new password does. It does not prove who has an
account: they show their password, or come signed in.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity import events
from bridgecore.domains.identity.errors import (
    AccountDisabled,
    CredentialsRefused,
    InvitationExpired,
    InvitationNotFound,
    InvitationRevoked,
    InvitationUsed,
    InvitedSomebodyElse,
    RoleNotFound,
)
from bridgecore.domains.identity.models import Invitation, Membership, User
from bridgecore.domains.identity.repository import invitations, people
from bridgecore.domains.identity.repository.invitations import Shown
from bridgecore.domains.identity.schemas.invitations import (
    InvitationAnswer,
    InvitationShown,
    InvitationStatus,
    Joined,
)
from bridgecore.domains.identity.service.grants import refusal_of
from bridgecore.domains.identity.service.invitations import INVITATION_PREFIX, status_of
from bridgecore.domains.identity.service.members import check_limit, role_permissions
from bridgecore.domains.identity.service.parts import parts_of
from bridgecore.domains.identity.service.people import hashed, note_created
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.auth import Actor, ActorKind
from bridgecore.infra.crypto import hash_token, token_prefix
from bridgecore.infra.outbox import announce
from bridgecore.infra.problems import Conflict, ValidationFailed
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from bridgecore.kit.ids import uuid7


async def look_up(resources: Resources, token: str) -> InvitationShown:
    """What a link offers.

    Raises InvitationNotFound, InvitationUsed, InvitationRevoked, InvitationExpired, LoginThrottled.
    """
    found = await _find(resources, token)
    await parts_of(resources).throttle.succeeded(_attempt(token))
    return InvitationShown(
        email=found.email,
        full_name=found.full_name,
        role=found.role,
        language=found.language,
        invited_by=found.invited_by,
        tenant_name=found.tenant_name,
        tenant_slug=found.tenant_slug,
        expires_at=found.expires_at,
        account=found.account,
        password_needed="current" if found.has_password else "new",
    )


async def _find(resources: Resources, token: str) -> Shown:
    await parts_of(resources).throttle.attempt(_attempt(token))
    # what has not the shape of a link of ours is not worth a question
    if token_prefix(token) != INVITATION_PREFIX:
        raise InvitationNotFound
    async with resources.database.anonymous() as session:
        found = await invitations.by_token(session, hash_token(token))
    if found is None:
        raise InvitationNotFound
    _check_open(found)
    return found


def _attempt(token: str) -> str:
    return f"invitation:{token}"


def _check_open(found: Shown | Invitation) -> None:
    if found.accepted_at is not None:
        raise InvitationUsed
    if found.revoked_at is not None:
        raise InvitationRevoked
    if found.expires_at <= utcnow():
        raise InvitationExpired


class _Proof(NamedTuple):
    """Who accepts: an account with the password hash it had, or a new person's password hash."""

    account: bool
    known: str | None
    chosen: str | None


async def accept(resources: Resources, actor: Actor | None, wanted: InvitationAnswer) -> Joined:
    """Take the place that a link offers, once. `actor` is whoever is signed in, or None.

    Raises as `look_up` does; CredentialsRefused for an account's wrong password, WeakPassword,
    ValidationFailed without a password, InvitedSomebodyElse, AccountDisabled, RoleNotFound,
    UserLimitReached, and the tenant's refusal when it is suspended, deleted or past its trial.
    """
    token = wanted.token.get_secret_value()
    found = await _find(resources, token)
    password = wanted.password.get_secret_value() if wanted.password else None
    proof = await _proven(resources, found, actor, password)
    async with resources.database.platform() as session:
        await people.lock_places(session, found.tenant_id)
        row = await invitations.one(session, found.id, tenant_id=found.tenant_id, lock=True)
        if row is None or row.hash != hash_token(token):
            raise InvitationNotFound
        _check_open(row)
        tenant = await tenancy.get_tenant(session, row.tenant_id)
        if refused := refusal_of(tenant):
            raise refused
        await _check_role(session, row)
        person = await _person(session, row, wanted, proof)
        await _take_place(session, row, person)
        joined = Joined(
            email=row.email,
            role=row.role,
            tenant_id=tenant.id,
            tenant_name=tenant.name,
            tenant_slug=tenant.slug,
            new_account=not proof.account,
        )
    await parts_of(resources).throttle.succeeded(_attempt(token))
    return joined


async def _proven(
    resources: Resources, found: Shown, actor: Actor | None, password: str | None
) -> _Proof:
    """Check who accepts, holding no connection while passwords are hashed."""
    parts = parts_of(resources)
    async with resources.database.anonymous() as session:
        account = await people.credentials(session, found.email)
    if account is None:
        if password is None:
            raise _password_missing("Choose a password to join with.")
        return _Proof(False, None, await hashed(resources, password, found.email))
    if not account.is_active:
        raise AccountDisabled
    if password is None:
        if actor is not None and actor.kind is not ActorKind.API_KEY:
            if actor.id != account.id:
                raise InvitedSomebodyElse
            return _Proof(True, account.password_hash, None)
        raise _password_missing("There is an account with this address; give its password.")
    if account.password_hash is None:
        return _Proof(True, None, await hashed(resources, password, found.email))
    await parts.throttle.attempt(found.email)
    right, _ = await parts.passwords.verify(password, account.password_hash)
    if not right:
        raise CredentialsRefused("This is not the password of your account here.")
    await parts.throttle.succeeded(found.email)
    return _Proof(True, account.password_hash, None)


def _password_missing(detail: str) -> ValidationFailed:
    return ValidationFailed(
        detail, errors=[{"pointer": "/password", "code": "missing", "detail": detail}]
    )


async def _check_role(session: AsyncSession, row: Invitation) -> None:
    try:
        await role_permissions(session, row.tenant_id, row.role)
    except RoleNotFound:
        raise RoleNotFound(
            "The role you were invited with no longer exists; ask for a new invitation."
        ) from None


async def _person(
    session: AsyncSession, row: Invitation, wanted: InvitationAnswer, proof: _Proof
) -> User:
    """The person who joins, made now if they are new; their address is proved."""
    name = wanted.full_name or row.full_name or row.email.partition("@")[0]
    user_id, created = await people.ensure_person(
        session,
        uuid7(),
        email=row.email,
        full_name=name,
        password_hash=proof.chosen,
        must_change=False,
    )
    person = await people.person(session, user_id, lock=True)
    if person is None or created is proof.account:
        raise Conflict("The account with this address changed at this moment; try again.")
    if created:
        person.locale = row.language
    elif person.password_hash != proof.known or not person.is_active:
        raise Conflict("The account with this address changed at this moment; try again.")
    elif proof.chosen is not None:
        person.password_hash = proof.chosen
        person.must_change_password = False
    person.email_verified_at = person.email_verified_at or utcnow()
    await session.flush()
    if created:
        await note_created(session, _as_actor(person, row), user_id, row.email, row.tenant_id)
    return person


async def _take_place(session: AsyncSession, row: Invitation, person: User) -> None:
    assert status_of(row) is InvitationStatus.PENDING
    row.accepted_at = utcnow()
    row.accepted_by = person.id
    await session.flush()
    actor = _as_actor(person, row)
    if await people.place(session, row.tenant_id, person.id) is None:
        await check_limit(session, row.tenant_id, promised=False)
        place = Membership(tenant_id=row.tenant_id, user_id=person.id, role=row.role)
        session.add(place)
        await session.flush()
        told = {"membership_id": str(place.id), "user_id": str(person.id), "email": row.email}
        await announce(
            session, events.MEMBER_ADDED, {**told, "role": row.role}, tenant_id=row.tenant_id
        )
    await audit.record(
        session,
        actor,
        "invitation.accepted",
        target_type="invitation",
        target_id=row.id,
        tenant_id=row.tenant_id,
        changes={"email": row.email, "role": row.role},
    )
    await announce(
        session,
        events.INVITATION_ACCEPTED,
        {"invitation_id": str(row.id), "email": row.email, "user_id": str(person.id)},
        tenant_id=row.tenant_id,
    )


def _as_actor(person: User, row: Invitation) -> Actor:
    return Actor(ActorKind.PERSON, person.id, person.email, tenant_id=row.tenant_id)
