"""The Redis client against a real Valkey, through restarts and freezes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import time
from contextlib import suppress
from pathlib import Path

import pytest

from bridgecore.infra.embedded import EmbeddedValkey
from bridgecore.infra.redis import (
    RedisClient,
    RedisConnectionError,
    RedisError,
    RedisTimeoutError,
    Script,
)
from tests.factories.certificates import self_signed


async def test_script_survives_a_server_that_forgot_it(valkey: EmbeddedValkey) -> None:
    script = Script("return {KEYS[1], ARGV[1], 7}")
    async with RedisClient(valkey.url) as client:
        for runner in (client.redis, client.shared(timeout=1)):
            await client.redis.script_flush()
            for _ in range(2):
                assert await script.run(runner, ["key"], ["value"]) == [b"key", b"value", 7]
        await client.redis.config_resetstat()
        await script.run(client.redis, ["key"], ["value"])
        used = await client.redis.info("commandstats")
        assert "cmdstat_evalsha" in used
        assert "cmdstat_eval" not in used


async def test_health_tells_the_server_and_its_absence(
    valkey: EmbeddedValkey, tmp_path: Path
) -> None:
    async with RedisClient(valkey.url) as client:
        health = await client.health()
        assert health.ok
        assert (health.server, health.version[:2], health.problem) == ("valkey", "9.", "")
    async with RedisClient(f"unix://{tmp_path}/absent.sock") as client:
        health = await client.health()
        assert not health.ok
        assert health.problem


async def test_many_callers_share_a_connection_and_get_their_own_answers(
    valkey: EmbeddedValkey,
) -> None:
    async with RedisClient(valkey.url, client_name="many-callers") as client:
        shared = client.shared(timeout=5)
        answers = await asyncio.gather(
            *(shared.execute_command("ECHO", str(number)) for number in range(2_000))
        )
        assert answers == [str(number).encode() for number in range(2_000)]
        clients = await client.redis.client_list()
        assert sum(one["name"] == "many-callers-shared" for one in clients) == 1


async def test_shared_connection_tells_refusals_to_their_caller_alone(
    valkey: EmbeddedValkey,
) -> None:
    async with RedisClient(valkey.url) as client:
        shared = client.shared(timeout=5)
        answers = await asyncio.gather(
            shared.execute_command("ECHO", "before"),
            shared.execute_command("NO-SUCH-COMMAND"),
            shared.execute_command("ECHO", "after"),
            return_exceptions=True,
        )
        assert answers[0] == b"before"
        assert isinstance(answers[1], RedisError)
        assert answers[2] == b"after"


async def test_caller_that_gives_up_disturbs_nobody(valkey: EmbeddedValkey) -> None:
    async with RedisClient(valkey.url) as client:
        shared = client.shared(timeout=5)
        await shared.execute_command("PING")
        given_up = asyncio.ensure_future(shared.execute_command("ECHO", "given up"))
        await asyncio.sleep(0)
        kept = asyncio.ensure_future(shared.execute_command("ECHO", "kept"))
        given_up.cancel()
        assert await kept == b"kept"
        assert await shared.execute_command("ECHO", "next") == b"next"


async def test_restart_of_the_server_is_one_failed_call_at_most(tmp_path: Path) -> None:
    async with EmbeddedValkey(tmp_path) as server, RedisClient(server.url) as client:
        shared = client.shared(timeout=1)
        await client.redis.set("kept", "1")
        assert await shared.execute_command("GET", "kept") == b"1"
        assert server.pid is not None
        os.kill(server.pid, signal.SIGTERM)
        await server.wait_ended(every=0.01)
        with pytest.raises(RedisConnectionError):
            await shared.execute_command("PING")
        async with EmbeddedValkey(tmp_path):
            # Idle connections died with the server; no caller notices.
            assert await client.redis.get("kept") == b"1"
            assert await shared.execute_command("GET", "kept") == b"1"


async def test_frozen_server_keeps_nobody_waiting(tmp_path: Path) -> None:
    async with EmbeddedValkey(tmp_path) as server, RedisClient(server.url) as client:
        shared = client.shared(timeout=0.1)
        await shared.execute_command("PING")
        pid = server.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(RedisTimeoutError):
                await shared.execute_command("PING")  # would wait for ever
        finally:
            os.kill(pid, signal.SIGCONT)
        answer = None
        async with asyncio.timeout(20):
            while answer is None:
                with suppress(RedisTimeoutError):
                    answer = await shared.execute_command("ECHO", "again")
        assert answer == b"again"


async def test_stall_of_this_process_is_not_taken_for_an_absent_server(
    valkey: EmbeddedValkey,
) -> None:
    async with RedisClient(valkey.url) as client:
        shared = client.shared(timeout=0.05)
        await shared.execute_command("PING")
        asked = [
            asyncio.ensure_future(shared.execute_command("ECHO", str(number)))
            for number in range(100)
        ]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        time.sleep(0.2)  # noqa: ASYNC251
        assert await asyncio.gather(*asked) == [str(number).encode() for number in range(100)]


async def test_over_tls_and_from_a_server_that_stops_making_sense(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while command := await reader.read(4096):
            if b"ECHO" in command:
                # in pieces, as answers come over a network
                for piece in (b"$5\r\n", b"hel", b"lo\r\n"):
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.01)
            else:
                writer.write(b"?\r\n" if b"PING" in command else b"+OK\r\n" * command.count(b"*"))
        writer.close()

    key, certificate = self_signed(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    server = await asyncio.start_server(answer, "localhost", 0, family=socket.AF_INET, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        RedisClient(f"rediss://localhost:{port}/0?ssl_ca_certs={certificate}") as client,
    ):
        shared = client.shared(timeout=5)
        for _ in range(2):
            assert await shared.execute_command("ECHO", "hello") == b"hello"
            with pytest.raises(RedisConnectionError):
                await shared.execute_command("PING")


async def test_address_where_nothing_listens_is_told_at_once() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with RedisClient(f"redis://127.0.0.1:{unused.getsockname()[1]}/0") as client:
            with pytest.raises(RedisConnectionError):
                await client.shared(timeout=1).execute_command("PING")
            with pytest.raises(RedisConnectionError):
                await client.redis.ping()
