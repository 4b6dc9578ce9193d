"""Where a write comes from, told in its context whatever shape that came in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec import Raw

from bridgecore.domains.gateway.service.operations import Access, OdooCall, encode
from bridgecore.domains.gateway.service.writes import marked

INTENT = UUID(int=7)
MARK = {"bridgecore_origin": f"bridgecore:{INTENT}"}
FULL = {"tz": "UTC", **MARK}


def kwargs_of(given: Any) -> Any:
    call = marked(OdooCall("res.partner", "write", [], given, Access.WRITE), INTENT)
    return msgspec.json.decode(encode(call.kwargs))


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {"context": MARK}),
        (Raw(b"null"), {"context": MARK}),
        ({"context": None}, {"context": MARK}),
        ({"vals": {"a": 1}, "context": {"tz": "UTC"}}, {"vals": {"a": 1}, "context": FULL}),
        ({"context": Raw(b'{"tz": "UTC"}')}, {"context": FULL}),
        (Raw(b'{"ids": [1], "context": {"tz": "UTC"}}'), {"ids": [1], "context": FULL}),
    ],
)
def test_a_context_of_any_form_is_kept_and_marked(given: Any, sent: dict[str, Any]) -> None:
    assert kwargs_of(given) == sent


@pytest.mark.parametrize("given", [{"context": 3}, Raw(b"[1]"), {"context": [["lang", "x"]]}])
def test_what_has_another_shape_is_left_to_odoo(given: Any) -> None:
    assert kwargs_of(given) == msgspec.json.decode(encode(given))
