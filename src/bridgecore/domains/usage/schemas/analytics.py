"""Wire shapes of figures.

Every answer says which period it covers and, in `as_of`, up to when requests are counted in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from bridgecore.infra.web import Output

Interval = Literal["hour", "day"]


class RequestFigures(Output):
    """What happened in some time. Durations are milliseconds; None where nothing happened.

    `errors` are answers of status 400 and above. Percentiles are exact for one hour or day, and
    `estimated` from a histogram over longer times: within a few per cent of many requests.
    """

    requests: int = 0
    errors: int = 0
    error_rate: float = Field(0.0, description="Errors divided by requests, 0 to 1.")
    status_2xx: int = 0
    status_3xx: int = 0
    status_4xx: int = 0
    status_5xx: int = 0
    average_ms: float | None = None
    min_ms: float | None = None
    max_ms: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    percentiles: Literal["exact", "estimated"] | None = None
    request_bytes: int = 0
    response_bytes: int = 0


class Covered(Output):
    """The time an answer covers."""

    from_: datetime = Field(serialization_alias="from", description="First moment covered.")
    to: datetime = Field(description="First moment no longer covered.")
    as_of: datetime = Field(description="Requests answered up to about a second before are in.")


class Point(RequestFigures):
    """One hour or day. `complete` is false while it has not ended, or begun before `from`."""

    start: datetime
    complete: bool


class SeriesOut(Covered):
    """Requests over time, with the whole period and the one of the same length before it."""

    interval: Interval
    points: Sequence[Point]
    total: RequestFigures
    previous: RequestFigures


class StatusDistributionOut(Covered):
    """How many answers were of each class of status."""

    status_2xx: int
    status_3xx: int
    status_4xx: int
    status_5xx: int
    previous: RequestFigures


class RequestHour(RequestFigures):
    hour: int = Field(ge=0, le=23, description="Hour of the day, UTC.")


class ResponseTimesOut(Covered):
    """Response times by hour of the day, over all days of the period."""

    hours: Sequence[RequestHour]
    total: RequestFigures
    previous: RequestFigures


class Endpoint(RequestFigures):
    method: str
    route: str
    previous_requests: int = 0


class EndpointsOut(Covered):
    items: Sequence[Endpoint]


class ModelUse(RequestFigures):
    model: str
    previous_requests: int = 0


class ModelsOut(Covered):
    items: Sequence[ModelUse]


class TenantUse(RequestFigures):
    tenant_id: UUID
    name: str
    slug: str
    status: str
    plan: str
    previous_requests: int = 0


class TopTenantsOut(Covered):
    items: Sequence[TenantUse]


class DayFigures(RequestFigures):
    day: date
    complete: bool


class DailyFigures(Covered):
    """Figures of each day (UTC), oldest first; days without requests are there too."""

    tenant_id: UUID
    items: Sequence[DayFigures]


class TenantAnalyticsOut(Covered):
    """One tenant: figures, busiest endpoints and models, errors still open."""

    tenant_id: UUID
    name: str
    total: RequestFigures
    previous: RequestFigures
    top_endpoints: Sequence[Endpoint]
    top_models: Sequence[ModelUse]
    open_errors: dict[str, int]


class OverviewOut(Covered):
    """The platform in the last 24 hours, beside the 24 hours before."""

    tenants: dict[str, int] = Field(description="Tenants by state, and `total`.")
    active_tenants: int = Field(description="Tenants that made a request in these 24 hours.")
    last_24h: RequestFigures
    previous_24h: RequestFigures
    requests_today: int = Field(description="Since midnight UTC.")
    open_errors: dict[str, int] = Field(description="Unresolved errors by severity.")


class PlatformOut(OverviewOut):
    """The overview, with what the platform's own parts are using."""

    storage_bytes: int = Field(description="What all tenants store, as last measured.")
    database: dict[str, Any]
    redis: dict[str, Any]
    jobs: dict[str, int] = Field(description="Background jobs by state.")
