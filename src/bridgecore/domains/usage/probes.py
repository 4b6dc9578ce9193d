"""What may be wrong with requests: too many fail, or the plan is nearly used up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.usage import service
from bridgecore.domains.usage.schemas import Period, Subject
from bridgecore.infra.alerting import AlertSeverity, Parameters, Probe, Reading
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

PAGE = "/activity"


class ErrorParameters(Parameters):
    share: float = Field(0.1, gt=0, le=1, description="Of requests that failed by no own fault.")
    minutes: int = Field(15, ge=5, le=1440, description="Over how many minutes.")
    requests: int = Field(20, ge=1, le=1_000_000, description="With fewer nothing is said.")


class QuotaParameters(Parameters):
    share: float = Field(0.8, ge=0.1, le=1, description="Of what the plan allows.")


async def _errors(
    session: AsyncSession, resources: Resources, tenant_id: UUID, wanted: ErrorParameters
) -> Sequence[Reading]:
    now = utcnow()
    period = Period(now - timedelta(minutes=wanted.minutes), now)
    told = await service.status_distribution(session, period, Subject(tenant_id=tenant_id))
    total = told.status_2xx + told.status_3xx + told.status_4xx + told.status_5xx
    share = told.status_5xx / total if total else 0.0
    return [
        Reading(
            subject="gateway",
            name="",
            # a few requests that fail among few are no proof either way
            firing=share >= wanted.share
            if total >= wanted.requests
            else (None if told.status_5xx else False),
            facts={
                "error_share": round(share, 4),
                "errors": told.status_5xx,
                "requests": total,
                "minutes": wanted.minutes,
            },
            page=PAGE,
        )
    ]


async def _quota(
    session: AsyncSession, resources: Resources, tenant_id: UUID, wanted: QuotaParameters
) -> Sequence[Reading]:
    use = await service.use_of(session, resources, tenant_id)
    day = next((each for each in use.requests if each.name == "day"), None)
    measured: list[tuple[str, int | None, int | None]] = [
        ("users", use.users.used, use.users.limit),
        ("storage", use.storage.used_bytes, use.storage.limit_bytes),
    ]
    if day is not None:
        measured.append(("requests", day.used, day.limit))
    return [
        Reading(
            subject=what,
            name=what,
            firing=None if used is None else used >= limit * wanted.share,
            facts={
                "used_share": None if used is None else round(used / limit, 4),
                "used": used,
                "limit": limit,
                "plan": use.plan,
            },
            page=PAGE,
        )
        for what, used, limit in measured
        if limit
    ]


PROBES: Sequence[Probe] = (
    Probe("error_rate", ErrorParameters, AlertSeverity.CRITICAL, _errors),
    Probe("quota_near", QuotaParameters, AlertSeverity.WARNING, _quota),
)
