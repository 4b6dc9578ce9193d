"""The yardstick itself: real sockets, requests cut anywhere, answers in order, latency kept."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench import cases, stub_odoo
from bench.stub_odoo import CALL_KW, Answers, Connection, partners, rpc_answer


@asynccontextmanager
async def _stub(
    latency: float = 0.0,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    answers = Answers()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answers, latency), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()


def _request(path: str, body: bytes = b"{}") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: stub\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _answer(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(
        int(line.partition(":")[2])
        for line in head.splitlines()
        if line.lower().startswith("content-length")
    )
    return head, await reader.readexactly(length)


def test_the_rows_are_as_many_and_as_large_as_the_issue_says() -> None:
    rows = partners()
    assert len(rows) == 100
    assert {tuple(row) for row in rows} == {stub_odoo.FIELDS}
    assert len(stub_odoo.FIELDS) == 10
    assert 21_000 < len(rpc_answer(rows)) < 24_000


async def test_call_kw_answers_the_rows() -> None:
    async with _stub() as (reader, writer):
        writer.write(_request(CALL_KW, cases.odoo_bodies(1)[0]))
        head, body = await _answer(reader)
    assert head.startswith("HTTP/1.1 200")
    assert json.loads(body)["result"] == partners()


async def test_signing_in_sets_the_session_cookie() -> None:
    async with _stub() as (reader, writer):
        writer.write(_request("/web/session/authenticate"))
        head, body = await _answer(reader)
    assert "Set-Cookie: session_id=" in head
    assert json.loads(body)["result"]["uid"] == 2


@pytest.mark.parametrize("size", [1, 7, 64])
async def test_requests_may_come_in_pieces_and_together(size: int) -> None:
    sent = _request("/web/webclient/version_info", b'{"a": 1}') + _request("/nowhere")
    async with _stub() as (reader, writer):
        for start in range(0, len(sent), size):
            writer.write(sent[start : start + size])
            await writer.drain()
            await asyncio.sleep(0)
        first, second = await _answer(reader), await _answer(reader)
    assert first[0].startswith("HTTP/1.1 200")
    assert second[0].startswith("HTTP/1.1 404")


async def test_latency_is_kept() -> None:
    async with _stub(latency=0.05) as (reader, writer):
        began = time.perf_counter()
        writer.write(_request(CALL_KW))
        await _answer(reader)
        assert time.perf_counter() - began >= 0.05


async def test_a_length_that_is_none_ends_the_connection() -> None:
    async with _stub() as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n")
        assert await reader.read() == b""


@pytest.mark.parametrize("call", cases.GATEWAY_CALLS)
def test_calls_under_way_at_once_differ(call: str) -> None:
    """Identical reads share one call of Odoo, so equal bodies would measure that instead."""
    most = max(case.connections for case in cases.THROUGHPUT)
    bodies = cases.gateway_bodies(call)
    assert len(set(bodies)) == len(bodies) > most
