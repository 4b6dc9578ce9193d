"""Registering oneself. There is no person until the address is verified.

So nobody can hold an address that is not theirs, and whoever is given a place in a tenant
meanwhile does not find a stranger's password on their account. What a registration answers, and
how long that takes, does not tell whether the address has an account: a job finds out, and tells
the mailbox alone.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity import events
from bridgecore.domains.identity.errors import RegistrationClosed, TokenUsed
from bridgecore.domains.identity.models import OneTimeToken
from bridgecore.domains.identity.repository import people, registrations
from bridgecore.domains.identity.repository import sessions as tokens
from bridgecore.domains.identity.schemas.registration import Registration
from bridgecore.domains.identity.service.parts import parts_of
from bridgecore.domains.identity.service.people import hashed, note_created, seal_token
from bridgecore.infra.crypto import generate_token, hash_token
from bridgecore.infra.jobs import enqueue
from bridgecore.infra.outbox import announce
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import isoformat, utcnow
from bridgecore.kit.ids import uuid7

VERIFY_HOURS = 24
VERIFY_PREFIX = "bc_verify"
VERIFICATION_JOB = "identity.send_verification"
RESEND_JOB = "identity.send_verification_again"


async def register(resources: Resources, wanted: Registration) -> None:
    """Keep a registration, and have a link sent to its address.

    Raises RegistrationClosed, WeakPassword, LoginThrottled.
    """
    _check_open(resources)
    await parts_of(resources).throttle.attempt(f"register:{wanted.email}")
    password_hash = await hashed(resources, wanted.password.get_secret_value(), wanted.email)
    row = OneTimeToken(
        id=uuid7(),
        purpose=registrations.PURPOSE,
        hash=secrets.token_bytes(32),  # of no token, until one is sent
        email=wanted.email,
        details={
            "full_name": wanted.full_name,
            "password_hash": password_hash,
            "locale": wanted.locale,
        },
        expires_at=utcnow() + timedelta(hours=VERIFY_HOURS),
    )
    async with resources.database.platform() as session:
        session.add(row)
        await session.flush()
        await enqueue(resources.jobs, session, VERIFICATION_JOB, registration_id=str(row.id))


async def resend(resources: Resources, email: str) -> None:
    """Have the link sent once more, if somebody waits for one; earlier ones stop working.

    Raises RegistrationClosed, LoginThrottled.
    """
    _check_open(resources)
    await parts_of(resources).throttle.attempt(f"verify:{email}")
    async with resources.database.anonymous() as session:
        await enqueue(resources.jobs, session, RESEND_JOB, email=email)


async def send_verification(resources: Resources, registration_id: UUID) -> None:
    """The job behind `register`."""
    async with resources.database.platform() as session:
        row = await registrations.waiting(session, registration_id=registration_id)
        if row is None:
            return
        person = await people.person_by_email(session, row.email)
        if person is None:
            await _send(session, resources, row)
            return
        await registrations.close(session, row.email)
        await announce(
            session,
            events.ALREADY_REGISTERED,
            {"user_id": str(person.id), "email": person.email, "locale": person.locale},
        )


async def send_again(resources: Resources, email: str) -> None:
    """The job behind `resend`."""
    async with resources.database.platform() as session:
        row = await registrations.waiting(session, email=email)
        if row is not None and await people.person_by_email(session, email) is None:
            await _send(session, resources, row)


async def _send(session: AsyncSession, resources: Resources, row: OneTimeToken) -> None:
    plain = generate_token(VERIFY_PREFIX)
    row.hash = hash_token(plain)
    row.expires_at = utcnow() + timedelta(hours=VERIFY_HOURS)
    await session.flush()
    await announce(
        session,
        events.EMAIL_VERIFICATION_REQUESTED,
        {
            "email": row.email,
            "full_name": row.details["full_name"],
            "locale": row.details["locale"],
            "one_time_token_id": str(row.id),
            "sealed_token": await seal_token(resources, row.id, plain),
            "expires_at": isoformat(row.expires_at),
        },
    )


async def verify(resources: Resources, token: str) -> None:
    """Make the person whose address this link was sent to. Raises RegistrationClosed, TokenUsed."""
    _check_open(resources)
    async with resources.database.platform() as session:
        spent = await tokens.spend_token(session, registrations.PURPOSE, hash_token(token))
        if spent is None:
            raise TokenUsed
        locale = spent.details["locale"]
        user_id, created = await people.ensure_person(
            session,
            uuid7(),
            email=spent.email,
            full_name=spent.details["full_name"],
            password_hash=spent.details["password_hash"],
            must_change=False,
        )
        person = await people.person(session, user_id, lock=True)
        if not created or person is None:
            raise TokenUsed("There is an account with this address already; sign in with it.")
        person.email_verified_at = utcnow()
        person.locale = locale
        await registrations.close(session, spent.email)
        await note_created(session, None, user_id, spent.email, None)


def _check_open(resources: Resources) -> None:
    if not resources.settings.registration_enabled:
        raise RegistrationClosed
