"""The gateway's background work: settling writes in doubt."""

from __future__ import annotations

from collections.abc import Sequence

from bridgecore.domains.gateway.service.clients import OdooLines
from bridgecore.domains.gateway.service.reconciliation import reconcile_all
from bridgecore.infra.jobs import JobSpec
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
