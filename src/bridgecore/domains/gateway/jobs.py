"""The gateway's background work: settling writes in doubt."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.gateway.service.clients import OdooLines
from bridgecore.domains.gateway.service.reconciliation import reconcile_all
from bridgecore.domains.tenancy.events import TENANT_PURGED
from bridgecore.infra import intents
from bridgecore.infra.jobs import JobSpec
from bridgecore.infra.outbox import Consumer, Event
from bridgecore.infra.resources import Resources


async def reconcile_gateway_writes(resources: Resources, timestamp: int) -> None:
    """Each minute: name the writes a dead process left, and find out what became of them."""
    lines = OdooLines(resources)
    try:
        await reconcile_all(resources, lines)
    finally:
        await lines.close()


JOBS: Sequence[JobSpec] = (
    JobSpec(
        "reconcile_gateway_writes",
        reconcile_gateway_writes,
        cron="* * * * *",
        attempts=1,
        lock="reconcile_gateway_writes",
    ),
)


async def _forget(session: AsyncSession, happened: Sequence[Event]) -> None:
    await intents.forget_tenants(
        session, [event.tenant_id for event in happened if event.tenant_id]
    )


def consumers(resources: Resources) -> Sequence[Consumer]:
    return (Consumer("gateway.forget_tenants", _forget, frozenset({TENANT_PURGED})),)
