"""The outbound client against real servers, well behaved and not."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
import uvloop
from aiohttp import web

from bridgecore.infra.http import AddressGuard, HttpTransport
from bridgecore.kit.addresses import AddressPolicy
from bridgecore.kit.http import (
    AddressRefused,
    ConnectFailed,
    ConnectionBroken,
    HttpClient,
    ResponseTooLarge,
    TimedOut,
    TransportError,
)
from tests.factories.certificates import self_signed
from tests.factories.waiting import until

LOCAL = AddressGuard(AddressPolicy.of(["127.0.0.0/8"]))
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Site:
    """A web server with its own account of what reached it."""

    url: str = ""
    port: int = 0
    requests: list[str] = field(default_factory=list)
    peers: set[object] = field(default_factory=set)


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    found = Site()
    app = web.Application(client_max_size=64 * 1024 * 1024)

    async def handle(request: web.Request) -> web.StreamResponse:
        found.requests.append(f"{request.method} {request.path}")
        assert request.transport is not None
        found.peers.add(request.transport.get_extra_info("peername"))
        match request.path:
            case "/echo":
                answer = web.Response(
                    status=int(request.query.get("status", "200")), body=await request.read()
                )
                answer.headers["X-Seen"] = ",".join(
                    f"{name}={value}" for name, value in sorted(request.headers.items())
                )
                answer.headers.add("Set-Cookie", "a=1; Path=/")
                answer.headers.add("Set-Cookie", "b=2; Path=/")
                answer.headers.add("Vary", "Accept")
                answer.headers.add("Vary", "Origin")
                return answer
            case "/redirect":
                return web.Response(status=302, headers={"Location": request.query["to"]})
            case "/slow":
                await asyncio.sleep(60)
                return web.Response(text="late")
            case "/zeros":
                size = int(request.query["size"])
                if "gzip" in request.query:
                    return web.Response(
                        body=gzip.compress(bytes(size)), headers={"Content-Encoding": "gzip"}
                    )
                if "length" in request.query:
                    return web.Response(body=bytes(size))
                stream = web.StreamResponse()
                await stream.prepare(request)
                for _ in range(size // 1_000):
                    await stream.write(bytes(1_000))
                return stream
        return web.Response(status=404)

    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    where = web.TCPSite(runner, "127.0.0.1", 0)
    await where.start()
    found.port = runner.addresses[0][1]
    found.url = f"http://127.0.0.1:{found.port}"
    yield found
    await runner.cleanup()


@pytest_asyncio.fixture
async def client() -> AsyncIterator[HttpTransport]:
    async with HttpTransport(LOCAL, max_body=100_000) as found:
        yield found


@asynccontextmanager
async def raw_server(handle: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that speaks whatever `handle` writes; gives its port."""

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left
        finally:
            writer.close()

    server = await asyncio.start_server(closing, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_whole_exchange(site: Site, client: HttpTransport) -> None:
    as_connectors_see_it: HttpClient = client
    answer = await as_connectors_see_it.request(
        "POST",
        f"{site.url}/echo?status=418&q=%D1%82",
        headers={"X-Asked": "yes", "Cookie": "session=1"},
        body="тело".encode(),
    )
    assert answer.status == 418
    assert answer.body == "тело".encode()
    assert answer.set_cookie == ("a=1; Path=/", "b=2; Path=/")
    assert answer.headers["vary"] == "Accept, Origin"
    seen = answer.headers["x-seen"]
    assert "X-Asked=yes" in seen
    assert "Cookie=session=1" in seen
    assert "Content-Type" not in seen
    again = await client.request("GET", f"{site.url}/echo", headers={})
    assert "Cookie" not in again.headers["x-seen"], "a cookie was kept"
    assert len(site.peers) == 1, "the connection was not used again"


async def test_many_calls_at_once_share_few_connections(site: Site) -> None:
    async with HttpTransport(LOCAL, max_connections_per_host=4) as client:
        answers = await asyncio.gather(
            *(
                client.request("POST", f"{site.url}/echo", headers={}, body=str(number).encode())
                for number in range(100)
            )
        )
    assert [int(answer.body) for answer in answers] == list(range(100))
    assert len(site.peers) <= 4


async def test_redirects_are_answers(site: Site, client: HttpTransport) -> None:
    for target in (f"{site.url}/echo", "http://169.254.169.254/latest/"):
        answer = await client.request("GET", f"{site.url}/redirect?to={target}", headers={})
        assert (answer.status, answer.headers["location"]) == (302, target)
    assert site.requests == ["GET /redirect"] * 2


@pytest.mark.parametrize("how", ["length", "chunked", "gzip"])
async def test_answer_is_bounded_as_it_is_handed_on(
    site: Site, client: HttpTransport, how: str
) -> None:
    answer = await client.request("GET", f"{site.url}/zeros?size=100000&{how}", headers={})
    assert answer.body == bytes(100_000)
    assert "content-encoding" not in answer.headers
    with pytest.raises(ResponseTooLarge) as caught:
        await client.request("GET", f"{site.url}/zeros?size=5000000&{how}", headers={})
    assert caught.value.sent
    assert (await client.request("GET", f"{site.url}/echo", headers={})).status == 200


async def test_slow_answer_ends_in_time_and_may_have_acted(
    site: Site, client: HttpTransport
) -> None:
    with pytest.raises(TimedOut) as caught:
        await client.request("POST", f"{site.url}/slow", headers={}, timeout=0.1)
    assert caught.value.sent
    await until(lambda: site.requests == ["POST /slow"], "the request")


async def test_waiting_for_a_free_connection_sends_nothing(site: Site) -> None:
    async with HttpTransport(LOCAL, max_connections=1) as client:
        busy = asyncio.create_task(
            client.request("GET", f"{site.url}/slow", headers={}, timeout=50)
        )
        await until(lambda: site.requests, "the first request")
        with pytest.raises(TimedOut) as caught:
            await client.request("POST", f"{site.url}/echo", headers={}, timeout=0.1)
        assert not caught.value.sent
        busy.cancel()
        with pytest.raises(asyncio.CancelledError):
            await busy
    assert site.requests == ["GET /slow"]


async def test_server_that_accepts_nobody(client: HttpTransport) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        with pytest.raises(ConnectFailed) as caught:
            await client.request("POST", f"http://127.0.0.1:{port}/", headers={})
        assert not caught.value.sent
        deaf.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        try:
            for one in waiting:  # more than its queue holds, so the next gets no answer at all
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
            with pytest.raises(TimedOut) as late:
                await client.request("POST", f"http://127.0.0.1:{port}/", headers={}, timeout=0.3)
            assert not late.value.sent
        finally:
            for one in waiting:
                one.close()


async def test_name_that_nobody_knows() -> None:
    async with HttpTransport(AddressGuard(AddressPolicy(allow_http=True))) as client:
        with pytest.raises(ConnectFailed) as caught:
            await client.request("GET", "http://odoo.invalid/", headers={})
        assert not caught.value.sent


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def half_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()


async def half_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
    await writer.drain()


async def no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    await writer.drain()


async def bad_gzip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot a zip")
    await writer.drain()


@pytest.mark.parametrize("fault", [hang_up, half_answer, half_chunks, no_http, bad_gzip])
async def test_broken_answer_may_have_acted(client: HttpTransport, fault: Handler) -> None:
    async with raw_server(fault) as port:
        with pytest.raises(ConnectionBroken) as caught:
            await client.request("POST", f"http://127.0.0.1:{port}/", headers={}, body=b"x")
        assert caught.value.sent


async def test_write_is_never_sent_twice(client: HttpTransport) -> None:
    seen: list[bytes] = []

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        seen.append(await reader.readuntil(b"\r\n\r\n"))

    async with raw_server(answer_once) as port:
        url = f"http://127.0.0.1:{port}/"
        assert (await client.request("POST", url, headers={})).body == b"ok"
        with pytest.raises(ConnectionBroken) as caught:
            await client.request("POST", url, headers={})
        assert caught.value.sent
        await asyncio.sleep(0.05)
    assert len(seen) == 2


@pytest.mark.parametrize("trusted", [True, False])
async def test_certificates_are_verified(tmp_path: Path, trusted: bool) -> None:
    key, certificate = self_signed(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()

    authorities = certificate.read_bytes() if trusted else None
    guard = AddressGuard(AddressPolicy.of(["localhost"]))
    async with (
        raw_server(answer, tls) as port,
        HttpTransport(guard, authorities=authorities) as client,
    ):
        url = f"https://localhost:{port}/"
        if trusted:
            assert (await client.request("GET", url, headers={})).body == b"ok"
        else:
            with pytest.raises(ConnectFailed, match="certificate"):
                await client.request("GET", url, headers={})


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/echo",
        "http://localhost:{port}/echo",
        "http://127.1:{port}/echo",
        "http://2130706433:{port}/echo",
        "http://0x7f000001:{port}/echo",
        "http://0177.0.0.1:{port}/echo",
        "http://0.0.0.0:{port}/echo",
        "http://[::ffff:127.0.0.1]:{port}/echo",
        "http://[::ffff:7f00:1]:{port}/echo",
        "http://①②⑦.0.0.1:{port}/echo",
        "http://user:password@127.0.0.1:{port}/echo",
        "http://example.com:{port}@127.0.0.1:{port}/echo",
        "file:///etc/passwd",
        "//127.0.0.1:{port}/echo",
        "http://",
        "http://:{port}/",
        "",
    ],
)
async def test_own_network_is_out_of_reach(site: Site, url: str) -> None:
    for policy in (AddressPolicy(allow_http=True), AddressPolicy.of(allow_private=True)):
        async with HttpTransport(AddressGuard(policy)) as client:
            with pytest.raises(AddressRefused) as caught:
                await client.request("GET", url.format(port=site.port), headers={})
            assert not caught.value.sent
            with pytest.raises(AddressRefused):
                async with client.stream("GET", url.format(port=site.port), headers={}):
                    pass
    assert site.requests == []


async def test_name_is_judged_by_the_address_it_leads_to(site: Site) -> None:
    url = f"http://localhost:{site.port}/echo"
    passed = AddressPolicy(allow_http=True)
    assert passed.refuses_url("http", "localhost", site.port) is None, "a name says nothing yet"
    async with HttpTransport(AddressGuard(passed)) as client:
        with pytest.raises(AddressRefused, match="this machine"):
            await client.request("GET", url, headers={})
    excepted = AddressGuard(AddressPolicy.of([f"localhost:{site.port}"]))
    async with HttpTransport(excepted) as client:
        assert (await client.request("GET", url, headers={})).status == 200


async def test_answer_in_pieces(site: Site, client: HttpTransport) -> None:
    total = 0
    async with client.stream("GET", f"{site.url}/zeros?size=3000000", headers={}) as answer:
        assert answer.status == 200
        async for piece in answer.chunks():
            assert len(piece) <= 64 * 1024
            total += len(piece)
    assert total == 3_000_000

    async def body() -> AsyncIterator[bytes]:
        for number in range(5):
            await asyncio.sleep(0)
            yield f"{number}".encode()

    async with client.stream("PUT", f"{site.url}/echo", headers={}, body=body()) as answer:
        assert b"".join([piece async for piece in answer.chunks()]) == b"01234"

    async with client.stream("GET", f"{site.url}/zeros?size=3000000", headers={}) as answer:
        async for _ in answer.chunks():
            break
    assert (await client.request("GET", f"{site.url}/echo", headers={})).status == 200


async def test_faults_of_an_answer_in_pieces(client: HttpTransport) -> None:
    async def read(port: int, into: list[bytes], timeout: float) -> None:
        url = f"http://127.0.0.1:{port}/"
        async with client.stream("GET", url, headers={}, timeout=timeout) as answer:
            async for piece in answer.chunks():
                into.append(piece)

    async with raw_server(half_chunks) as port:
        pieces: list[bytes] = []
        with pytest.raises(ConnectionBroken):
            await read(port, pieces, 5)
        assert pieces == [b"half"]

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with raw_server(drip) as port:
        with pytest.raises(TimedOut):
            await read(port, [], 0.3)


async def test_callers_errors_pass_through_a_stream(site: Site, client: HttpTransport) -> None:
    with pytest.raises(TransportError, match="mine"):
        async with client.stream("GET", f"{site.url}/echo", headers={}):
            raise TransportError("mine")


async def test_name_that_leads_elsewhere_later_is_checked_again(site: Site) -> None:
    leads_to = ["127.0.0.1"]
    guard = AddressGuard(AddressPolicy.of(["127.0.0.0/8"], allow_http=True))
    url = f"http://odoo.invalid:{site.port}/echo"

    def remembering(seconds: float) -> HttpTransport:
        return HttpTransport(guard, dns_seconds=seconds, addresses_of=lambda _: tuple(leads_to))

    async with remembering(3_600) as client, remembering(0) as forgetful:
        for each in (client, forgetful):
            answer = await each.request("GET", url, headers={})
            assert f"Host=odoo.invalid:{site.port}" in answer.headers["x-seen"]
        leads_to[:] = ["169.254.169.254", "10.0.0.1"]
        assert (await client.request("GET", url, headers={})).status == 200, "not remembered"
        with pytest.raises(AddressRefused):
            await forgetful.request("GET", url, headers={})
    assert len(site.requests) == 3


@pytest.mark.parametrize("secure", [False, True])
async def test_next_address_is_tried_when_one_is_dead(tmp_path: Path, secure: bool) -> None:
    key, certificate = self_signed(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()

    guard = AddressGuard(AddressPolicy.of(["127.0.0.0/8"], allow_http=True))
    async with (
        raw_server(answer, tls if secure else None) as port,
        HttpTransport(
            guard,
            authorities=certificate.read_bytes(),
            addresses_of=lambda _: ("10.0.0.1", "127.0.0.2", "127.0.0.1"),
        ) as client,
    ):
        url = f"{'https' if secure else 'http'}://localhost:{port}/"
        for _ in range(2):
            assert (await client.request("POST", url, headers={}, body=b"x")).body == b"ok"
    assert len(seen) == 2


async def test_proxies_of_the_environment_are_not_used(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with HttpTransport(LOCAL) as client:
        assert (await client.request("GET", f"{site.url}/echo", headers={})).status == 200


async def test_post_without_a_body_says_so(site: Site, client: HttpTransport) -> None:
    for body in (None, b""):
        answer = await client.request("POST", f"{site.url}/echo", headers={}, body=body)
        assert "Content-Length=0" in answer.headers["x-seen"]


async def test_upload_is_pulled_as_it_is_taken(client: HttpTransport) -> None:
    given_up = asyncio.Event()

    async def never_reads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await given_up.wait()

    pulled = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal pulled
        for _ in range(2_000):
            pulled += 1
            yield bytes(64 * 1024)

    async with raw_server(never_reads) as port:
        with pytest.raises(TimedOut) as caught:
            async with client.stream(
                "PUT", f"http://127.0.0.1:{port}/", headers={}, body=body(), timeout=0.5
            ):
                pass
        given_up.set()
        assert caught.value.sent
    assert 0 < pulled < 500, "more was read than sockets hold"


async def test_fault_of_an_upload_breaks_the_exchange(site: Site, client: HttpTransport) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"begun"
        raise LookupError("the file is gone")

    with pytest.raises(ConnectionBroken, match="the file is gone"):
        async with client.stream("PUT", f"{site.url}/echo", headers={}, body=body()):
            pass
    assert (await client.request("GET", f"{site.url}/echo", headers={})).status == 200


async def test_cancelled_caller_harms_nobody_after(site: Site) -> None:
    async with HttpTransport(LOCAL, max_connections=1) as client:
        call = client.request("POST", f"{site.url}/slow", headers={}, timeout=50)
        task = asyncio.create_task(call)
        await until(lambda: site.requests, "the first request")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # its place is free at once, and nobody gets what was meant for another
        for body in (b"mine", b"mine too"):
            answer = await client.request(
                "POST", f"{site.url}/echo", headers={}, body=body, timeout=20
            )
            assert answer.body == body
    assert site.requests == ["POST /slow"] + ["POST /echo"] * 2


@pytest.mark.parametrize("headers", [{"X-A": "1\r\nX-B: 2"}, {"X-A\n": "1"}, {"X-A": "\0"}])
async def test_header_can_not_smuggle_another(
    site: Site, client: HttpTransport, headers: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="line break"):
        await client.request("GET", f"{site.url}/echo", headers=headers)
    assert site.requests == []


async def test_what_nobody_asked_for_is_not_taken_for_an_answer(client: HttpTransport) -> None:
    answered, said_more = asyncio.Event(), asyncio.Event()

    async def talkative(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" + answer + b"ok")
        await writer.drain()
        await answered.wait()
        writer.write(answer + b"no")
        await writer.drain()
        said_more.set()
        await reader.read()

    async with raw_server(talkative) as port:
        for _ in range(2):
            found = await client.request("GET", f"http://127.0.0.1:{port}/", headers={})
            assert (found.status, found.body) == (200, b"ok")
            assert "x-early" not in found.headers
            answered.set()
            await said_more.wait()
            answered.clear()
            said_more.clear()


async def test_head_without_end_is_given_up(client: HttpTransport) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nX-A: ")
        while True:
            writer.write(bytes(64 * 1024).replace(b"\0", b"a"))
            await writer.drain()

    async with raw_server(endless) as port:
        with pytest.raises(ConnectionBroken, match="head"):
            await client.request("GET", f"http://127.0.0.1:{port}/", headers={}, timeout=5)


async def test_cancelled_upload_is_not_pulled_further(client: HttpTransport) -> None:
    pulled = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal pulled
        while True:
            pulled += 1
            yield b"."
            await asyncio.sleep(0.01)

    async def read_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while await reader.read(1024):
                pass
        left.set()

    left = asyncio.Event()

    async with raw_server(read_on) as port:

        async def upload() -> None:
            async with client.stream("PUT", f"http://127.0.0.1:{port}/", headers={}, body=body()):
                pass

        task = asyncio.create_task(upload())
        await until(lambda: pulled > 2, "the upload")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(left.is_set, "the end of the connection")
        before = pulled
        await asyncio.sleep(0.05)
        assert pulled == before


async def test_header_that_is_not_ascii_does_not_cost_the_answer(client: HttpTransport) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write("HTTP/1.1 200 OK\r\nX-Name: тест\r\nX-Kind: a\r\n".encode())
        writer.write(b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()

    async with raw_server(answer) as port:
        found = await client.request("GET", f"http://127.0.0.1:{port}/", headers={})
    assert (found.body, found.headers["x-kind"]) == (b"ok", "a")
    assert found.set_cookie == ("a=1", "b=2")


async def test_pieces_are_handed_on_as_they_come(client: HttpTransport) -> None:
    more = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        await writer.drain()
        await more.wait()
        writer.write(b"one")
        await writer.drain()
        more.clear()
        await more.wait()
        writer.write(b"two")
        await writer.drain()

    async with (
        raw_server(answer) as port,
        client.stream("GET", f"http://127.0.0.1:{port}/", headers={}, timeout=20) as stream,
    ):
        pieces: list[bytes] = []
        more.set()
        async for piece in stream.chunks():
            pieces.append(piece)
            more.set()
    assert pieces == [b"one", b"two"]


async def test_connections_closed_under_a_write_never_double_it(client: HttpTransport) -> None:
    arrived: list[bytes] = []
    broken: list[int] = []

    async def answer_and_leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        arrived.append(head.split(b" ")[1])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()

    async with raw_server(answer_and_leave) as port:
        for number in range(200):
            try:
                await client.request("POST", f"http://127.0.0.1:{port}/{number}", headers={})
            except ConnectionBroken:
                broken.append(number)
    # an end that crosses a write can't be seen before it; it costs that one write only
    assert arrived == [b"/%d" % number for number in range(200) if number not in broken]
    assert not {number + 1 for number in broken} & set(broken)


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("secure", [False, True])
async def test_restart_of_the_other_side_costs_no_write(
    tmp_path: Path, secure: bool, loop_factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    key, certificate = self_signed(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    arrived: list[bytes] = []
    connected: set[asyncio.StreamWriter] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.add(writer)
        while True:
            arrived.append((await reader.readuntil(b"\r\n\r\n")).split(b" ")[1])
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()

    def leave() -> None:
        """End every connection, in this very turn of the loop."""
        for writer in connected:
            number = os.dup(writer.get_extra_info("socket").fileno())
            with socket.socket(fileno=number) as same, suppress(OSError):
                same.shutdown(socket.SHUT_WR)
        connected.clear()

    async def scenario() -> None:
        async with (
            raw_server(answer, tls if secure else None) as port,
            HttpTransport(
                AddressGuard(AddressPolicy.of(["127.0.0.0/8"], allow_http=True)),
                authorities=certificate.read_bytes(),
                addresses_of=lambda _: ("127.0.0.1",),
            ) as client,
        ):
            url = f"{'https' if secure else 'http'}://localhost:{port}"
            for restart in range(20):
                await client.request("POST", f"{url}/{restart}/0", headers={})
                await asyncio.gather(
                    *(client.request("POST", f"{url}/{restart}/{n}", headers={}) for n in (1, 2, 3))
                )
                leave()

    def run() -> None:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(scenario())

    await asyncio.to_thread(run)
    assert sorted(arrived) == sorted(b"/%d/%d" % (r, n) for r in range(20) for n in range(4))


def timer_of(port: int, other: int) -> tuple[int, int]:
    """The kind of timer that the system runs for a socket, and in how many ticks it is due."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    (timer,) = (
        row[5]
        for row in rows
        if row[1].endswith(f":{port:04X}") and row[2].endswith(f":{other:04X}")
    )
    kind, due = timer.split(":")
    return int(kind, 16), int(due, 16)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's table of sockets")
async def test_idle_connection_asks_whether_the_other_side_is_there(
    site: Site, client: HttpTransport
) -> None:
    await client.request("GET", f"{site.url}/echo", headers={})
    (peer,) = site.peers
    assert isinstance(peer, tuple)
    timer, due = timer_of(peer[1], site.port)
    assert timer == 2, "no keepalive timer runs"
    assert due <= 30 * os.sysconf("SC_CLK_TCK")


async def test_faults_do_not_tell_the_query_on(client: HttpTransport) -> None:
    async with raw_server(hang_up) as port:
        with pytest.raises(ConnectionBroken) as broken:
            await client.request("GET", f"http://127.0.0.1:{port}/?key=secret", headers={})
    with pytest.raises(ConnectFailed) as failed:
        await client.request("GET", f"http://127.0.0.1:{port}/?key=secret", headers={})
    assert "secret" not in f"{broken.value} {failed.value}"


async def test_tls_connection_belongs_to_its_address(tmp_path: Path) -> None:
    key, certificate = self_signed(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()

    leads_to = ["127.0.0.1"]
    async with (
        raw_server(answer, tls) as port,
        HttpTransport(
            AddressGuard(AddressPolicy.of(["127.0.0.0/8"])),
            authorities=certificate.read_bytes(),
            addresses_of=lambda _: tuple(leads_to),
            dns_seconds=0,
        ) as client,
    ):
        for address in ("127.0.0.1", "127.0.0.2", "127.0.0.1"):
            leads_to[:] = [address]
            url = f"https://localhost:{port}/"
            if address == "127.0.0.2":  # nobody listens there
                with pytest.raises(ConnectFailed):
                    await client.request("GET", url, headers={})
            else:
                assert (await client.request("GET", url, headers={})).body == b"ok"


@pytest.mark.parametrize("host", ["Odoo.INVALID", "odoo.invalid.", "o_d.invalid", "почта.invalid"])
async def test_tls_goes_where_the_guard_looked(tmp_path: Path, host: str) -> None:
    key, certificate = self_signed(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    guard = AddressGuard(AddressPolicy.of(["127.0.0.0/8"]))
    async with (
        raw_server(hang_up, tls) as port,
        HttpTransport(
            guard,
            authorities=certificate.read_bytes(),
            addresses_of=lambda _: ("127.0.0.1",),
        ) as client,
    ):
        # A name looked up once more by the engine would not be known; this one is only not ours.
        with pytest.raises(ConnectFailed, match="certificate is not trusted"):
            await client.request("GET", f"https://{host}:{port}/", headers={})
