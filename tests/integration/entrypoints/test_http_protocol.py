"""Our HTTP protocol over real sockets: whole answers in one piece, all else as uvicorn does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from bridgecore.entrypoints.http_protocol import HttpProtocol
from tests.factories.ports import free_port

PATIENCE = 30.0  # seconds; another test may have the processors
BODY = b'{"rows":[' + b"1," * 5_000 + b"1]}"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers by path."""
    length = (b"content-length", b"%d" % len(BODY))
    start = {"type": "http.response.start", "status": 200, "headers": [length]}
    body = {"type": "http.response.body", "body": BODY}
    match scope["path"]:
        case "/whole":
            await receive()
        case "/named here":
            start["headers"] = [length, (b"x-path", scope["path"].encode())]
        case "/echo":
            given = await receive()
            body["body"] = given["body"] + b"?" + scope["query_string"]
            start["headers"] = [(b"content-length", b"%d" % len(body["body"]))]
        case "/closing":
            start["headers"] = [length, (b"connection", b"close")]
        case "/empty":
            start |= {"status": 204, "headers": []}
            body["body"] = b""
        case "/pieces":
            await send(start)
            await send({**body, "body": BODY[:10], "more_body": True})
            await send({**body, "body": BODY[10:]})
            return
        case "/stream":
            await send({**start, "headers": []})
            await asyncio.sleep(30)
        case "/short":
            start["headers"] = [(b"content-length", b"5")]
        case "/split":
            start["headers"] = [length, (b"x-said", b"a\r\nset-cookie: b")]
        case "/broken":
            await send(start)
            raise RuntimeError("no body")
    await send(start)
    await send(body)


class Client:
    """A connection, read and written as bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def ask(self, path: str, *, method: str = "GET", headers: str = "", body: str = "") -> None:
        if body:
            headers += f"content-length: {len(body)}\r\n"
        self.writer.write(f"{method} {path} HTTP/1.1\r\nhost: here\r\n{headers}\r\n{body}".encode())

    async def head(self) -> tuple[int, dict[str, str]]:
        async with asyncio.timeout(PATIENCE):
            text = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = text.strip().split("\r\n")
        return int(first.split()[1]), dict(line.split(": ", 1) for line in lines)

    async def answer(self) -> tuple[int, bytes]:
        status, headers = await self.head()
        async with asyncio.timeout(PATIENCE):
            return status, await self.reader.readexactly(int(headers.get("content-length", 0)))

    async def closed(self, seconds: float = 30) -> bytes:
        """What is left until the other side closes."""
        async with asyncio.timeout(seconds):
            return await self.reader.read()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[tuple[uvicorn.Server, Client]]:
    port = free_port()
    config = uvicorn.Config(
        app,
        port=port,
        http=HttpProtocol,
        lifespan="off",
        log_level="critical",
        timeout_graceful_shutdown=1,
        **options,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield server, Client(reader, writer)
    finally:
        writer.close()
        server.should_exit = True
        await task


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with serving() as (_, opened):
        yield opened


async def test_one_after_the_other_on_one_connection(client: Client) -> None:
    for _ in range(3):
        client.ask("/whole")
        assert await client.answer() == (200, BODY)
    client.ask("/echo?a=%20", method="POST", body="given")
    assert await client.answer() == (200, b"given?a=%20")
    client.ask("/pieces")
    assert await client.answer() == (200, BODY)
    client.ask("/named%20here")
    status, headers = await client.head()
    assert (status, headers["x-path"]) == (200, "/named here")


async def test_addresses_of_other_forms(client: Client) -> None:
    client.ask("http://elsewhere/echo?b=1#c", method="POST", body="z")
    assert await client.answer() == (200, b"z?b=1")
    client.writer.write(b"GET /\xff HTTP/1.1\r\nhost: here\r\n\r\n")
    assert (await client.head())[0] == 400


async def test_asked_before_the_answer_came(client: Client) -> None:
    for path in ("/whole", "/echo", "/pieces", "/empty", "/whole"):
        client.ask(path, method="POST", body="x")
    statuses = [(await client.answer())[0] for _ in range(5)]
    assert statuses == [200, 200, 200, 204, 200]


async def test_a_head_alone(client: Client) -> None:
    client.ask("/whole", method="HEAD")
    _, headers = await client.head()
    assert headers["content-length"] == str(len(BODY))
    client.ask("/echo", method="POST", body="y")
    assert await client.answer() == (200, b"y?")


@pytest.mark.parametrize(
    ("path", "headers"), [("/closing", ""), ("/whole", "connection: close\r\n")]
)
async def test_a_connection_that_is_to_end(client: Client, path: str, headers: str) -> None:
    client.ask(path, headers=headers)
    assert await client.answer() == (200, BODY)
    assert await client.closed() == b""


async def test_a_stream_begins_at_once(client: Client) -> None:
    client.ask("/stream")
    status, headers = await client.head()
    assert (status, headers["transfer-encoding"]) == (200, "chunked")


async def test_a_body_that_is_waited_for(client: Client) -> None:
    client.ask("/echo", method="POST", headers="expect: 100-continue\r\ncontent-length: 4\r\n")
    assert (await client.head())[0] == 100
    client.writer.write(b"late")
    assert await client.answer() == (200, b"late?")


@pytest.mark.parametrize("path", ["/short", "/split", "/broken"])
async def test_what_must_not_leave(client: Client, path: str) -> None:
    client.ask(path)
    status, headers = await client.head()
    assert status == 500
    assert "set-cookie" not in headers


async def test_an_idle_connection_is_closed() -> None:
    async with serving(timeout_keep_alive=4) as (_, client):
        # each answer begins the time anew
        for _ in range(4):
            client.ask("/whole")
            assert await client.answer() == (200, BODY)
            await asyncio.sleep(1.5)
        assert await client.closed() == b""


async def test_an_answer_that_takes_long_is_not_idle() -> None:
    async with serving(timeout_keep_alive=1) as (_, client):
        client.ask("/whole")
        await client.answer()
        client.ask("/stream")
        assert (await client.head())[0] == 200
        with pytest.raises(TimeoutError):
            await client.closed(2.5)


async def test_a_server_that_stops_forgets_no_request() -> None:
    async with serving() as (server, client):
        client.ask("/whole")
        await client.answer()
        client.ask("/stream")
        await client.head()
        assert len(server.server_state.tasks) == 1
        client.writer.close()
        for task in list(server.server_state.tasks):
            task.cancel()
        await until(lambda: not server.server_state.tasks)
        assert server.server_state.total_requests == 1
