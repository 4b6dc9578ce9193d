"""What may be wrong with webhooks: events that could not be worked on."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.webhooks.events import WEBHOOK_DEAD_LETTERED
from bridgecore.domains.webhooks.service import overview
from bridgecore.infra.alerting import AlertSeverity, Parameters, Probe, Reading
from bridgecore.infra.resources import Resources

PAGE = "/webhooks"


class DeadLetterParameters(Parameters):
    events: int = Field(1, ge=1, le=1_000_000, description="Dead letters that wait for a person.")


async def _dead(
    session: AsyncSession, resources: Resources, tenant_id: UUID, wanted: DeadLetterParameters
) -> Sequence[Reading]:
    dead = await overview.dead_letters(session, tenant_id)
    return [
        Reading(
            subject="webhooks",
            name="",
            firing=dead.total >= wanted.events,
            facts={
                "events": dead.total,
                "of_source": dead.of_source,
                "of_ours": dead.of_ours,
                "reason": dead.reasons[0].reason if dead.reasons else "",
            },
            page=PAGE,
        )
    ]


PROBES: Sequence[Probe] = (
    Probe(
        "dead_letters",
        DeadLetterParameters,
        AlertSeverity.WARNING,
        _dead,
        triggers=frozenset({WEBHOOK_DEAD_LETTERED}),
    ),
)
