"""How Odoo's faults become problems that existing apps read rightly."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgecore.connectors.odoo import Kind
from bridgecore.connectors.odoo.errors import odoo_error
from bridgecore.domains.gateway import errors
from bridgecore.domains.gateway.errors import problem_of
from bridgecore.infra.problems import Code

FALLBACK = re.compile(r"Invalid field ['\"]([^'\"]+)['\"]")

REFUSED = {
    Kind.ACCESS_ERROR: (403, Code.UPSTREAM_ACCESS_DENIED),
    Kind.MISSING_RECORD: (404, Code.UPSTREAM_NOT_FOUND),
    Kind.UNKNOWN_MODEL: (404, Code.UPSTREAM_NOT_FOUND),
    Kind.UNKNOWN_METHOD: (400, Code.UPSTREAM_REJECTED),
    Kind.INVALID_FIELD: (400, Code.UPSTREAM_REJECTED),
    Kind.BAD_REQUEST: (400, Code.UPSTREAM_REJECTED),
    Kind.VALIDATION: (400, Code.UPSTREAM_REJECTED),
    Kind.USER_ERROR: (400, Code.UPSTREAM_REJECTED),
    Kind.REDIRECT_WARNING: (400, Code.UPSTREAM_REJECTED),
    Kind.UNSUPPORTED: (400, Code.UPSTREAM_REJECTED),
}
FAILED = {
    Kind.ACCESS_DENIED: (502, Code.UPSTREAM_CREDENTIALS),
    Kind.MFA_REQUIRED: (502, Code.UPSTREAM_CREDENTIALS),
    Kind.SESSION_EXPIRED: (502, Code.UPSTREAM_CREDENTIALS),
    Kind.DATABASE_MISSING: (502, Code.UPSTREAM_ERROR),
    Kind.NOT_ODOO: (502, Code.UPSTREAM_ERROR),
    Kind.SERVER_ERROR: (502, Code.UPSTREAM_ERROR),
    Kind.ANSWER_TOO_LARGE: (502, Code.UPSTREAM_ERROR),
    Kind.UNAVAILABLE: (502, Code.UPSTREAM_UNREACHABLE),
    Kind.UNREACHABLE: (502, Code.UPSTREAM_UNREACHABLE),
    Kind.TIMED_OUT: (504, Code.UPSTREAM_TIMEOUT),
    Kind.RATE_LIMITED: (503, Code.UPSTREAM_RATE_LIMITED),
}


def test_every_kind_is_known() -> None:
    assert {*REFUSED, *FAILED, Kind.CONCURRENCY} == set(Kind)


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize(("kind", "expected"), [*REFUSED.items(), *FAILED.items()])
def test_what_was_not_sent_or_only_read(
    kind: Kind, expected: tuple[int, Code], writes: bool
) -> None:
    problem = problem_of(odoo_error(kind, "Words", sent=not writes), writes=writes)
    assert (problem.status, problem.code) == expected
    assert problem.status != 401  # apps would refresh and ask again for ever


@pytest.mark.parametrize("kind", [*FAILED, Kind.CONCURRENCY])
def test_a_write_that_may_have_been_carried_out_is_in_doubt(kind: Kind) -> None:
    problem = problem_of(odoo_error(kind, "Words", sent=True), writes=True)
    assert (problem.status, problem.code) == (502, Code.UPSTREAM_OUTCOME_UNKNOWN)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in REFUSED])
def test_503_and_504_only_where_sending_again_does_no_harm(kind: Kind) -> None:
    """Apps send a request again by themselves after those two."""
    problem = problem_of(odoo_error(kind, "Words", sent=True), writes=True)
    assert problem.status not in (503, 504)


def test_concurrency() -> None:
    error = odoo_error(Kind.CONCURRENCY, "could not serialize access")
    assert problem_of(error, writes=True).status == 409
    read = problem_of(error, writes=False)
    assert (read.status, read.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize(("asked", "told"), [(None, "5"), (0.2, "1"), (17.0, "17")])
def test_retry_after_is_whole_seconds(asked: float | None, told: str) -> None:
    error = odoo_error(Kind.RATE_LIMITED, "slow down", retry_after=asked)
    assert problem_of(error, writes=False).headers["Retry-After"] == told


def test_odoos_exception_and_arguments_go_along() -> None:
    error = odoo_error(
        Kind.REDIRECT_WARNING,
        "Set up a journal first",
        exception="odoo.exceptions.RedirectWarning",
        arguments=["Set up a journal first", 42, "Go there"],
    )
    problem = problem_of(error, writes=True)
    assert problem.extra == {
        "odoo_exception": "odoo.exceptions.RedirectWarning",
        "odoo_arguments": ["Set up a journal first", 42, "Go there"],
    }


# ── words ──────────────────────────────────────────────────────────────────────────────────────


def words(message: str, fields: list[str] | None = None, kind: Kind = Kind.INVALID_FIELD) -> str:
    return problem_of(odoo_error(kind, message), writes=False, fields=fields).detail


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_field_that_was_asked_for_is_blamed_in_the_words_apps_know(quote: str) -> None:
    told = words(f"Invalid field {quote}mobile{quote} on 'res.partner'", ["name", "mobile"])
    found = FALLBACK.search(told)
    assert found is not None
    assert found[1] == "mobile"


@pytest.mark.parametrize("fields", [None, [], ["name"]])
def test_a_field_that_was_not_asked_for_is_blamed_in_other_words(fields: list[str] | None) -> None:
    told = words("Invalid field 'mobile' on model 'res.partner'", fields)
    assert "Invalid field" not in told
    assert "'mobile'" in told


def test_no_second_name_slips_through() -> None:
    told = words("Invalid field 'a' on model 'x'. Invalid field 'b' on model 'x'", ["name"])
    assert FALLBACK.search(told) is None
    assert "'a'" in told
    assert "'b'" in told


@given(
    names=st.lists(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), min_size=1, max_size=4),
    asked=st.lists(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), max_size=4),
)
def test_what_apps_would_drop_was_always_asked_for(names: list[str], asked: list[str]) -> None:
    told = words("; ".join(f"Invalid field '{name}'" for name in names), asked)
    found = FALLBACK.search(told)
    assert found is None or found[1] in asked


@pytest.mark.parametrize("kind", sorted(REFUSED))
@pytest.mark.parametrize("word", ["suspended", "Suspend", "SUSPENDED", "suspended.order"])
def test_no_word_of_odoo_makes_a_tenant_look_suspended(kind: Kind, word: str) -> None:
    told = words(f"You may not touch {word} here", kind=kind)
    assert "suspend" not in told.lower()
    assert told.startswith("You may not touch inactive")


def test_an_error_without_words_still_says_something() -> None:
    assert words("", kind=Kind.USER_ERROR) == "Odoo refused this call."


def test_credentials_are_not_told_what_odoo_said_of_them() -> None:
    told = words("Wrong login/password for robot@acme", kind=Kind.ACCESS_DENIED)
    assert told == errors.UpstreamCredentials.__doc__
