"""Requests as apps send them, the calls they become, and answers in the exact form."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from bridgecore.domains.gateway.service import batches
from bridgecore.domains.gateway.service.operations import OPERATIONS, Access, OdooCall, encode
from bridgecore.infra.problems import ValidationFailed

PARTNER = "res.partner"


def built(name: str, /, **body: Any) -> OdooCall:
    operation = OPERATIONS[name]
    call: OdooCall = operation.build(operation.decoder.decode(encode({"model": PARTNER, **body})))
    return call


def sent(call: OdooCall) -> tuple[str, Any, Any]:
    """The call as it goes over the wire."""
    return call.method, *msgspec.json.decode(encode([call.args, call.kwargs]))


def answered(name: str, result: Any) -> Any:
    return msgspec.json.decode(OPERATIONS[name].answer(encode(result)))


@pytest.mark.parametrize(
    ("name", "body", "call"),
    [
        (
            "search_read",
            {},
            ("search_read", [], {"domain": [], "offset": 0, "limit": 80}),
        ),
        (
            "search_read",
            {"domain": [["a", "=", 1]], "fields": ["a"], "limit": None, "order": "a"},
            (
                "search_read",
                [],
                {"domain": [["a", "=", 1]], "offset": 0, "fields": ["a"], "order": "a"},
            ),
        ),
        ("read", {"ids": [1], "fields": None}, ("read", [[1]], {})),
        ("read", {"ids": [1], "fields": ["a"]}, ("read", [[1]], {"fields": ["a"]})),
        ("create", {"values": {"a": 1.0}}, ("create", [{"a": 1.0}], {})),
        ("write", {"ids": [1], "values": {"a": None}}, ("write", [[1], {"a": None}], {})),
        ("unlink", {"ids": [1, 2]}, ("unlink", [[1, 2]], {})),
        ("search", {"order": ""}, ("search", [[]], {"limit": 80, "offset": 0})),
        ("search_count", {}, ("search_count", [[]], {})),
        ("copy", {"id": 7}, ("copy", [[7]], {})),
        ("copy", {"id": 7, "default": {"a": 1}}, ("copy", [[7], {"a": 1}], {})),
        (
            "name_search",
            {"name": "x", "args": [["a", "=", 1]]},
            ("name_search", ["x"], {"args": [["a", "=", 1]], "operator": "ilike", "limit": 100}),
        ),
        (
            "name_search",
            {"name": "x", "domain": [["b", "=", 1]], "args": [["a", "=", 1]]},
            ("name_search", ["x"], {"args": [["b", "=", 1]], "operator": "ilike", "limit": 100}),
        ),
        (
            "onchange",
            {"ids": [], "values": {"a": 1}, "field": "a", "spec": {"a": "1"}},
            ("onchange", [[], {"a": 1}, "a", {"a": "1"}], {}),
        ),
        (
            "onchange",
            {"values": {"a": 1}, "field_name": "a", "field_onchange": {"b": "1"}},
            ("onchange", [[], {"a": 1}, "a", {"b": "1"}], {}),
        ),
        ("onchange", {"values": {"a": 1}}, ("onchange", [[], {"a": 1}, [], {"a": "1"}], {})),
        ("fields_get", {"allfields": ["a"]}, ("fields_get", [], {"allfields": ["a"]})),
        ("fields_get", {"fields": ["a"]}, ("fields_get", [], {"allfields": ["a"]})),
        ("get_view", {"view_id": None}, ("get_view", [False, "form"], {})),
        ("get_view", {"toolbar": True}, ("get_view", [False, "form"], {"toolbar": True})),
        ("get_views", {"views": [[None, "list"]]}, ("get_views", [[[False, "list"]]], {})),
        (
            "web_search_read",
            {"fields": ["a"]},
            (
                "web_search_read",
                [],
                {"domain": [], "specification": {"a": {}}, "offset": 0, "limit": 80},
            ),
        ),
        (
            "web_read",
            {"ids": [1]},
            ("web_read", [[1]], {"specification": {"id": {}, "display_name": {}}}),
        ),
        ("check_access_rights", {}, ("check_access_rights", ["read", False], {})),
        ("call_kw", {"method": "x"}, ("x", [], {})),
        ("call_kw", {"method": "x", "args": [1], "kwargs": {"b": 2}}, ("x", [1], {"b": 2})),
        (
            "call_method",
            {"method": "x", "ids": [1], "args": [2], "kwargs": {"b": 2}},
            ("x", [[1], 2], {"b": 2}),
        ),
        ("call_method", {"method": "x", "args": [2]}, ("x", [2], {})),
        ("action_confirm", {"ids": [1]}, ("action_confirm", [[1]], {})),
    ],
)
def test_requests_become_calls(name: str, body: dict[str, Any], call: tuple[Any, ...]) -> None:
    assert sent(built(name, **body)) == call


@pytest.mark.parametrize("name", ["search_read", "read", "web_read", "fields_get", "copy"])
def test_the_context_goes_along(name: str) -> None:
    call = built(name, ids=[1], id=1, context={"lang": "ru_RU"})
    assert sent(call)[2]["context"] == {"lang": "ru_RU"}


def test_the_context_of_kwargs_is_the_calls_own() -> None:
    kwargs = {"context": {"lang": "ar_001"}}
    call = built("call_kw", method="read", kwargs=kwargs, context={"lang": "ru_RU"})
    assert sent(call)[2] == kwargs
    with pytest.raises(ValidationFailed):
        built("call_kw", method="read", kwargs=[1], context={"lang": "ru_RU"})


@pytest.mark.parametrize(
    ("method", "args", "kwargs", "fields"),
    [
        ("search_read", [], {"fields": ["a"]}, ["a"]),
        ("search_read", [[], ["a"]], {}, ["a"]),
        ("read", [[1], ["a"]], {}, ["a"]),
        ("read", [[1]], {"fields": ["b"]}, ["b"]),
        ("read", [[1]], {}, None),
        ("read", [[1], "a"], {}, None),
        ("read", "nonsense", 5, None),
        ("write", [[1], {"a": 1}], {"fields": ["a"]}, None),
    ],
)
def test_what_a_call_asked_for_is_known(
    method: str, args: Any, kwargs: Any, fields: list[str] | None
) -> None:
    found = built("call_kw", method=method, args=args, kwargs=kwargs).fields
    # looked for only when an error has to be worded
    assert callable(found)
    assert found() == fields


def test_only_what_does_not_depend_on_the_moment_is_kept() -> None:
    kept = {name for name in OPERATIONS if built(name, **FORMS.get(name, {})).cacheable}
    assert {"search_read", "read", "web_read", "fields_get", "name_search"} <= kept
    assert not kept & {"create", "write", "unlink", "onchange", "default_get", "call_method"}


FORMS: dict[str, dict[str, Any]] = {
    "read": {"ids": [1]},
    "create": {"values": {}},
    "write": {"ids": [1], "values": {}},
    "unlink": {"ids": [1]},
    "copy": {"id": 1},
    "name_get": {"ids": [1]},
    "name_create": {"name": "x"},
    "load_views": {"views": []},
    "get_views": {"views": []},
    "web_read": {"ids": [1]},
    "web_save": {"values": {}},
    "exists": {"ids": [1]},
    "call_kw": {"method": "write"},
    "call_method": {"method": "anything"},
    "action_confirm": {"ids": [1]},
    "button_cancel": {"ids": [1]},
}


@pytest.mark.parametrize(
    ("name", "result", "body"),
    [
        ("search_read", [{"id": 1, "x": 3.0}], {"records": [{"id": 1, "x": 3.0}]}),
        ("search", [1], {"ids": [1]}),
        ("search_count", 0, {"count": 0}),
        ("write", True, {}),
        ("create", 5, {"id": 5, "ids": [5]}),
        ("create", [5, 6], {"ids": [5, 6]}),
        ("copy", 9, {"id": 9}),
        ("name_create", [4, "x"], {"id": 4, "display_name": "x"}),
        ("exists", [], {"existing_ids": []}),
        ("check_access_rights", False, {"has_access": False}),
        ("call_kw", None, {}),
        ("onchange", {"value": {"a": 1}}, {"value": {"a": 1}}),
        ("onchange", None, {}),
        ("read_group", [], {"groups": []}),
        ("default_get", {"a": False}, {"defaults": {"a": False}}),
    ],
)
def test_answers_carry_the_result_under_its_names(
    name: str, result: Any, body: dict[str, Any]
) -> None:
    assert answered(name, result) == {"success": True, **body, "result": result}


def test_floats_and_large_numbers_stay_as_they_are() -> None:
    raw = b'[{"id":1,"x":3.0,"y":1e22,"z":9007199254740993}]'
    assert OPERATIONS["search_read"].answer(raw).endswith(b'"result":' + raw + b"}")


def test_a_web_search_answers_a_list_and_a_save_answers_true() -> None:
    found = answered("web_search_read", {"length": 7, "records": [{"id": 1}]})
    assert found == {
        "success": True,
        "records": [{"id": 1}],
        "length": 7,
        "result": [{"id": 1}],
    }
    assert answered("web_save", [{"id": 1}])["result"] is True


def test_views_have_both_names_of_their_id() -> None:
    view = answered("get_view", {"id": 3, "arch": "<form/>"})
    assert view["result"] == {"id": 3, "view_id": 3, "arch": "<form/>"}
    assert view["view"] == view["result"]
    loaded = answered("load_views", {"fields_views": {"form": {"arch": "x"}}, "fields": {}})
    assert loaded["result"] == {"views": {"form": {"arch": "x"}}, "fields": {}, "filters": None}


# ── batches ────────────────────────────────────────────────────────────────────────────────────


def item(body: dict[str, Any]) -> batches.Item:
    return batches.decode_item(msgspec.Raw(encode(body)), 3)


def test_items_of_a_batch_are_the_operations_themselves() -> None:
    for name in ("operation", "method"):
        call = item({name: "write", "model": PARTNER, "ids": [1], "values": {"a": 1}}).call
        assert (sent(call), call.access) == (("write", [[1], {"a": 1}], {}), Access.WRITE)
    call = item({"method": "action_post", "model": PARTNER, "ids": [1]}).call
    assert sent(call) == ("action_post", [[1]], {})


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"model": PARTNER}, "/operations/3/operation"),
        ({"operation": "action_post", "model": PARTNER}, "/operations/3/operation"),
        ({"operation": "read", "model": PARTNER, "ids": 5}, "/operations/3/ids"),
        ({"operation": 5}, "/operations/3/operation"),
    ],
)
def test_faults_in_a_batch_name_their_place(body: dict[str, Any], pointer: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        item(body)
    assert caught.value.errors[0]["pointer"] == pointer
