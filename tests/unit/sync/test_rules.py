"""The rules of synchronisation that need no database: removals, waits, drift, reading ahead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bridgecore.connectors.contract import Checkpoint, Page
from bridgecore.connectors.errors import Reauthorise, Rejected, RetryAfter
from bridgecore.connectors.odoo.errors import Kind, odoo_error
from bridgecore.domains.sync.service.faults import LONGEST_WAIT, fault_of, wait_after
from bridgecore.domains.sync.service.reading import ahead
from bridgecore.domains.sync.service.run import DatabaseClock
from bridgecore.domains.sync.service.schema import drift
from bridgecore.domains.sync.service.sweeping import allowed

CONFIRMED = {"count": 100, "decision": "confirmed"}


@pytest.mark.parametrize(
    ("count", "of", "question", "expected"),
    [
        (49, 60, None, True),  # few
        (50, 250, None, True),  # a small share
        (51, 250, None, False),
        (1_000, 1_000, None, False),
        (100, 120, CONFIRMED, True),
        (150, 200, CONFIRMED, True),  # a few more have gone since
        (160, 200, CONFIRMED, False),  # a good many more have
        (100, 120, {"count": 100, "decision": "refused"}, False),
        (100, 120, {"count": 100, "decision": None}, False),
    ],
)
def test_a_removal_is_done_unasked_or_not(
    count: int, of: int, question: dict[str, Any] | None, expected: bool
) -> None:
    assert allowed(count, of, question, share=0.2, floor=50) is expected


def test_waits_grow_to_a_limit_and_heed_the_source() -> None:
    waits = [wait_after(failures).total_seconds() for failures in (1, 3, 5, 50)]
    assert waits == sorted(waits)
    assert waits[-1] <= LONGEST_WAIT * 1.15
    assert wait_after(1, at_least=3_600).total_seconds() == 3_600


@pytest.mark.parametrize(
    ("error", "state", "whole"),
    [
        (Reauthorise("no"), "failing", True),
        (RetryAfter("later"), "failing", False),
        (odoo_error(Kind.UNREACHABLE, "gone"), "failing", True),
        (odoo_error(Kind.TIMED_OUT, "slow"), "failing", False),
        (odoo_error(Kind.ACCESS_ERROR, "not you"), "denied", False),
        (odoo_error(Kind.UNKNOWN_MODEL, "what"), "missing", False),
        (Rejected("never"), "failing", False),
    ],
)
def test_a_refusal_says_what_to_do(error: Any, state: str, whole: bool) -> None:
    fault = fault_of(error, "res.partner")
    assert (fault.state, fault.whole, fault.error) == (state, whole, error.message)
    assert len(fault.what_to_do.split()) > 8


def _field(kind: str = "char", label: str = "Label", **more: Any) -> dict[str, Any]:
    return {"type": kind, "label": label, "relation": None, "by_default": True, **more}


def test_drift_tells_gone_renamed_and_retyped_apart() -> None:
    before = {
        "ref": _field(label="Reference"),
        "vat": _field(label="Tax ID"),
        "color": _field("integer"),
        "unused": _field(by_default=False),
    }
    after = {"x_ref": _field(label="Reference"), "color": _field("char")}
    told = drift(before, after, None)
    assert [(each["field"], each["kind"], each.get("to")) for each in told] == [
        ("ref", "renamed", "x_ref"),
        ("vat", "gone", None),
        ("color", "type_changed", "char"),
    ]
    assert all(each["what_to_do"] for each in told)
    assert [each["field"] for each in drift(before, after, ["vat", "unused"])] == ["vat", "unused"]
    assert drift(before, before, None) == []


async def test_the_next_page_is_asked_for_while_one_is_worked_on() -> None:
    asked: list[int] = []

    async def pages() -> AsyncIterator[Page]:
        for number in range(3):
            asked.append(number)
            yield Page((), Checkpoint(str(number)))

    clock = DatabaseClock(datetime(2026, 1, 1, tzinfo=UTC))
    seen = []
    moments = []
    async for moment, page in ahead(pages(), clock):
        await asyncio.sleep(0)
        moments.append(moment)
        seen.append((page.checkpoint, list(asked)))
    assert seen == [("0", [0, 1]), ("1", [0, 1, 2]), ("2", [0, 1, 2])]
    assert moments == sorted(moments)


async def test_a_source_s_refusal_comes_after_the_pages_before_it() -> None:
    async def pages() -> AsyncIterator[Page]:
        yield Page((), Checkpoint("0"))
        raise RetryAfter("later")

    clock = DatabaseClock(datetime(2026, 1, 1, tzinfo=UTC))
    seen = []
    with pytest.raises(RetryAfter):
        async for _, page in ahead(pages(), clock):
            seen.append(page.checkpoint)
    assert seen == ["0"]
