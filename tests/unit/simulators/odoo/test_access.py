"""Rights: model access, record rules, sessions, keys."""

from __future__ import annotations

import pytest

from .conftest import KEY, OdooError, Rpc


async def test_a_seller_sees_only_their_own_documents(rpc: Rpc) -> None:
    seller = await rpc.sign_in("seller")
    everything = await rpc.call("crm.lead", "search", [])
    own = await rpc.call("crm.lead", "search_read", [], user=seller, fields=["user_id"])
    assert {row["user_id"][0] for row in own if row["user_id"]} <= {seller[0]}
    hidden = sorted(set(everything) - {row["id"] for row in own})
    assert hidden
    with pytest.raises(OdooError, match="doesn't have 'read' access to"):
        await rpc.call("crm.lead", "read", hidden[:1], fields=["name"], user=seller)
    with pytest.raises(OdooError, match="doesn't have 'write' access to"):
        await rpc.call("crm.lead", "write", hidden[:1], {"name": "mine"}, user=seller)


async def test_a_portal_user_sees_only_their_own_company(rpc: Rpc) -> None:
    portal = await rpc.sign_in("portal")
    assert await rpc.call("res.partner", "search_count", [], user=portal) == 1
    with pytest.raises(OdooError, match="not allowed to create 'Contact'"):
        await rpc.call("res.partner", "create", {"name": "x"}, user=portal)
    with pytest.raises(OdooError, match="not allowed to access"):
        await rpc.call("crm.lead", "search_read", [], user=portal)


async def test_an_api_key_is_a_password_over_rpc_only(rpc: Rpc) -> None:
    uid = await rpc.service("common", "authenticate", "acme", "robot", KEY, {})
    assert await rpc.call("res.users", "context_get", user=(uid, KEY)) == {
        "lang": "en_US",
        "tz": "Europe/Brussels",
        "uid": uid,
    }
    with pytest.raises(OdooError, match="Access Denied"):
        await rpc.call("res.users", "context_get", user=(2, KEY))
    params = {"db": "acme", "login": "robot", "password": KEY}
    body = await (await rpc.post("/web/session/authenticate", {"params": params})).json()
    assert body["error"]["data"]["name"] == "odoo.exceptions.AccessDenied"


async def test_sessions_live_until_they_are_ended(rpc: Rpc) -> None:
    params = {"db": "acme", "login": "admin", "password": "admin"}
    info = await (await rpc.post("/web/session/authenticate", {"params": params})).json()
    assert info["result"]["uid"] == 2
    call = {
        "params": {"model": "res.partner", "method": "search_count", "args": [[]], "kwargs": {}}
    }
    assert (await (await rpc.post("/web/dataset/call_kw", call)).json())["result"] > 80
    assert rpc.simulator.expire_sessions("acme") == 1
    answer = await (await rpc.post("/web/dataset/call_kw", call)).json()
    assert (answer["error"]["code"], answer["id"]) == (100, None)
    rpc.simulator.set_password("acme", "admin", "changed")
    with pytest.raises(OdooError, match="Access Denied"):
        await rpc.call("res.partner", "search_count", [])
    assert await rpc.call("res.partner", "search_count", [], user=(2, "changed")) > 80


async def test_json2_speaks_in_statuses(rpc: Rpc) -> None:
    path = "/json/2/res.partner/search_count"
    if rpc.simulator.version == 17:
        assert (await rpc.post(path, {"domain": []})).status == 404
        return
    headers = {"Authorization": f"bearer {KEY}"}
    answer = await rpc.post(path, {"domain": []}, headers=headers)
    assert (answer.status, await answer.json()) == (
        200,
        await rpc.call("res.partner", "search_count", []),
    )
    created = await rpc.post(
        "/json/2/res.partner/create", {"vals_list": {"name": "J"}}, headers=headers
    )
    [key] = await created.json()
    gone = await rpc.post(
        "/json/2/res.partner/write", {"ids": [10**8], "vals": {}}, headers=headers
    )
    assert gone.status == 404
    refused = await rpc.post("/json/2/res.partner/exists", {"ids": [key]}, headers=headers)
    assert refused.status == 403
    ids = await rpc.post("/json/2/res.partner/search", {"ids": [1], "domain": []}, headers=headers)
    assert (ids.status, (await ids.json())["message"]) == (
        422,
        "cannot call res.partner.search with ids",
    )
    assert (await rpc.http.get(rpc.simulator.url + path)).status == 404


@pytest.mark.parametrize("given", [True, "x", {"ids": [1]}])
async def test_arguments_that_are_no_list_are_a_type_error(rpc: Rpc, given: object) -> None:
    params = {"db": "acme", "login": "admin", "password": "admin"}
    await rpc.post("/web/session/authenticate", {"params": params})
    for method in ("read", "search_count"):
        call = {"model": "res.partner", "method": method, "args": given, "kwargs": {}}
        answer = await (await rpc.post("/web/dataset/call_kw", {"params": call})).json()
        assert answer["error"]["data"]["name"] == "builtins.TypeError", answer
    call = {"model": "res.partner", "method": "search_count", "args": [[]], "kwargs": True}
    answer = await (await rpc.post("/web/dataset/call_kw", {"params": call})).json()
    assert answer["error"]["data"]["name"] == "builtins.TypeError", answer
