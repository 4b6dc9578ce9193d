"""JSON-2: positional arguments find their names, and answers the shape asked for."""

from __future__ import annotations

import json

import msgspec
import pytest
from aiohttp import web

from bridgecore.connectors.errors import Rejected
from bridgecore.connectors.odoo import Kind, OdooClient, OdooError


@pytest.fixture
async def client(odoo, http, api_key):
    odoo.version = "19.0"
    odoo.handle = lambda model, method, ids, body: {"ids": ids, **body}
    return OdooClient(odoo.identity(api_key), http)


@pytest.mark.parametrize(
    ("method", "args", "kwargs", "sent"),
    [
        ("search", [[["a", "=", 1]], 5], {}, {"ids": None, "domain": [["a", "=", 1]], "offset": 5}),
        ("search_read", [], {"domain": [], "fields": ["x"]}, None),
        ("read", [[1, 2], ["name"]], {}, {"ids": [1, 2], "fields": ["name"]}),
        ("read", [7], {"fields": ["name"]}, {"ids": [7], "fields": ["name"]}),
        ("write", [[1], {"a": 2}], {"context": {"lang": "ru_RU"}}, None),
        ("unlink", [[4, 5]], {}, {"ids": [4, 5]}),
        ("name_search", ["az", [["a", "=", 1]]], {"limit": 3}, None),
        ("web_save", [False, {"a": 1}], {"specification": {}}, None),
        ("action_confirm", [[9]], {}, {"ids": [9]}),
        ("action_confirm", [9], {}, {"ids": [9]}),
        ("my_method", [], {"x": 1}, {"ids": None, "x": 1}),
    ],
)
async def test_arguments_get_their_names(client, method, args, kwargs, sent):
    expected = (
        sent
        or {
            "search_read": {"ids": None, "domain": [], "fields": ["x"]},
            "write": {"ids": [1], "vals": {"a": 2}, "context": {"lang": "ru_RU"}},
            "name_search": {"ids": None, "name": "az", "domain": [["a", "=", 1]], "limit": 3},
            "web_save": {"ids": [], "vals": {"a": 1}, "specification": {}},
        }[method]
    )
    assert json.loads(await client.call("sale.order", method, args, kwargs, timeout=5)) == expected
    encoded = (
        msgspec.Raw(json.dumps(args).encode()),
        msgspec.Raw(json.dumps(kwargs).encode()),
    )
    assert json.loads(await client.call("sale.order", method, *encoded, timeout=5)) == expected


@pytest.mark.parametrize(
    ("values", "created", "answer"),
    [({"name": "a"}, [18], b"18"), ([{"name": "a"}], [18], b"[18]"), ([], [], b"[]")],
)
async def test_create_answers_in_kind(client, odoo, values, created, answer):
    seen = []

    def create(model, method, ids, body):
        seen.append(body)
        return created

    odoo.handle = create
    assert await client.call("res.partner", "create", [values], timeout=5) == answer
    assert seen == [{"vals_list": values if isinstance(values, list) else [values]}]


async def test_unknown_methods_are_looked_up_in_the_documentation(client, odoo):
    reads = []

    async def documentation(request):
        if request.path == "/doc-bearer/sale.order.json":
            reads.append(1)
            methods = {
                "split": {"parameters": {"self": {}, "by": {}, "times": {}}, "api": []},
                "totals": {"parameters": {"date": {}, "unit": {}}, "api": ["model"]},
            }
            return web.json_response({"model": "sale.order", "methods": methods})
        return None

    odoo.intercept = documentation
    answer = await client.call("sale.order", "split", [[3], "day", 2], timeout=5)
    assert json.loads(answer) == {"ids": [3], "by": "day", "times": 2}
    answer = await client.call("sale.order", "totals", ["2026-01-01", "h"], timeout=5)
    assert json.loads(answer) == {"ids": None, "date": "2026-01-01", "unit": "h"}
    assert len(reads) == 1


async def test_without_documentation_names_are_asked_for(client, odoo):
    with pytest.raises(Rejected, match="named arguments") as caught:
        await client.call("sale.order", "split", [[3], "day"], timeout=5)
    assert caught.value.kind is Kind.BAD_REQUEST
    assert ("sale.order", "split") not in odoo.calls


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [([[1], {}, 3], {}), ([[1], {"a": 1}], {"vals": {}}), (msgspec.Raw(b"{}"), {})],
)
async def test_arguments_that_fit_nowhere(client, args, kwargs):
    with pytest.raises(OdooError) as caught:
        await client.call("res.partner", "write", args, kwargs, timeout=5)
    assert caught.value.kind is Kind.BAD_REQUEST


@pytest.mark.parametrize(
    ("model", "method", "kind"),
    [
        ("..", "search", Kind.UNKNOWN_MODEL),
        ("res.partner/../x", "search", Kind.UNKNOWN_MODEL),
        ("res.partner", "../search", Kind.UNKNOWN_METHOD),
        ("res.partner", "", Kind.UNKNOWN_METHOD),
    ],
)
async def test_names_cannot_leave_their_place_in_the_path(client, odoo, model, method, kind):
    with pytest.raises(OdooError) as caught:
        await client.call(model, method, [], {}, timeout=5)
    assert caught.value.kind is kind
    assert odoo.calls == [("res.users", "context_get")]


async def test_refused_key_and_database(odoo, http, api_key):
    odoo.version = "19.0"
    status = await OdooClient(odoo.identity(api_key, database="gone"), http).check()
    assert status.error.kind is Kind.DATABASE_MISSING
    odoo.keys = ()
    status = await OdooClient(odoo.identity(api_key), http).check()
    assert status.error.kind is Kind.ACCESS_DENIED


async def test_a_key_of_someone_else_is_told(odoo, http, api_key):
    odoo.version = "19.0"
    status = await OdooClient(odoo.identity(api_key, login="boss"), http).check()
    assert status.ok
    assert status.problems == ("The API key belongs to admin, not to boss.",)
