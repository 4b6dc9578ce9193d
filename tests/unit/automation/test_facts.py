"""What is read out of n8n's records."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from bridgecore.domains.automation.schemas.facts import execution_fact, workflow_fact

HERE = uuid4()
SEEN = datetime(2026, 5, 1, tzinfo=UTC)


def execution(**values: Any) -> Any:
    record = {
        "id": "7",
        "status": "success",
        "mode": "webhook",
        "workflowId": "abc",
        "startedAt": "2026-04-01T10:00:00.250Z",
        "stoppedAt": "2026-04-01T10:00:02.000Z",
        **values,
    }
    return execution_fact(HERE, json.dumps(record).encode(), SEEN)


def workflow(**values: Any) -> Any:
    return workflow_fact(HERE, "abc", json.dumps({"id": "abc", **values}).encode(), None)


def test_an_execution() -> None:
    fact = execution(retryOf=3, retrySuccessId="9")
    assert (fact.number, fact.duration_ms, fact.production) == (7, 1750, True)
    assert (fact.retry_of, fact.recovered_by) == (3, 9)


@pytest.mark.parametrize(
    ("mode", "production"),
    [
        ("webhook", True),
        ("trigger", True),
        ("retry", True),
        ("error", True),
        ("cli", True),
        ("evaluation", True),
        ("manual", False),
        ("integrated", False),
        ("internal", False),
        ("chat", False),
        ("something new", False),
    ],
)
def test_which_modes_are_production(mode: str, production: bool) -> None:
    assert execution(mode=mode).production is production


def test_one_that_has_not_ended_has_no_duration() -> None:
    assert execution(status="waiting").duration_ms is None
    assert execution(status="running", stoppedAt=None).duration_ms is None


def test_one_that_has_not_begun_counts_from_when_it_was_seen() -> None:
    assert execution(status="new", startedAt=None, stoppedAt=None).started_at == SEEN


def test_clocks_that_go_back_make_no_negative_times() -> None:
    assert execution(stoppedAt="2026-04-01T09:59:59Z").duration_ms == 0


@pytest.mark.parametrize(
    "record", [b"[]", b"{}", b'{"id": "no number"}', b'{"id": "99999999999999999999"}']
)
def test_what_is_no_execution(record: bytes) -> None:
    assert execution_fact(HERE, record, SEEN) is None


@pytest.mark.parametrize(
    ("rule", "seconds"),
    [
        ({"interval": [{"field": "minutes", "minutesInterval": 15}]}, 900),
        ({"interval": [{"field": "minutes"}]}, 300),
        ({"interval": [{}]}, 86_400),
        ({"interval": [{"field": "hours", "hoursInterval": 6}, {"field": "days"}]}, 21_600),
        ({"interval": [{"field": "weeks", "weeksInterval": 2}]}, 1_209_600),
        ({"interval": [{"field": "cronExpression", "expression": "0 9 * * 1"}]}, None),
        ({"interval": [{"field": "minutes", "minutesInterval": "={{ 5 }}"}]}, None),
        ("odd", None),
    ],
)
def test_how_long_a_schedule_waits(rule: Any, seconds: int | None) -> None:
    trigger = {"type": "n8n-nodes-base.scheduleTrigger", "rule": rule}
    assert workflow(triggers=[trigger]).every_seconds == seconds
    assert workflow(triggers=[{**trigger, "disabled": True}]).every_seconds is None


@pytest.mark.parametrize(
    ("value", "minutes"),
    [(5, Decimal(5)), ("2.5", Decimal("2.5")), (None, None), (-1, None), (True, None), ("x", None)],
)
def test_minutes_that_n8n_says_are_saved(value: Any, minutes: Decimal | None) -> None:
    assert workflow(settings={"timeSavedPerExecution": value}).source_minutes == minutes
