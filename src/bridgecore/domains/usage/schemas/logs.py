"""Wire shapes and filters of the request log and the error log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from bridgecore.domains.usage.schemas.analytics import Covered, Endpoint, ModelUse, RequestFigures
from bridgecore.infra.web import Feed, Input, Output
from bridgecore.kit.clock import Moment

Plain = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Method = Annotated[str, StringConstraints(max_length=10, pattern=r"^[A-Za-z]+$", to_upper=True)]


class ErrorSeverity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class _Window(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    tenant_id: UUID | None = None
    start: Moment | None = Field(None, alias="from", description="First moment wanted.")
    end: Moment | None = Field(None, alias="to", description="First moment no longer wanted.")
    cursor: Annotated[str, StringConstraints(max_length=500)] | None = None
    limit: int = Field(100, ge=1, le=1000)


class UsageFilter(_Window):
    """Which requests to list."""

    tenants_only: bool = Field(False, description="Without the requests of staff.")
    method: Method | None = None
    status: int | None = Field(None, ge=100, le=599)
    status_class: int | None = Field(None, ge=2, le=5, description="4 finds 400 to 499.")
    route: Plain | None = Field(None, description="A route template, exactly.")
    model: Plain | None = None
    correlation_id: Plain | None = None
    min_duration: float | None = Field(
        None, ge=0, le=1e9, allow_inf_nan=False, description="Milliseconds."
    )


class ErrorFilter(_Window):
    """Which errors to list."""

    severity: ErrorSeverity | None = None
    unresolved_only: bool = False
    code: Plain | None = None
    search: Plain | None = Field(None, description="In the message or the route.")


class UsageLineOut(Output):
    """One answered request."""

    id: UUID
    occurred_at: datetime
    tenant_id: UUID | None
    tenant_name: str | None = Field(None, description="As it is now; null of staff and purged.")
    actor_id: UUID | None
    actor_kind: str
    method: str
    route: str
    path: str
    model: str
    operation: str
    status: int
    duration_ms: float
    upstream_ms: float | None
    source: str
    request_bytes: int
    response_bytes: int
    client_address: str
    user_agent: str
    correlation_id: str
    code: str | None


class UsagePage(Feed[UsageLineOut]):
    """Requests, newest first.

    A page may hold fewer than `limit` lines, even none, and still have a `next_cursor`: a search
    for rare lines answers with how far it has come.
    """

    as_of: datetime


class ErrorGroupOut(Output):
    """Errors that are the same but for numbers, ids and quoted values."""

    id: UUID
    tenant_id: UUID | None
    tenant_name: str | None = Field(None, description="As it is now; null of staff and purged.")
    severity: ErrorSeverity
    code: str
    status_code: int
    message: str
    method: str
    route: str
    model: str
    occurrences: int
    first_seen: datetime
    last_seen: datetime
    resolved: bool
    resolved_at: datetime | None
    resolved_by: UUID | None
    resolution_notes: str | None
    reopened_at: datetime | None = Field(description="When it came again after being resolved.")


class ErrorLineOut(Output):
    """One line of the error log. Several errors of low severity may share one."""

    id: UUID
    occurred_at: datetime
    severity: ErrorSeverity
    code: str
    status: int
    message: str
    method: str
    route: str
    model: str
    operation: str
    correlation_id: str
    actor_id: UUID | None
    occurrences: int
    context: dict[str, Any]


class ErrorDetailOut(ErrorGroupOut):
    """One error with its latest lines."""

    lines: Sequence[ErrorLineOut]


class ErrorPage(Feed[ErrorGroupOut]):
    """Errors, those seen last first."""

    as_of: datetime


class UsageSummaryOut(Covered):
    tenant_id: UUID | None
    total: RequestFigures
    previous: RequestFigures
    top_endpoints: Sequence[Endpoint]
    top_models: Sequence[ModelUse]


class ErrorSummaryOut(Covered):
    """Errors of a period: how often, how severe, and which ones are still open."""

    tenant_id: UUID | None
    occurrences: int
    by_severity: dict[str, int]
    by_code: dict[str, int]
    open_errors: dict[str, int] = Field(description="Unresolved errors by severity, of any time.")
    most_frequent: Sequence[ErrorGroupOut]


class ErrorResolution(Input):
    resolution_notes: Annotated[
        str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")
    ]


class Reopening(Input):
    reason: Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00]*$")] = ""
