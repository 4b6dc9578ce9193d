"""The methods apps call on any model, across the versions that can be played."""

from __future__ import annotations

from collections.abc import AsyncIterator
from xml.etree import ElementTree

import aiohttp
import pytest
import pytest_asyncio

from bridgecore.simulators.odoo import OdooSimulator

from .conftest import OdooError, Rpc


@pytest_asyncio.fixture(scope="module", params=(15, 16, 17, 18, 19), ids=lambda v: f"odoo{v}")
async def any_version(request: pytest.FixtureRequest) -> AsyncIterator[Rpc]:
    async with (
        OdooSimulator(request.param, "acme", size=60) as simulator,
        aiohttp.ClientSession() as http,
    ):
        yield Rpc(simulator, http)


async def test_every_model_can_be_read_whole(any_version: Rpc) -> None:
    rpc = any_version
    for model in rpc.simulator.databases["acme"].registry.models:
        described = await rpc.call(model, "fields_get")
        for row in await rpc.call(model, "search_read", [], limit=5):
            assert row.keys() == described.keys(), model


async def test_views_name_fields_that_exist(any_version: Rpc) -> None:
    rpc, version = any_version, any_version.simulator.version
    for model in ("res.partner", "sale.order", "crm.lead", "account.move"):
        described = await rpc.call(model, "fields_get")
        if version >= 16:
            answer = await rpc.call(
                model, "get_views", [[False, "list"], [False, "form"], [False, "search"]]
            )
            arches = [view["arch"] for view in answer["views"].values()]
            expected = "list" if version >= 18 else "tree"
            assert ElementTree.fromstring(arches[0]).tag == expected
        else:
            arches = [(await rpc.call(model, "fields_view_get", view_type="form"))["arch"]]
        for arch in arches:
            named = {node.get("name") for node in ElementTree.fromstring(arch).iter("field")}
            assert named <= described.keys()


async def test_names(any_version: Rpc) -> None:
    rpc, version = any_version, any_version.simulator.version
    key, label = await rpc.call("res.partner", "name_create", "Named")
    assert label == "Named"
    assert [key, "Named"] in await rpc.call("res.partner", "name_search", "named")
    word = "domain" if version >= 19 else "args"
    narrowed = {word: [["id", "=", key]]}
    assert await rpc.call("res.partner", "name_search", "", **narrowed) == [[key, "Named"]]
    if version >= 18:
        with pytest.raises(OdooError, match="does not exist"):
            await rpc.call("res.partner", "name_get", [key])
    else:
        assert await rpc.call("res.partner", "name_get", [key]) == [[key, "Named"]]
    copied = await rpc.call("res.partner", "copy", [key])
    assert isinstance(copied, list) is (version >= 18)


async def test_a_form_is_filled_and_saved(any_version: Rpc) -> None:
    rpc, version = any_version, any_version.simulator.version
    if version < 17:
        answer = await rpc.call(
            "res.partner", "onchange", [], {"name": "x"}, "name", {"name": "1", "display_name": ""}
        )
        assert answer["value"]["display_name"] == "x"
        return
    spec = {"price_unit": {}, "price_total": {}, "product_id": {"fields": {"display_name": {}}}}
    values = {"product_id": 1, "product_uom_qty": 3}
    answer = await rpc.call("sale.order.line", "onchange", [], values, ["product_id"], spec)
    price = answer["value"]["price_unit"]
    assert answer["value"]["price_total"] == pytest.approx(price * 3 * 1.15, abs=0.02)
    spec = {"partner_id": {"fields": {"display_name": {}}}, "order_line": {"fields": {"name": {}}}}
    lines = [[0, 0, {"product_id": 1}], [0, 0, {"product_id": 2}]]
    vals = {"partner_id": 1, "order_line": lines}
    [row] = await rpc.call("sale.order", "web_save", [], vals, spec)
    assert row["partner_id"] == {"id": 1, "display_name": "Acme Trading"}
    assert [set(line) for line in row["order_line"]] == [{"id", "name"}] * 2
    line = row["order_line"][0]["id"]
    [again] = await rpc.call(
        "sale.order", "web_save", [row["id"]], {"order_line": [[2, line, 0]]}, spec
    )
    assert [one["id"] for one in again["order_line"]] == [row["order_line"][1]["id"]]


async def test_import_is_all_or_nothing(any_version: Rpc) -> None:
    rpc = any_version
    columns = ["id", "name", "country_id", "parent_id/id"]
    rows = [["shop.one", "One", "Germany", ""], ["shop.two", "Two", "", "shop.one"]]
    first = await rpc.call("res.partner", "load", columns, rows)
    assert first["messages"] == []
    assert (await rpc.call("res.partner", "load", columns, rows))["ids"] == first["ids"]
    [two] = await rpc.call("res.partner", "read", first["ids"][1:], fields=["parent_id"])
    assert two["parent_id"][0] == first["ids"][0]
    bad = [["shop.three", "Three", "", ""], ["shop.four", "Four", "Atlantis", ""]]
    refused = await rpc.call("res.partner", "load", columns, bad)
    assert refused["ids"] is False
    assert await rpc.call("res.partner", "search", [["name", "=", "Three"]]) == []
    external = await rpc.call("res.partner", "get_external_id", first["ids"])
    assert set(external.values()) == {"shop.one", "shop.two"}


async def test_files_and_reports(any_version: Rpc) -> None:
    rpc = any_version
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(rpc.simulator.url, cookie_jar=jar) as http:
        params = {"db": "acme", "login": "admin", "password": "admin"}
        await http.post("/web/session/authenticate", json={"params": params})
        form = aiohttp.FormData({"model": "res.partner", "id": "1"})
        form.add_field("ufile", b"hello", filename="hello.txt", content_type="text/plain")
        [made] = await (await http.post("/web/binary/upload_attachment", data=form)).json(
            content_type=None
        )
        content = await http.get(f"/web/content/{made['id']}?download=true")
        assert (await content.read(), content.content_type) == (b"hello", "text/plain")
        image = await http.get("/web/image/res.partner/1/avatar_128")
        assert (await image.read()).startswith(b"\x89PNG")
        report = await http.get("/report/pdf/sale.report_saleorder/1")
        body = await report.read()
        assert (report.content_type, body[:5], b"startxref" in body) == (
            "application/pdf",
            b"%PDF-",
            True,
        )
    async with aiohttp.ClientSession(rpc.simulator.url) as visitor:
        assert (await visitor.get(f"/web/content/{made['id']}")).status == 404
