"""Parameters that several routes share."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from bridgecore.domains.usage import service
from bridgecore.domains.usage.schemas import Period, Subject
from bridgecore.domains.usage.schemas.logs import Method, Plain
from bridgecore.kit.clock import Moment, utcnow

Days = Annotated[
    int, Query(ge=1, le=400, description="Whole days (UTC), today included; unless `from`, `to`.")
]
Limit = Annotated[int, Query(ge=1, le=100)]
From = Annotated[Moment | None, Query(alias="from", description="First moment of the period.")]
To = Annotated[Moment | None, Query(alias="to", description="First moment after the period.")]


def week(start: From = None, end: To = None, days: Days = 7) -> Period:
    return service.period_of(start, end, days, utcnow())


def month(start: From = None, end: To = None, days: Days = 30) -> Period:
    return service.period_of(start, end, days, utcnow())


def subject(
    tenant_id: UUID | None = None,
    method: Annotated[Method | None, Query()] = None,
    route: Annotated[Plain | None, Query()] = None,
    model: Annotated[Plain | None, Query()] = None,
) -> Subject:
    return Subject(tenant_id, method, route, model)


def traffic(
    method: Annotated[Method | None, Query()] = None,
    route: Annotated[Plain | None, Query()] = None,
    model: Annotated[Plain | None, Query()] = None,
) -> Subject:
    """What was asked for, by whomever."""
    return Subject(None, method, route, model)


WeekDep = Annotated[Period, Depends(week)]
MonthDep = Annotated[Period, Depends(month)]
SubjectDep = Annotated[Subject, Depends(subject)]
TrafficDep = Annotated[Subject, Depends(traffic)]
