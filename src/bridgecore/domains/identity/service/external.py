"""People whom another system vouches for: found by who they are there, else by a proven address.

An address joins an account only where the system that says it has proven it. If nobody has proven
it to us before, whoever set the account's password may have been somebody else; so the password
goes, and its sessions end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity import events
from bridgecore.domains.identity.errors import (
    AccountDisabled,
    NotKnownHere,
    ProofRefused,
    ProviderUnavailable,
    StaffByPassword,
)
from bridgecore.domains.identity.models import User
from bridgecore.domains.identity.repository import external, people
from bridgecore.domains.identity.repository import sessions as tokens
from bridgecore.domains.identity.service.people import PASSWORD_RESET, note_created
from bridgecore.domains.identity.service.sessions import end_sessions
from bridgecore.infra.outbox import announce
from bridgecore.infra.resources import Resources
from bridgecore.integrations.issuers import IssuerUnavailable, TokenRefused
from bridgecore.kit.clock import utcnow
from bridgecore.kit.emails import normal_email
from bridgecore.kit.ids import uuid7

log = structlog.get_logger(__name__)


class Provider(StrEnum):
    MICROSOFT = "microsoft"
    SUPABASE = "supabase"


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who somebody is elsewhere. `sign_up`: one who is new to the platform may come so."""

    provider: Provider
    issuer: str
    subject: str
    name: str
    sign_up: bool


@contextmanager
def named(provider: Provider) -> Iterator[None]:
    """Failures of another system, in the words of ours."""
    try:
        yield
    except TokenRefused as error:
        log.info("external_proof_refused", provider=provider.value, reason=str(error))
        raise ProofRefused(f"The token of {provider.title()} is not believed. {error}") from None
    except IssuerUnavailable as error:
        log.warning("external_provider_unavailable", provider=provider.value, reason=str(error))
        raise ProviderUnavailable(str(error), headers={"Retry-After": "10"}) from None


async def person_behind(
    resources: Resources,
    claimed: Claimed,
    proven_email: Callable[[], Awaitable[str | None]],
) -> UUID:
    """Whom `claimed` speaks of; linked, and made if need be, at their first time.

    `proven_email` is asked only then, while no transaction is open. Raises NotKnownHere,
    StaffByPassword, AccountDisabled.
    """
    async with resources.database.platform() as session:
        known = await external.used(session, claimed.provider, claimed.issuer, claimed.subject)
    if known is not None:
        return known
    email = await proven_email()
    if email is None:
        raise NotKnownHere
    try:
        email = normal_email(email)
    except ValueError:
        raise NotKnownHere from None
    async with resources.database.platform() as session:
        return await _linked(session, resources, claimed, email)


async def _linked(
    session: AsyncSession, resources: Resources, claimed: Claimed, email: str
) -> UUID:
    found = await people.person_by_email(session, email)
    if found is None and not claimed.sign_up:
        raise NotKnownHere
    user_id, created = await people.ensure_person(
        session,
        uuid7(),
        email=email,
        full_name=claimed.name or email.partition("@")[0],
        password_hash=None,
        must_change=False,
    )
    person = await people.person(session, user_id, lock=True)
    if person is None or not person.is_active:
        raise AccountDisabled
    if person.platform_role is not None:
        raise StaffByPassword
    if created:
        await note_created(session, None, user_id, email, None)
    removed = await _note_proven(session, resources, person)
    link_id = await external.link(
        session, user_id, claimed.provider, claimed.issuer, claimed.subject
    )
    if link_id is not None:
        await audit.record(
            session,
            None,
            "identity.linked",
            target_type="user",
            target_id=user_id,
            changes={"provider": claimed.provider.value, "subject": claimed.subject},
            reason="the password was set before the address was proven, and is gone"
            if removed
            else None,
        )
        await announce(
            session,
            events.IDENTITY_LINKED,
            {
                "user_id": str(user_id),
                "email": email,
                "provider": claimed.provider.value,
                "password_removed": removed,
            },
        )
    return user_id


async def _note_proven(session: AsyncSession, resources: Resources, person: User) -> bool:
    """The person's address is proven now. Whether that took a password away."""
    if person.email_verified_at is not None:
        return False
    removed = person.password_hash is not None
    person.email_verified_at = utcnow()
    if removed:
        person.password_hash = None
        person.must_change_password = False
        await tokens.void_tokens(session, PASSWORD_RESET, person.id)
        await end_sessions(session, resources, "address proven", user_id=person.id)
    await session.flush()
    return removed
