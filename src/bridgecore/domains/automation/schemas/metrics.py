"""Figures as they are answered."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, PlainSerializer, StringConstraints

from bridgecore.domains.automation.schemas.periods import Interval
from bridgecore.infra.web import Output
from bridgecore.kit.clock import Moment


class Runs(StrEnum):
    """Which executions are counted.

    `production`: started by a trigger, a webhook, a retry, an error workflow, the command line or
    an evaluation, as n8n's own Insights count. `manual`: all others, which are tests in the
    editor, parts of another execution, and chats.
    """

    PRODUCTION = "production"
    MANUAL = "manual"
    ALL = "all"


class Status(StrEnum):
    """How an execution stands. `unknown`: it ended, and n8n kept nothing of it."""

    NEW = "new"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCESS = "success"
    ERROR = "error"
    CRASHED = "crashed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


Amount = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]


class Money(Output):
    currency: str
    amount: Amount


class ExecutionFigures(Output):
    """Executions that started in a period.

    A `success_rate` is success / (success + error): what was cancelled, has not ended or left no
    trace is outside it. Durations are of finished executions that never waited, in milliseconds;
    percentiles are the nearest rank, so each is the duration of a real execution.
    """

    executions: int
    success: int
    error: int = Field(description="Crashes included.")
    crashed: int
    canceled: int
    waiting: int
    running: int
    unknown: int = Field(description="Ended without being kept by n8n.")
    recovered: int = Field(description="Errors that a retry made good.")
    waited: int = Field(description="Had waited, so their duration is not counted.")
    success_rate: float | None
    timed: int = Field(description="How many executions the durations are of.")
    average_ms: float | None
    p50_ms: int | None = None
    p95_ms: int | None = None
    max_ms: int | None
    minutes_saved: float
    money_saved: list[Money]


class Change(Output):
    """Against the period before. Each is None where one of the two can't be told.

    `executions`, `average_ms` and `p95_ms` are parts of the former figure (0.1 is a tenth more),
    `success_rate` is the difference of the two rates.
    """

    executions: float | None
    success_rate: float | None
    average_ms: float | None
    p95_ms: float | None


class Bucket(Output):
    """`start` is when the hour, day, week or month begins on the tenant's clock."""

    start: datetime
    executions: int
    success: int
    error: int
    canceled: int
    success_rate: float | None
    average_ms: float | None
    max_ms: int | None


class ExecutionHour(Output):
    hour: int
    executions: int
    error: int


class PeriodOut(Output):
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    time_zone: str
    interval: Interval
    runs: Runs


class ExecutionLink(Output):
    """`url` opens the execution in n8n's editor."""

    connection_id: UUID
    id: str
    started_at: datetime
    url: str | None


class ErrorGroup(Output):
    """Equal errors of a period. `message` is None for those n8n could not explain (yet)."""

    message: str | None
    node: str | None
    count: int
    connection_id: UUID
    workflow_id: str
    workflow_name: str | None
    latest: ExecutionLink


class AttentionSeverity(StrEnum):
    CRITICAL = "critical"
    WARNING = "warning"
    NOTICE = "notice"


class Reason(StrEnum):
    """Why a client needs attention."""

    NO_SERVER = "no_server"
    SERVER_FAILING = "server_failing"
    KEY_REFUSED = "key_refused"
    STALE = "stale"
    WORKFLOW_FAILING = "workflow_failing"
    OVERDUE = "overdue"
    LOW_SUCCESS = "low_success"
    SUCCESS_FELL = "success_fell"


class Attention(Output):
    """`value` is what `reason` is about: a streak, a rate, a difference, or minutes."""

    reason: Reason
    severity: AttentionSeverity
    text: str
    value: float | None = None
    connection_id: UUID | None = None
    workflow_id: str | None = None
    workflow_name: str | None = None


class ServerOut(Output):
    """One n8n server. `fresh_at` is when its executions were last read."""

    connection_id: UUID
    name: str
    url: str | None
    is_primary: bool
    is_active: bool
    status: str
    status_detail: str | None
    version: str | None
    fresh_at: datetime | None
    age_seconds: float | None


class ClientRef(Output):
    id: UUID
    name: str
    slug: str
    status: str
    time_zone: str


class ClientMetrics(Output):
    """What one client's automations did in a period.

    `before` and `change` are absent where what is known does not reach back over the whole period
    before.
    """

    client: ClientRef
    period: PeriodOut
    figures: ExecutionFigures
    before: ExecutionFigures | None
    change: Change | None
    other_runs: int = Field(description="Executions of the period that `runs` leaves out.")
    series: list[Bucket]
    by_hour: list[ExecutionHour] = Field(description="By hour of the day, on the tenant's clock.")
    errors: list[ErrorGroup] = Field(description="The most common first.")
    workflows: int
    active_workflows: int
    last_run_at: datetime | None
    servers: list[ServerOut]
    fresh_at: datetime | None = Field(description="The oldest of the servers' last readings.")
    attention: list[Attention]


class OverviewClient(Output):
    """`executions` and `errors` are by day of the period, for a sparkline."""

    client: ClientRef
    figures: ExecutionFigures
    before: ExecutionFigures | None
    change: Change | None
    executions_by_day: list[int]
    errors_by_day: list[int]
    active_workflows: int
    last_run_at: datetime | None
    servers: int
    fresh_at: datetime | None
    attention: list[Attention]


class Overview(Output):
    """Every client, what needs attention most first."""

    period: PeriodOut
    totals: ExecutionFigures
    clients: list[OverviewClient]


class Streak(Output):
    """How many production runs in a row ended alike, counted up to 1,000."""

    outcome: str
    length: int


class Savings(Output):
    """What one successful run saves. `minutes` counts: those set here, else n8n's own setting."""

    minutes: Amount | None
    minutes_saved: Amount | None = Field(description="As set here.")
    source_minutes: Amount | None = Field(description="As set in n8n.")
    hourly_rate: Amount | None
    currency: str | None


class WorkflowMetrics(Output):
    connection_id: UUID
    server: str
    workflow_id: str
    name: str | None = Field(description="None for one that was deleted before it was seen.")
    url: str | None
    active: bool
    archived: bool
    deleted_at: datetime | None
    tags: list[str]
    every_seconds: int | None = Field(description="The longest wait its schedule has.")
    figures: ExecutionFigures
    before: ExecutionFigures | None
    change: Change | None
    executions_by_day: list[int]
    errors_by_day: list[int]
    last_run_at: datetime | None
    last_status: Status | None
    last_execution: ExecutionLink | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    streak: Streak | None
    most_common_error: ErrorGroup | None
    savings: Savings
    attention: list[Attention]


class WorkflowsOut(Output):
    client: ClientRef
    period: PeriodOut
    workflows: list[WorkflowMetrics]


class ExecutionOut(Output):
    connection_id: UUID
    id: str
    workflow_id: str
    workflow_name: str | None
    status: Status
    mode: str
    production: bool
    started_at: datetime
    stopped_at: datetime | None
    duration_ms: int | None
    waited: bool
    wait_till: datetime | None
    retry_of: str | None
    recovered_by: str | None
    error_message: str | None
    error_name: str | None
    error_node: str | None
    error_description: str | None
    explained: bool = Field(description="n8n has been asked why it failed.")
    url: str | None


Plain = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00]*$")]


class ExecutionFilter(Output):
    """Which executions are listed."""

    status: list[Status] | None = None
    runs: Runs = Runs.ALL
    workflow_id: Plain | None = None
    connection_id: UUID | None = None
    start: Moment | None = None
    end: Moment | None = None
