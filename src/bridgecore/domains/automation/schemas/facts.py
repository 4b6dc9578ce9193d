"""What is read out of n8n's records: executions and workflows as facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import msgspec

PRODUCTION_MODES = frozenset({"webhook", "trigger", "retry", "error", "cli", "evaluation"})
"""The modes n8n's own Insights count. Left out: `manual` (a test in the editor), `integrated` (a
part of another execution), `internal` and `chat`."""

OPEN = frozenset({"new", "running", "waiting"})
_STATUSES = OPEN | {"success", "error", "crashed", "canceled"}
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ExecutionFact:
    connection_id: UUID
    number: int
    workflow_id: str
    status: str
    mode: str
    started_at: datetime
    stopped_at: datetime | None
    duration_ms: int | None
    wait_till: datetime | None
    retry_of: int | None
    recovered_by: int | None

    @property
    def production(self) -> bool:
        return self.mode in PRODUCTION_MODES


@dataclass(frozen=True, slots=True)
class WorkflowFact:
    connection_id: UUID
    workflow_id: str
    name: str
    active: bool
    archived: bool
    deleted_at: datetime | None
    tags: list[str]
    every_seconds: int | None
    source_minutes: Decimal | None


class _Execution(msgspec.Struct, rename="camel"):
    id: str | int
    status: str = "unknown"
    mode: str = ""
    workflow_id: str | None = None
    started_at: str | None = None
    stopped_at: str | None = None
    wait_till: str | None = None
    retry_of: str | int | None = None
    retry_success_id: str | int | None = None


class _Tag(msgspec.Struct):
    name: str = ""


class _Trigger(msgspec.Struct):
    type: str = ""
    disabled: bool = False
    rule: Any = None


class _Workflow(msgspec.Struct, rename="camel"):
    id: str | int
    name: str = ""
    active: bool = False
    is_archived: bool = False
    tags: list[_Tag] | None = None
    settings: dict[str, Any] | None = None
    triggers: list[_Trigger] | None = None


_EXECUTION = msgspec.json.Decoder(_Execution)
_WORKFLOW = msgspec.json.Decoder(_Workflow)


def execution_fact(connection_id: UUID, data: bytes, seen_at: datetime) -> ExecutionFact | None:
    """The fact in one execution's record; None where the record is none of n8n's.

    `seen_at` stands in for the start of one that waits for its turn.
    """
    try:
        found = _EXECUTION.decode(data)
    except msgspec.DecodeError:
        return None
    number = _number(found.id)
    if number is None:
        return None
    started, stopped = _moment(found.started_at), _moment(found.stopped_at)
    status = found.status if found.status in _STATUSES else "unknown"
    duration = None
    if started is not None and stopped is not None and status not in OPEN:
        duration = max(0, round((stopped - started).total_seconds() * 1000))
    return ExecutionFact(
        connection_id=connection_id,
        number=number,
        workflow_id=(found.workflow_id or "")[:64],
        status=status,
        mode=found.mode[:32],
        started_at=started or seen_at,
        stopped_at=stopped,
        duration_ms=duration,
        wait_till=_moment(found.wait_till),
        retry_of=_number(found.retry_of),
        recovered_by=_number(found.retry_success_id),
    )


def workflow_fact(
    connection_id: UUID, key: str, data: bytes, deleted_at: datetime | None
) -> WorkflowFact | None:
    """The fact in one workflow's record; None where the record is none of n8n's."""
    try:
        found = _WORKFLOW.decode(data)
    except msgspec.DecodeError:
        return None
    return WorkflowFact(
        connection_id=connection_id,
        workflow_id=key[:64],
        name=found.name[:500],
        active=found.active,
        archived=found.is_archived,
        deleted_at=deleted_at,
        tags=[tag.name[:100] for tag in found.tags or ()][:50],
        every_seconds=_longest_wait(found.triggers or ()),
        source_minutes=_minutes((found.settings or {}).get("timeSavedPerExecution")),
    )


_UNITS = {
    "seconds": ("secondsInterval", 1, 30),
    "minutes": ("minutesInterval", 60, 5),
    "hours": ("hoursInterval", 3_600, 1),
    "days": ("daysInterval", 86_400, 1),
    "weeks": ("weeksInterval", 604_800, 1),
    "months": ("monthsInterval", 2_678_400, 1),
}


def _longest_wait(triggers: Any) -> int | None:
    """Seconds between two runs of a schedule, at most; None where it is none, or a cron line."""
    waits = []
    for trigger in triggers:
        if trigger.disabled or not trigger.type.endswith(".scheduleTrigger"):
            continue
        rule = trigger.rule if isinstance(trigger.rule, dict) else {}
        intervals = rule.get("interval")
        for each in intervals if isinstance(intervals, list) else ():
            field = each.get("field", "days") if isinstance(each, dict) else None
            if field not in _UNITS:
                return None
            name, seconds, usual = _UNITS[field]
            count = each.get(name, usual)
            if not isinstance(count, int | float) or isinstance(count, bool) or count <= 0:
                return None
            waits.append(min(int(count * seconds), 2**31 - 1))
    return min(waits, default=None)


def _minutes(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        minutes = Decimal(str(value))
    except InvalidOperation:
        return None
    return minutes if minutes.is_finite() and 0 <= minutes < 1_000_000 else None


def _number(value: str | int | None) -> int | None:
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdecimal() and len(value) < 20 else None
    return value if value is not None and 0 <= value <= _LARGEST else None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC) if 1900 <= moment.year < 9000 else None
