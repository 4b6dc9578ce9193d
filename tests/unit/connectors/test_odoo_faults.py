"""Refusals recorded from Odoo 17 and 19, and answers of what stands in front of Odoo."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bridgecore.connectors.errors import Reauthorise, Rejected, RetryAfter
from bridgecore.connectors.odoo.errors import Kind, odoo_error
from bridgecore.connectors.odoo.faults import (
    Refusal,
    from_http,
    from_refusal,
    from_rpc,
    from_transport,
)
from bridgecore.connectors.odoo.json2 import _refused as json2_refused
from bridgecore.kit.http import (
    ConnectFailed,
    ConnectionBroken,
    HttpResponse,
    ResponseTooLarge,
    TimedOut,
)

RECORDED = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "odoo_refusals.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("seen", RECORDED, ids=[f"{r['odoo']}-{r['name']}" for r in RECORDED])
def test_recorded_refusal_has_its_kind(seen):
    body = seen["body"]
    text = body if isinstance(body, str) else json.dumps(body)
    response = HttpResponse(seen["status"], {"content-type": seen["content_type"]}, text.encode())
    if seen["path"].startswith("/json/2"):
        error = json2_refused(response, seen["model"], seen["method"])
    elif isinstance(body, str):
        error = from_http(response)
    else:
        raw = json.dumps(body["error"]).encode()
        error = from_rpc(raw, model=seen["model"], method=seen["method"], status=200)
        assert error.exception == body["error"]["data"]["name"]
    assert error.kind == seen["kind"]
    assert not error.sent
    assert error.message
    assert "LINE 1" not in error.message


def test_every_version_has_all_its_recordings():
    assert len([r for r in RECORDED if r["odoo"] == 17]) == 79
    assert len([r for r in RECORDED if r["odoo"] == 19]) == 92


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("psycopg2.errors.SerializationFailure", Kind.CONCURRENCY),
        ("psycopg2.errors.DeadlockDetected", Kind.CONCURRENCY),
        ("psycopg2.errors.LockNotAvailable", Kind.CONCURRENCY),
        ("odoo.exceptions.LockError", Kind.CONCURRENCY),
        ("odoo.exceptions.ConcurrencyError", Kind.CONCURRENCY),
        ("psycopg2.pool.PoolError", Kind.UNAVAILABLE),
        ("psycopg2.OperationalError", Kind.UNAVAILABLE),
        ("odoo.http.AuthenticationError", Kind.SESSION_EXPIRED),
        ("odoo.exceptions.except_orm", Kind.USER_ERROR),
        ("builtins.ZeroDivisionError", Kind.SERVER_ERROR),
        ("", Kind.SERVER_ERROR),
    ],
)
def test_names_no_recording_has(name, kind):
    assert from_refusal(Refusal(name, "something")).kind is kind


def test_redirect_warning_keeps_its_action():
    arguments = ["Set up a journal first.", {"type": "ir.actions.act_window"}, "Go", None]
    error = from_refusal(
        Refusal("odoo.exceptions.RedirectWarning", "Set up a journal first.", arguments)
    )
    assert error.kind is Kind.REDIRECT_WARNING
    assert error.arguments == tuple(arguments)


def test_same_exception_is_the_callers_or_the_servers_fault():
    refusal = Refusal("builtins.TypeError", "unsupported operand type(s)")
    assert from_refusal(refusal, model="x", method="search_read").kind is Kind.BAD_REQUEST
    assert from_refusal(refusal, model="x", method="action_confirm").kind is Kind.SERVER_ERROR


def test_unknown_method_of_15_and_16():
    error = from_refusal(
        Refusal("builtins.AttributeError", "type object 'res.partner' has no attribute 'fly'"),
        model="res.partner",
        method="fly",
    )
    assert error.kind is Kind.UNKNOWN_METHOD


def test_bare_names_become_sentences():
    field = from_refusal(Refusal("builtins.KeyError", "fax"), model="res.partner", method="write")
    assert field.message == "Invalid field fax on 'res.partner'"
    model = from_refusal(Refusal("builtins.KeyError", "no.model"), model="no.model", method="read")
    assert model.message == "The model 'no.model' does not exist."


@pytest.mark.parametrize(
    ("status", "kind", "sent", "error_class"),
    [
        (429, Kind.RATE_LIMITED, False, RetryAfter),
        (502, Kind.UNAVAILABLE, True, RetryAfter),
        (503, Kind.UNAVAILABLE, True, RetryAfter),
        (504, Kind.UNAVAILABLE, True, RetryAfter),
        (500, Kind.SERVER_ERROR, True, Rejected),
        (413, Kind.BAD_REQUEST, False, Rejected),
        (403, Kind.NOT_ODOO, False, Rejected),
        (200, Kind.NOT_ODOO, False, Rejected),
    ],
)
def test_pages_instead_of_json(status, kind, sent, error_class):
    error = from_http(HttpResponse(status, {"content-type": "text/html"}, b"<html></html>"))
    assert error.kind is kind
    assert error.sent is sent
    assert isinstance(error, error_class)
    assert error.status == status


def test_garbled_json_may_hide_an_act():
    error = from_http(HttpResponse(200, {"content-type": "application/json"}, b'{"jsonrpc":'))
    assert error.kind is Kind.NOT_ODOO
    assert error.sent


def test_redirect_names_the_other_host_only():
    error = from_http(HttpResponse(301, {"location": "https://shop.test/web?token=abc"}, b""))
    assert "https://shop.test" in error.message
    assert "abc" not in error.message


def test_retry_after_as_number_and_date():
    headers = {"retry-after": "7"}
    assert from_http(HttpResponse(429, headers, b"")).retry_after == 7
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    wait = from_http(HttpResponse(503, {"retry-after": moment}, b"")).retry_after
    assert wait is not None
    assert 85 < wait <= 90
    assert from_http(HttpResponse(503, {"retry-after": "soon"}, b"")).retry_after is None


@pytest.mark.parametrize(
    ("broken", "kind", "sent"),
    [
        (ConnectFailed("x"), Kind.UNREACHABLE, False),
        (ConnectionBroken("x"), Kind.UNREACHABLE, True),
        (TimedOut("x"), Kind.TIMED_OUT, True),
        (TimedOut("x", sent=False), Kind.TIMED_OUT, False),
        (ResponseTooLarge("x"), Kind.ANSWER_TOO_LARGE, True),
    ],
)
def test_failed_exchanges(broken, kind, sent):
    error = from_transport(broken)
    assert (error.kind, error.sent) == (kind, sent)


def test_every_kind_has_one_of_the_contracts_classes():
    for kind in Kind:
        error = odoo_error(kind, "x")
        contracts = [
            base for base in (RetryAfter, Reauthorise, Rejected) if isinstance(error, base)
        ]
        assert len(contracts) == 1
        assert error.retryable is (contracts == [RetryAfter])


def test_a_database_connection_that_broke_may_have_committed():
    broke = Refusal("psycopg2.OperationalError", "server closed the connection unexpectedly")
    assert from_refusal(broke).sent
    refused = Refusal("psycopg2.OperationalError", "connection to server at x failed: refused")
    assert not from_refusal(refused).sent
    assert not from_refusal(Refusal("psycopg2.pool.PoolError", "exhausted")).sent
