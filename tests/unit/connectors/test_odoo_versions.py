"""One request, one answer: what is rewritten for which version, and put back how."""

from __future__ import annotations

import json

import msgspec
import pytest

from bridgecore.connectors.errors import Rejected
from bridgecore.connectors.odoo import Kind, OdooClient
from bridgecore.connectors.odoo.versions import rewrite

ALL = range(14, 20)


def sent(major, method, args, kwargs):
    """The call as it goes out, the same from Python objects and from encoded arguments."""
    request = rewrite(major, method, args, kwargs)
    plain = json.loads(msgspec.json.encode([request.method, request.args, request.kwargs]))
    encoded = rewrite(
        major,
        method,
        msgspec.Raw(json.dumps(args).encode()),
        msgspec.Raw(json.dumps(kwargs).encode()),
    )
    again = json.loads(msgspec.json.encode([encoded.method, encoded.args, encoded.kwargs]))
    assert again == plain
    return plain


def answered(major, method, args, kwargs, raw):
    finish = rewrite(major, method, args, kwargs).finish
    return json.loads(finish(json.dumps(raw).encode()) if finish else json.dumps(raw))


@pytest.mark.parametrize("major", ALL)
def test_what_does_not_differ_goes_through(major):
    for method in ("search_read", "read", "write", "action_confirm"):
        assert sent(major, method, [[1]], {"x": 1}) == [method, [[1]], {"x": 1}]


def test_name_get_is_a_read_from_18():
    assert sent(17, "name_get", [[1, 3]], {}) == ["name_get", [[1, 3]], {}]
    expected = ["read", [[1, 3]], {"context": {"lang": "fr_FR"}, "fields": ["display_name"]}]
    assert sent(18, "name_get", [[1, 3]], {"context": {"lang": "fr_FR"}}) == expected
    rows = [{"id": 3, "display_name": "Azure"}, {"id": 1, "display_name": False}]
    assert answered(19, "name_get", [[3, 1]], {}, rows) == [[3, "Azure"], [1, ""]]
    assert answered(17, "name_get", [[3]], {}, [[3, "Azure"]]) == [[3, "Azure"]]


def test_copy_of_one_record_is_one_id():
    assert answered(17, "copy", [7], {}, 8) == 8
    assert answered(18, "copy", [7], {}, [8]) == 8
    assert answered(18, "copy", [[7]], {"default": {}}, [8]) == 8
    assert answered(18, "copy", [[7, 6]], {}, [8, 9]) == [8, 9]
    assert sent(19, "copy", [[7]], {"default": {"name": "x"}})[1:] == [
        [[7]],
        {"default": {"name": "x"}},
    ]


def test_message_post_answers_one_id():
    assert answered(18, "message_post", [[7]], {"body": "x"}, 719) == 719
    assert answered(19, "message_post", [[7]], {"body": "x"}, [719]) == 719


@pytest.mark.parametrize("given", ["args", "domain"])
def test_name_search_domain(given):
    kwargs = {given: [["a", "=", 1]], "limit": 3}
    assert sent(18, "name_search", ["az"], kwargs)[2] == {"limit": 3, "args": [["a", "=", 1]]}
    assert sent(19, "name_search", ["az"], kwargs)[2] == {"limit": 3, "domain": [["a", "=", 1]]}


@pytest.mark.parametrize("method", ["search", "search_count"])
def test_domain_by_name(method):
    domain = [["a", "=", 1]]
    for major in ALL:
        for name in ("domain", "args"):
            kwargs = {name: domain, "order": "id"}
            assert sent(major, method, [], kwargs) == [method, [domain], {"order": "id"}]
        assert sent(major, method, [domain], {}) == [method, [domain], {}]


def test_search_that_counts():
    assert sent(16, "search", [[]], {"count": True}) == ["search", [[]], {"count": True}]
    assert sent(16, "search", [[], 0, None, None, True], {}) == [
        "search",
        [[], 0, None, None],
        {"count": True},
    ]
    assert sent(17, "search", [[], 0, None, None, True], {}) == ["search_count", [[]], {}]
    kwargs = {"count": True, "order": "name", "domain": []}
    assert sent(19, "search", [], kwargs) == ["search_count", [[]], {}]
    assert sent(19, "search", [[]], {"count": False}) == ["search", [[]], {}]


def test_search_count_with_a_limit():
    assert sent(16, "search_count", [[]], {"limit": 5}) == ["search_count", [[]], {"limit": 5}]
    assert sent(15, "search_count", [[], 5], {}) == ["search", [[]], {"limit": 5}]
    assert answered(15, "search_count", [[], 5], {}, [3, 4, 9]) == 3


def test_exists_is_a_search_in_19():
    assert sent(18, "exists", [[1, 2]], {}) == ["exists", [[1, 2]], {}]
    assert sent(19, "exists", [[1, 2]], {"context": {"lang": "x"}}) == [
        "search",
        [[["id", "in", [1, 2]]]],
        {"context": {"lang": "x", "active_test": False}},
    ]
    assert answered(19, "exists", [[5, 1, 9]], {}, [1, 5]) == [5, 1]


@pytest.mark.parametrize("name", ["vals_list", "vals", "values"])
def test_create_by_name(name):
    for major in ALL:
        assert sent(major, "create", [], {name: {"a": 1}}) == ["create", [{"a": 1}], {}]


def test_default_get_names():
    assert sent(18, "default_get", [], {"fields": ["a"]})[2] == {"fields_list": ["a"]}
    assert sent(19, "default_get", [], {"fields_list": ["a"]})[2] == {"fields": ["a"]}


def test_rights():
    asked = ["check_access_rights", ["write"], {"raise_exception": False}]
    for major in ALL:
        assert sent(major, "check_access_rights", ["write"], {"raise_exception": False}) == asked
    assert sent(17, "has_access", [[], "write"], {}) == asked
    assert sent(18, "has_access", [[], "write"], {}) == ["has_access", [[], "write"], {}]
    assert sent(20, "check_access_rights", ["write"], {}) == ["has_access", [[], "write"], {}]
    assert answered(20, "check_access_rights", ["write", False], {}, False) is False
    with pytest.raises(Rejected) as caught:
        answered(20, "check_access_rights", ["write"], {}, False)
    assert caught.value.kind is Kind.ACCESS_ERROR


def test_onchange_specs():
    old = [[], {"name": "x"}, "name", {"name": "1", "line_ids": "1", "line_ids.qty": "1"}]
    new = [[], {"name": "x"}, ["name"], {"name": {}, "line_ids": {"fields": {"qty": {}}}}]
    assert sent(16, "onchange", old, {})[1] == old
    assert sent(17, "onchange", old, {})[1] == new
    assert sent(19, "onchange", new, {})[1] == new
    assert sent(16, "onchange", new, {})[1][3] == old[3]
    named = {"values": {}, "field_name": "name", "field_onchange": {"name": "1"}}
    assert sent(19, "onchange", [[]], named)[2] == {
        "values": {},
        "field_names": ["name"],
        "fields_spec": {"name": {}},
    }


FIELDS = {"name": {"type": "char"}}
NEW_VIEWS = {
    "views": {"list": {"arch": "<list/>", "id": 7, "model": "m", "toolbar": {}}},
    "models": {"m": {"fields": FIELDS}},
}
VIEWS_OF_16 = {
    "views": {"tree": {"arch": "<tree/>", "id": 7, "model": "m"}},
    "models": {"m": FIELDS},
}
OLD_VIEWS = {
    "fields_views": {"tree": {"arch": "<tree/>", "view_id": 7, "model": "m", "fields": FIELDS}},
    "fields": FIELDS,
    "filters": [],
}


def test_fields_view_get():
    kwargs = {"view_id": None, "view_type": "tree", "toolbar": True}
    assert sent(15, "fields_view_get", [], kwargs) == [
        "fields_view_get",
        [False, "tree", True, False],
        {},
    ]
    assert sent(18, "fields_view_get", [], kwargs) == [
        "get_views",
        [[[False, "list"]], {"toolbar": True}],
        {},
    ]
    for major, raw in ((16, VIEWS_OF_16), (18, NEW_VIEWS)):
        view = answered(major, "fields_view_get", [], kwargs, raw)
        assert (view["view_id"], view["fields"], view["model"]) == (7, FIELDS, "m")


def test_get_view():
    assert sent(19, "get_view", [], {"view_type": "tree", "toolbar": True}) == [
        "get_view",
        [False, "list"],
        {"toolbar": True},
    ]
    assert sent(15, "get_view", [3, "form"], {}) == ["fields_view_get", [3, "form"], {}]
    assert answered(15, "get_view", [3], {}, {"arch": "<form/>", "view_id": 3})["id"] == 3


def test_get_views():
    asked = [[None, "tree"], [4, "form"]]
    assert sent(19, "get_views", [asked], {}) == [
        "get_views",
        [[[False, "list"], [4, "form"]], {}],
        {},
    ]
    assert sent(15, "get_views", [], {"views": asked, "options": {"toolbar": True}}) == [
        "load_views",
        [[[False, "tree"], [4, "form"]], {"toolbar": True}],
        {},
    ]
    assert list(answered(19, "get_views", [[[7, "tree"]]], {}, NEW_VIEWS)["views"]) == ["tree"]
    assert list(answered(19, "get_views", [[[7, "list"]]], {}, NEW_VIEWS)["views"]) == ["list"]
    views = answered(15, "get_views", [[[7, "list"]]], {}, OLD_VIEWS)
    assert views["views"]["list"]["id"] == 7
    assert views["models"] == {"m": {"fields": FIELDS}}


def test_load_views():
    asked = {"views": [[7, "tree"]], "options": {"load_filters": True}}
    assert sent(15, "load_views", [], asked)[0] == "load_views"
    assert sent(19, "load_views", [], asked) == [
        "get_views",
        [[[7, "list"]], {"load_filters": True}],
        {},
    ]
    loaded = answered(19, "load_views", [], asked, NEW_VIEWS)
    assert loaded["fields_views"]["tree"]["view_id"] == 7
    assert loaded["fields"] == FIELDS
    assert answered(15, "load_views", [], asked, OLD_VIEWS) == OLD_VIEWS


PARTNERS = {
    1: {"id": 1, "name": "A", "parent_id": [2, "B"], "child_ids": []},
    2: {"id": 2, "name": "B", "parent_id": False, "child_ids": [1, 3]},
    3: {"id": 3, "name": "C", "parent_id": [2, "B"], "child_ids": []},
}


def before_17(model, method, args, kwargs):
    """The calls an Odoo 16 has, on three partners."""
    rows = {key: dict(row) for key, row in PARTNERS.items()}

    def picked(keys, fields):
        return [{"id": key, **{name: rows[key][name] for name in fields}} for key in keys]

    match method:
        case "read":
            return picked(args[0], args[1])
        case "search_read":
            start, stop = kwargs["offset"], kwargs["limit"]
            return picked(list(rows)[start:][:stop], args[1])
        case "search_count":
            return len(rows)
        case "fields_get":
            kinds = {"parent_id": "many2one", "child_ids": "one2many"}
            return {n: {"type": kinds[n], "relation": "res.partner"} for n in args[0]}
        case "create":
            return 3
        case "write":
            return True
    raise AssertionError(method)


@pytest.fixture
async def old(odoo, http):
    odoo.version, odoo.handle = "16.0", before_17
    return OdooClient(odoo.identity(), http)


async def asked(client, method, args, kwargs):
    return json.loads(await client.execute("res.partner", method, args, kwargs, timeout=5))


async def test_web_read_before_17(old):
    specification = {
        "name": {},
        "parent_id": {"fields": {"name": {}, "parent_id": {}}},
        "child_ids": {"fields": {"name": {}, "parent_id": {}}, "limit": 1},
    }
    rows = await asked(old, "web_read", [[2, 3]], {"specification": specification})
    assert rows == [
        {
            "id": 2,
            "name": "B",
            "parent_id": False,
            "child_ids": [{"id": 1, "name": "A", "parent_id": 2}, {"id": 3}],
        },
        {
            "id": 3,
            "name": "C",
            "parent_id": {"id": 2, "name": "B", "parent_id": False},
            "child_ids": [],
        },
    ]
    assert await asked(old, "web_read", [[3]], {"specification": {"parent_id": {}}}) == [
        {"id": 3, "parent_id": 2}
    ]


async def test_web_save_before_17(old, odoo):
    kwargs = {"specification": {"name": {}}}
    assert await asked(old, "web_save", [[], {"name": "C"}], kwargs) == [{"id": 3, "name": "C"}]
    assert await asked(old, "web_save", [[2], {"name": "B"}], kwargs) == [{"id": 2, "name": "B"}]
    methods = [method for _, method in odoo.calls]
    assert methods == ["create", "read", "write", "read"]


async def test_web_search_read_by_specification_before_17(old):
    kwargs = {"domain": [], "specification": {"parent_id": {}}, "limit": 2}
    assert await asked(old, "web_search_read", [], kwargs) == {
        "length": 3,
        "records": [{"id": 1, "parent_id": 2}, {"id": 2, "parent_id": False}],
    }


async def test_web_search_read_by_fields_from_17(odoo, http):
    odoo.version, odoo.handle = "18.0", before_17
    client = OdooClient(odoo.identity(), http)
    kwargs = {"domain": [], "fields": ["parent_id"], "limit": 2, "offset": 1}
    assert await asked(client, "web_search_read", [], kwargs) == {
        "length": 3,
        "records": [{"id": 2, "parent_id": False}, {"id": 3, "parent_id": [2, "B"]}],
    }
    kwargs = {"domain": [], "fields": ["name"], "limit": 9, "offset": 2}
    found = await asked(client, "web_search_read", [], kwargs)
    assert found == {"length": 3, "records": [{"id": 3, "name": "C"}]}
    assert [method for _, method in odoo.calls].count("search_count") == 1


async def test_native_forms_are_left_alone(odoo, http):
    client = OdooClient(odoo.identity(), http)
    kwargs = {"domain": [], "specification": {"name": {}}}
    echo = await asked(client, "web_search_read", [], kwargs)
    assert echo == {"args": [], "kwargs": kwargs}
    assert odoo.calls == [("res.partner", "web_search_read")]


async def test_bridged_answers_come_over_the_wire(odoo, http):
    odoo.version, odoo.handle = "18.0", lambda *call: [99]
    client = OdooClient(odoo.identity(), http)
    assert await client.execute("res.partner", "copy", [[7]], {}, timeout=5) == b"99"
    assert await client.call("res.partner", "copy", [[7]], {}, timeout=5) == b"[99]"


@pytest.mark.parametrize(
    ("method", "args", "kwargs"),
    [
        ("get_views", [[["form"]]], {}),
        ("get_views", [5], {}),
        ("load_views", [], {"views": {"form": 1}}),
        ("name_get", msgspec.Raw(b"{}"), {}),
        ("copy", msgspec.Raw(b"[[1,]]"), {}),
    ],
)
@pytest.mark.parametrize("version", ["15.0", "18.0"])
async def test_malformed_arguments_are_the_callers(odoo, http, method, args, kwargs, version):
    odoo.version = version
    with pytest.raises(Rejected) as caught:
        await OdooClient(odoo.identity(), http).execute("m", method, args, kwargs, timeout=5)
    assert caught.value.kind is Kind.BAD_REQUEST
    assert not odoo.calls


@pytest.mark.parametrize(
    "specification", [{"name": 5}, ["name"], {"parent_id": {"fields": "name"}}]
)
async def test_malformed_specifications_are_the_callers(old, odoo, specification):
    with pytest.raises(Rejected) as caught:
        await asked(old, "web_read", [[1]], {"specification": specification})
    assert caught.value.kind is Kind.BAD_REQUEST
    assert not odoo.calls


async def test_an_answer_of_no_known_shape(odoo, http):
    odoo.version, odoo.handle = "18.0", lambda *call: {"surprise": True}
    client = OdooClient(odoo.identity(), http)
    with pytest.raises(Rejected) as caught:
        await client.execute("m", "name_get", [[1]], {}, timeout=5)
    assert caught.value.kind is Kind.SERVER_ERROR


async def test_saved_values_count_as_sent_though_reading_them_fails(odoo, http, refused):
    def save_only(model, method, args, kwargs):
        if method == "read":
            raise refused("odoo.exceptions.AccessError", "You may not read this")
        return True

    odoo.version, odoo.handle = "16.0", save_only
    client = OdooClient(odoo.identity(), http)
    kwargs = {"specification": {"name": {}}}
    with pytest.raises(Rejected) as caught:
        await client.execute("m", "web_save", [[1], {"a": 1}], kwargs, timeout=5)
    assert (caught.value.kind, caught.value.sent) == (Kind.ACCESS_ERROR, True)
