"""The client over real HTTP: sign-in, sessions, transports, and connections that fail."""

from __future__ import annotations

import asyncio
import base64
import json

import msgspec
import pytest
from aiohttp import web

from bridgecore.connectors.errors import Reauthorise, Rejected
from bridgecore.connectors.odoo import Kind, OdooClient, OdooError, OdooIdentity, TransportName
from bridgecore.connectors.odoo.identity import server_address
from bridgecore.connectors.odoo.wire import Wire
from bridgecore.kit.http import HttpResponse


def result(raw: bytes):
    return json.loads(raw)


async def test_a_password_signs_in_once_for_many_calls(odoo, http):
    odoo.login_delay = 0.05
    client = OdooClient(odoo.identity(), http)
    answers = await asyncio.gather(
        *(client.call("res.partner", "read", [[n]], {}, timeout=5) for n in range(20))
    )
    assert [result(answer)["args"] for answer in answers] == [[[n]] for n in range(20)]
    assert odoo.logins == 1
    assert (await client.account()).transport is TransportName.SESSION


async def test_bytes_come_through_as_sent(odoo, http):
    async def spaced(request):
        if request.path.endswith("call_kw"):
            return web.Response(
                text='{"jsonrpc": "2.0", "id": 1, "result": [ {"id":  7, "n": 1.50} ]}',
                content_type="application/json",
            )
        return None

    odoo.intercept = spaced
    client = OdooClient(odoo.identity(), http)
    raw = await client.call("res.partner", "read", [[7]], {}, timeout=5)
    assert raw == b'[ {"id":  7, "n": 1.50} ]'


@pytest.mark.parametrize(
    ("body", "sized", "rows"),
    [
        (b'{"jsonrpc": "2.0", "id": 1, "result": [{"id": 1}]}', True, b'[{"id": 1}]'),
        (b'{"jsonrpc": "2.0", "id": 1, "result": []}', True, b"[]"),
        (b'{"jsonrpc": "2.0", "id": 1, "result": [1, "]}"]}\n', True, b'[1, "]}"]'),
        (b'{"result": [2], "id": 1, "jsonrpc": "2.0"}', True, b"[2]"),
        (b'{"jsonrpc": "2.0", "id": 1, "result": [3]}', False, b"[3]"),
        # cut off where it looks whole: only the length can tell
        (b'{"jsonrpc": "2.0", "id": 1, "result": [{"partner_id": [5, "A"]}', False, None),
        (b'{"jsonrpc": "2.0", "id": 1, "result": [4', True, None),
    ],
)
def test_rows_are_cut_out_of_their_envelope(http, body, sized, rows):
    headers = {"content-type": "application/json"}
    if sized:
        headers["content-length"] = str(len(body))
    response = HttpResponse(200, headers, body)
    wire = Wire(http, "http://odoo.test", secret="")
    if rows is None:
        with pytest.raises(OdooError) as caught:
            wire.rpc_result(response)
        assert caught.value.kind is Kind.NOT_ODOO
    else:
        assert wire.rpc_result(response) == rows


async def test_encoded_arguments_go_out_as_they_are(odoo, http):
    client = OdooClient(odoo.identity(), http)
    args = msgspec.Raw(b'[[["name","=","\xd0\xb6"]]]')
    raw = await client.call("res.partner", "search", args, msgspec.Raw(b'{"limit":2}'), timeout=5)
    assert result(raw) == {"args": [[["name", "=", "ж"]]], "kwargs": {"limit": 2}}


@pytest.mark.parametrize("transport", ["session", "jsonrpc"])
async def test_nothing_is_null(odoo, http, nothing, transport):
    odoo.handle = lambda *call: nothing
    client = OdooClient(odoo.identity(transport=TransportName(transport)), http)
    assert await client.call("account.move", "button_draft", [[1]], timeout=5) == b"null"


async def test_an_expired_session_is_renewed_once_for_all(odoo, http):
    client = OdooClient(odoo.identity(), http)
    await client.call("res.partner", "read", [[1]], timeout=5)
    odoo.sessions.clear()
    odoo.login_delay = 0.05
    odoo.calls.clear()
    await asyncio.gather(
        *(client.call("res.partner", "write", [[n], {}], timeout=5) for n in range(25))
    )
    assert odoo.logins == 2
    assert odoo.calls.count(("res.partner", "write")) >= 25


async def test_a_late_refusal_finds_the_session_renewed(odoo, http):
    client = OdooClient(odoo.identity(), http)
    await client.call("res.partner", "read", [[1]], timeout=5)
    odoo.sessions.clear()
    slow = iter([0.3])

    async def first_is_slow(request):
        if request.path.endswith("call_kw"):
            await asyncio.sleep(next(slow, 0))

    odoo.intercept = first_is_slow
    late = asyncio.create_task(client.call("res.partner", "read", [[2]], timeout=5))
    await asyncio.sleep(0.05)
    await client.call("res.partner", "read", [[3]], timeout=5)
    assert odoo.logins == 2
    assert result(await late)["args"] == [[2]]
    assert odoo.logins == 2


async def test_a_session_lost_with_its_database_is_renewed(odoo, http):
    client = OdooClient(odoo.identity(), http)
    await client.call("res.partner", "read", [[1]], timeout=5)
    answers = iter([web.Response(status=404, text="<html>", content_type="text/html")])

    async def lost_once(request):
        return next(answers, None) if request.path.endswith("call_kw") else None

    odoo.intercept = lost_once
    assert result(await client.call("res.partner", "read", [[1]], timeout=5))["args"] == [[1]]
    assert odoo.logins == 2


async def test_a_second_refusal_asks_for_new_credentials(odoo, http, refused):
    def always_expired(*call):
        raise refused("odoo.http.SessionExpiredException", "Session expired")

    odoo.handle = always_expired
    client = OdooClient(odoo.identity(), http)
    with pytest.raises(Reauthorise) as caught:
        await client.call("res.partner", "read", [[1]], timeout=5)
    assert caught.value.kind is Kind.SESSION_EXPIRED
    assert odoo.logins == 2
    assert len(odoo.calls) == 2


async def test_a_changed_password_is_tried_once_then_left_alone(odoo, http):
    client = OdooClient(odoo.identity(), http)
    await client.call("res.partner", "read", [[1]], timeout=5)
    odoo.sessions.clear()
    odoo.password = "another"
    for _ in range(4):
        with pytest.raises(Reauthorise) as caught:
            await client.call("res.partner", "read", [[1]], timeout=5)
        assert caught.value.kind is Kind.ACCESS_DENIED
    assert odoo.logins == 2


async def test_session_cookies_rotate(odoo, http):
    client = OdooClient(odoo.identity(), http)
    await client.call("res.partner", "read", [[1]], timeout=5)
    odoo.rotate_to = "renamed"
    await client.call("res.partner", "read", [[1]], timeout=5)
    odoo.sessions.discard("session1")
    await client.call("res.partner", "read", [[1]], timeout=5)
    assert odoo.seen_cookies == ["session_id=session1"] * 2 + ["session_id=renamed"]
    assert odoo.logins == 1


async def test_second_factor_is_explained(odoo, http):
    odoo.session_info = {"uid": None}
    client = OdooClient(odoo.identity(), http)
    with pytest.raises(Reauthorise, match="API key") as caught:
        await client.call("res.partner", "read", [[1]], timeout=5)
    assert caught.value.kind is Kind.MFA_REQUIRED


@pytest.mark.parametrize(
    ("version", "transport"), [("17.0", TransportName.JSONRPC), ("19.0", TransportName.JSON2)]
)
async def test_an_api_key_picks_its_transport(odoo, http, api_key, version, transport):
    odoo.version = version
    client = OdooClient(odoo.identity(api_key), http)
    await client.call("res.partner", "search", [[]], timeout=5)
    account = await client.account()
    assert (account.transport, account.uid) == (transport, 2)
    assert odoo.logins == 0


async def test_a_key_that_looks_like_a_password_falls_back(odoo, http):
    odoo.keys = ("a key of another shape",)
    client = OdooClient(odoo.identity("a key of another shape"), http)
    await client.call("res.partner", "search", [[]], timeout=5)
    assert (await client.account()).transport is TransportName.JSONRPC
    assert odoo.logins == 1


async def test_a_password_that_looks_like_a_key_falls_back(odoo, http):
    odoo.version, odoo.password, odoo.keys = "19.0", "f" * 40, ()
    client = OdooClient(odoo.identity("f" * 40), http)
    await client.call("res.partner", "search", [[]], timeout=5)
    assert (await client.account()).transport is TransportName.SESSION


async def test_a_transport_can_be_insisted_on(odoo, http, api_key):
    client = OdooClient(odoo.identity(api_key, transport=TransportName.JSON2), http)
    with pytest.raises(Rejected, match="19 is the first"):
        await client.call("res.partner", "search", [[]], timeout=5)


async def test_a_denying_method_does_not_end_the_session(odoo, http, refused):
    def deny(*call):
        raise refused("odoo.exceptions.AccessDenied", "Wrong old password")

    odoo.handle = deny
    client = OdooClient(odoo.identity(), http)
    with pytest.raises(Rejected) as caught:
        await client.call("res.users", "change_password", ["a", "b"], timeout=5)
    assert caught.value.kind is Kind.ACCESS_ERROR


async def test_a_proxys_page_is_unavailable(odoo, http):
    async def down(request):
        return web.Response(
            status=502,
            text="<html>Bad Gateway</html>",
            content_type="text/html",
            headers={"retry-after": "3"},
        )

    odoo.intercept = down
    client = OdooClient(odoo.identity(), http)
    with pytest.raises(OdooError) as caught:
        await client.call("res.partner", "read", [[1]], timeout=5)
    assert (caught.value.kind, caught.value.retry_after) == (Kind.UNAVAILABLE, 3)


async def test_too_many_requests(odoo, http):
    async def slow_down(request):
        if request.path.endswith("call_kw"):
            return web.Response(status=429, headers={"retry-after": "12"})
        return None

    odoo.intercept = slow_down
    client = OdooClient(odoo.identity(), http)
    with pytest.raises(OdooError) as caught:
        await client.call("res.partner", "write", [[1], {}], timeout=5)
    assert (caught.value.kind, caught.value.retry_after) == (Kind.RATE_LIMITED, 12)
    assert caught.value.retryable
    assert not caught.value.sent


async def test_a_broken_connection_may_have_acted(odoo, http):
    async def break_off(request):
        if request.path.endswith("call_kw"):
            await request.read()
            request.transport.abort()
            await asyncio.sleep(1)

    odoo.intercept = break_off
    client = OdooClient(odoo.identity(), http)
    with pytest.raises(OdooError) as caught:
        await client.call("res.partner", "write", [[1], {}], timeout=5)
    assert (caught.value.kind, caught.value.sent) == (Kind.UNREACHABLE, True)


async def test_no_server_means_nothing_was_sent(http):
    identity = OdooIdentity("http://127.0.0.1:9", "shop", "admin", "x")
    with pytest.raises(OdooError) as caught:
        await OdooClient(identity, http).call("res.partner", "read", [[1]], timeout=5)
    assert (caught.value.kind, caught.value.sent) == (Kind.UNREACHABLE, False)


async def test_a_slow_call_times_out(odoo, http):
    async def sleep(*call):
        await asyncio.sleep(2)

    odoo.handle = sleep
    client = OdooClient(odoo.identity(), http)
    with pytest.raises(OdooError) as caught:
        await client.call("res.partner", "write", [[1], {}], timeout=0.3)
    assert (caught.value.kind, caught.value.sent) == (Kind.TIMED_OUT, True)


async def test_a_slow_sign_in_counts_but_sent_nothing(odoo, http):
    odoo.login_delay = 0.5
    client = OdooClient(odoo.identity(), http)
    with pytest.raises(OdooError) as caught:
        await client.call("res.partner", "write", [[1], {}], timeout=0.1)
    assert (caught.value.kind, caught.value.sent) == (Kind.TIMED_OUT, False)
    await client.call("res.partner", "write", [[1], {}], timeout=5)
    assert odoo.logins == 1


async def test_a_cancelled_caller_leaves_the_sign_in_to_the_others(odoo, http):
    odoo.login_delay = 0.2
    client = OdooClient(odoo.identity(), http)
    first = asyncio.create_task(client.call("res.partner", "read", [[1]], timeout=5))
    second = asyncio.create_task(client.call("res.partner", "read", [[2]], timeout=5))
    await asyncio.sleep(0.05)
    first.cancel()
    assert result(await second)["args"] == [[2]]
    assert odoo.logins == 1


async def test_secrets_stay_out_of_errors_and_reprs(odoo, http, refused):
    def quote(*call):
        raise refused("builtins.TypeError", "execute_kw('shop', 2, 'correct horse') is wrong")

    odoo.handle = quote
    client = OdooClient(odoo.identity(), http)
    with pytest.raises(OdooError) as caught:
        await client.call("res.partner", "read", [[1]], timeout=5)
    shown = f"{caught.value!r} {caught.value} {caught.value.arguments} {client!r}"
    assert "horse" not in shown
    assert "***" in shown


async def test_check_tells_who_and_what(odoo, http):
    status = await OdooClient(odoo.identity(), http).check()
    assert status.ok
    assert (status.uid, status.login, status.version.major) == (2, "admin", 17)
    assert status.user_context["tz"] == "UTC"
    assert status.problems == ()


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"secret": "wrong"}, Kind.ACCESS_DENIED, "does not accept the login"),
        ({"database": "gone"}, Kind.DATABASE_MISSING, "It has shop."),
    ],
)
async def test_check_says_what_to_do(odoo, http, changes, kind, words):
    status = await OdooClient(odoo.identity(**changes), http).check()
    assert not status.ok
    assert status.error.kind is kind
    assert words in " ".join(status.problems)


async def test_check_of_something_else_than_odoo(odoo, http):
    async def hello(request):
        return web.Response(text="<html>Hello</html>", content_type="text/html")

    odoo.intercept = hello
    status = await OdooClient(odoo.identity(), http).check()
    assert status.error.kind is Kind.NOT_ODOO


async def test_session_info_over_a_key_has_the_main_keys(odoo, http, api_key):
    info = json.loads(await OdooClient(odoo.identity(api_key), http).session_info())
    assert (info["uid"], info["username"], info["db"]) == (2, "admin", "shop")


async def test_closing_ends_the_session(odoo, http):
    client = OdooClient(odoo.identity(), http)
    await client.call("res.partner", "read", [[1]], timeout=5)
    await client.close()
    assert odoo.sessions == set()


async def test_download_streams_and_renews(odoo, http):
    content = b"%PDF" + bytes(200_000)

    async def serve(request):
        if not request.path.startswith("/web/content"):
            return None
        if request.headers["cookie"].removeprefix("session_id=") not in odoo.sessions:
            return web.Response(status=303, headers={"location": "/web/login"})
        if request.path.endswith("/404"):
            return web.Response(status=404)
        return web.Response(body=content, content_type="application/pdf")

    odoo.intercept = serve
    client = OdooClient(odoo.identity(), http)
    for _ in range(2):
        async with client.download("/web/content/5", timeout=5) as stream:
            assert stream.headers["content-type"] == "application/pdf"
            assert b"".join([chunk async for chunk in stream.chunks()]) == content
        odoo.sessions.clear()
    assert odoo.logins == 2
    with pytest.raises(OdooError) as caught:
        async with client.download("/web/content/404", timeout=5):
            pass
    assert caught.value.kind is Kind.MISSING_RECORD


async def test_download_needs_a_session(odoo, http, api_key):
    client = OdooClient(odoo.identity(api_key), http)
    with pytest.raises(Rejected, match="API key"):
        async with client.download("/web/content/5", timeout=5):
            pass


@pytest.mark.parametrize("version", ["17.0", "19.0"])
@pytest.mark.parametrize("with_key", [False, True])
async def test_upload_streams_base64(odoo, http, api_key, version, with_key):
    odoo.version = version
    received = {}

    def create(model, method, args, kwargs):
        values = args[0] if args else kwargs["vals_list"][0]
        received.update(values)
        return [31] if not args else 31

    odoo.handle = create
    client = OdooClient(odoo.identity(api_key) if with_key else odoo.identity(), http)

    async def content():
        for size in (1, 2, 70_000, 5):
            yield b"x" * size

    made = await client.upload("a.bin", content(), timeout=5, res_model="res.partner", res_id=3)
    assert made == 31
    assert base64.b64decode(received.pop("datas")) == b"x" * 70_008
    assert received == {"name": "a.bin", "res_model": "res.partner", "res_id": 3}


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("https://shop.test/", "https://shop.test"),
        ("shop.test", "https://shop.test"),
        ("http://shop.test:8069/web#action=3", "http://shop.test:8069"),
        ("https://shop.test/odoo/contacts", "https://shop.test"),
        ("https://host.test/erp/web/login?db=x", "https://host.test/erp"),
    ],
)
def test_addresses_as_people_paste_them(pasted, address):
    assert server_address(pasted) == address


@pytest.mark.parametrize(
    "bad", ["ftp://shop.test", "https://", "http://a:b@shop.test", "x://[", ""]
)
def test_addresses_that_are_none(bad):
    with pytest.raises(Rejected):
        server_address(bad)
