"""Background work of identity: links to be sent, what is over, revocations told again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity.service.cleanup import forget_ended, forget_tenants
from bridgecore.domains.identity.service.letters import MAILED, write_mails
from bridgecore.domains.identity.service.people import FORGOTTEN_JOB, send_forgotten
from bridgecore.domains.identity.service.registration import (
    RESEND_JOB,
    VERIFICATION_JOB,
    send_again,
    send_verification,
)
from bridgecore.domains.identity.service.revocation import MARKING, set_marks
from bridgecore.domains.tenancy.events import TENANT_PURGED
from bridgecore.infra.jobs import JobSpec
from bridgecore.infra.outbox import Consumer, Event
from bridgecore.infra.resources import Resources

KEPT = timedelta(days=30)


async def _forget_ended(resources: Resources, timestamp: int) -> None:
    await forget_ended(resources, KEPT)


async def _send_password_link(resources: Resources, email: str) -> None:
    await send_forgotten(resources, email)


async def _send_verification(resources: Resources, registration_id: str) -> None:
    await send_verification(resources, UUID(registration_id))


async def _send_again(resources: Resources, email: str) -> None:
    await send_again(resources, email)


JOBS: Sequence[JobSpec] = (
    JobSpec("identity.forget_ended", _forget_ended, cron="40 2 * * *", lock="identity.forget"),
    JobSpec(FORGOTTEN_JOB, _send_password_link),
    JobSpec(VERIFICATION_JOB, _send_verification),
    JobSpec(RESEND_JOB, _send_again),
)


async def _forget_tenants(session: AsyncSession, happened: Sequence[Event]) -> None:
    await forget_tenants(session, [event.tenant_id for event in happened if event.tenant_id])


def consumers(resources: Resources) -> Sequence[Consumer]:
    async def mark(_: AsyncSession, happened: Sequence[Event]) -> None:
        await set_marks(resources, happened)

    async def write(session: AsyncSession, happened: Sequence[Event]) -> None:
        await write_mails(session, resources, happened)

    return (
        Consumer("identity.revocations", mark, MARKING),
        Consumer("identity.mails", write, MAILED),
        Consumer("identity.forget_tenants", _forget_tenants, frozenset({TENANT_PURGED})),
    )
