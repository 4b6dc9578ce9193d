"""Severity and sameness of errors."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgecore.domains.usage.schemas import ErrorSeverity
from bridgecore.domains.usage.service.classification import (
    fingerprint,
    normalised,
    severity_of,
)
from bridgecore.infra.problems import Code


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (200, None, None),
        (304, None, None),
        (500, Code.INTERNAL_ERROR, ErrorSeverity.CRITICAL),
        (500, None, ErrorSeverity.CRITICAL),
        (503, Code.SERVICE_UNAVAILABLE, ErrorSeverity.HIGH),
        (503, None, ErrorSeverity.HIGH),
        (502, Code.UPSTREAM_OUTCOME_UNKNOWN, ErrorSeverity.HIGH),
        (502, Code.UPSTREAM_UNREACHABLE, ErrorSeverity.HIGH),
        (504, Code.UPSTREAM_TIMEOUT, ErrorSeverity.MEDIUM),
        (503, Code.CIRCUIT_OPEN, ErrorSeverity.MEDIUM),
        (503, Code.MAINTENANCE_MODE, ErrorSeverity.LOW),
        (404, Code.UPSTREAM_NOT_FOUND, ErrorSeverity.LOW),
        (429, Code.RATE_LIMIT_EXCEEDED, ErrorSeverity.LOW),
        (429, Code.QUOTA_EXCEEDED, ErrorSeverity.MEDIUM),
        (403, Code.FORBIDDEN, ErrorSeverity.LOW),
        (422, Code.VALIDATION_FAILED, ErrorSeverity.LOW),
        (401, Code.TOKEN_EXPIRED, None),
        (404, Code.NOT_FOUND, None),
        (405, Code.METHOD_NOT_ALLOWED, None),
        (499, None, None),
    ],
)
def test_severity(status: int, code: Code | None, expected: ErrorSeverity | None) -> None:
    assert severity_of(status, code) is expected


@pytest.mark.parametrize("status", range(500, 600))
def test_no_server_fault_goes_unseen(status: int) -> None:
    assert severity_of(status, None) is not None


def test_values_do_not_tell_errors_apart() -> None:
    form = "Record {} of '{}' has {} lines, {} open; ask {} about {}"
    first = form.format(uuid4(), "Acme", 3, "12.50", "ann@acme.example", "0xdeadbeef1")
    second = form.format(uuid4(), "Umbra", 41, "9", "bob@umbra.example", "0xfeed12345")
    assert normalised(first) == normalised(second)
    assert fingerprint("C", "/r", "m", first) == fingerprint("C", "/r", "m", second)


def test_an_apostrophe_quotes_nothing() -> None:
    message = "It can't be read and it isn't there."
    assert normalised(message) == message


def test_words_code_route_and_model_do() -> None:
    base = fingerprint("C", "/r", "m", "the field is missing")
    others = {
        fingerprint("C", "/r", "m", "the field is wrong"),
        fingerprint("D", "/r", "m", "the field is missing"),
        fingerprint("C", "/q", "m", "the field is missing"),
        fingerprint("C", "/r", "n", "the field is missing"),
        # parts do not run into each other
        fingerprint("C", "/rm", "", "the field is missing"),
    }
    assert base not in others
    assert len(others) == 5


@given(st.text(max_size=2000), st.integers(0, 10**12), st.integers(0, 10**12))
def test_any_message_has_a_fingerprint_and_numbers_are_one(
    words: str, first: int, second: int
) -> None:
    assert len(fingerprint("C", "/r", "", words)) == 32
    assert normalised(f"{first} of x") == normalised(f"{second} of x")
