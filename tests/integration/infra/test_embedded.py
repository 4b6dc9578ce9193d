"""Embedded servers: quick to start, shared by programs, safe after any of them is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from bridgecore.infra.embedded import EmbeddedPostgres, EmbeddedValkey
from bridgecore.infra.server_process import ServerFailed

KINDS = [EmbeddedPostgres, EmbeddedValkey]
Server = EmbeddedPostgres | EmbeddedValkey

# Starts a server, tells its process id, and leaves when its input ends.
STARTER = """
import asyncio, sys
from pathlib import Path
from bridgecore.infra.embedded import EmbeddedPostgres, EmbeddedValkey

async def main(kind, data):
    async with {"EmbeddedPostgres": EmbeddedPostgres, "EmbeddedValkey": EmbeddedValkey}[kind](
        Path(data)
    ) as server:
        print(server.pid, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main(*sys.argv[1:]))
"""


def starter(kind: type[Server], data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, kind.__name__, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def told_pid(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def store(server: Server, text: str) -> None:
    if isinstance(server, EmbeddedPostgres):
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("create table if not exists kept (value text)")
            connection.execute("insert into kept values (%s)", (text,))
    else:
        with redis.Redis.from_url(server.url) as client:
            client.rpush("kept", text)
            assert client.execute_command("WAITAOF", 1, 0, 3000)[0] == 1


def stored(server: Server) -> list[str]:
    if isinstance(server, EmbeddedPostgres):
        with psycopg.connect(server.url) as connection:
            return [row[0] for row in connection.execute("select value from kept").fetchall()]
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        found = client.lrange("kept", 0, -1)
        assert isinstance(found, list)
        return found


@pytest.mark.parametrize("kind", KINDS)
async def test_starts_quickly_and_keeps_its_data(kind: type[Server], tmp_path: Path) -> None:
    began = time.monotonic()
    async with kind(tmp_path) as server:
        assert time.monotonic() - began < 8
        store(server, "first")
        told = server.describe()
        assert told.running
        assert told.pid == server.pid
        assert told.socket is not None
        assert told.socket.is_socket()
        assert told.version
        os.kill(told.pid or 0, 0)
    assert not server.running
    assert server.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(told.pid or 0, 0)

    began = time.monotonic()
    async with kind(tmp_path) as server:
        assert time.monotonic() - began < 2
        assert stored(server) == ["first"]


@pytest.mark.parametrize("kind", KINDS)
async def test_killed_server_is_noticed_and_loses_nothing(
    kind: type[Server], tmp_path: Path
) -> None:
    async with kind(tmp_path) as server:
        store(server, "accepted")
        ended = asyncio.create_task(server.wait_ended(every=0.02))
        await asyncio.sleep(0.1)
        assert not ended.done()
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        await asyncio.wait_for(ended, 5)
        assert not server.running
        await server.start()
        assert stored(server) == ["accepted"]
        first = server.pid
        await server.start()
        assert server.pid == first
    assert not server.running


@pytest.mark.parametrize("kind", KINDS)
async def test_server_of_a_killed_program_is_adopted(kind: type[Server], tmp_path: Path) -> None:
    program = starter(kind, tmp_path)
    pid = told_pid(program)
    program.kill()
    program.wait()
    os.kill(pid, 0)
    async with kind(tmp_path) as server:
        assert server.pid == pid
        store(server, "adopted")
    assert not server.running


@pytest.mark.parametrize("kind", KINDS)
def test_several_starters_share_one_server(kind: type[Server], tmp_path: Path) -> None:
    programs = [starter(kind, tmp_path) for _ in range(4)]
    pids = {told_pid(program) for program in programs}
    assert len(pids) == 1
    *others, last = programs
    for program in others:
        program.communicate()
        assert program.returncode == 0
    assert kind(tmp_path).running, "somebody still uses it"
    last.communicate()
    assert not kind(tmp_path).running


@pytest.mark.parametrize("kind", KINDS)
async def test_folder_with_a_long_and_odd_name(kind: type[Server], tmp_path: Path) -> None:
    data = tmp_path / ("a long, long name %20 'quoted' " * 4).strip()
    async with kind(data) as server:
        store(server, "reached")
        assert stored(server) == ["reached"]


@pytest.mark.parametrize("kind", KINDS)
async def test_given_up_start_leaves_no_server(kind: type[Server], tmp_path: Path) -> None:
    server = kind(tmp_path)
    starting = asyncio.create_task(server.start())
    await asyncio.sleep(0.01)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not server.running


async def test_stale_postgres_record_of_another_programs_id(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path) as server:
        store(server, "before")
        assert server.pid is not None
        record = tmp_path / "postgres" / "postmaster.pid"
        lines = record.read_text().splitlines()
        os.kill(server.pid, signal.SIGKILL)
        await server.wait_ended(every=0.02)
    stranger = await asyncio.create_subprocess_exec(
        "sleep", "60", user=record.parent.stat().st_uid if os.geteuid() == 0 else None
    )
    try:
        record.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        async with EmbeddedPostgres(tmp_path) as server:
            assert stored(server) == ["before"]
        assert stranger.returncode is None, "a stranger was stopped"
    finally:
        stranger.terminate()
        await stranger.wait()


async def test_killed_initdb_is_done_again(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    async with EmbeddedPostgres(tmp_path) as server:
        store(server, "made")
        assert stored(server) == ["made"]
    assert not unfinished.exists()


async def test_cluster_of_another_version_is_left_alone(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(ServerFailed, match="made by PostgreSQL 15"):
        await EmbeddedPostgres(tmp_path).start()
    assert (cluster / "PG_VERSION").read_text() == "15\n"


async def test_accepted_means_stored(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path) as server:
        with psycopg.connect(server.url) as connection:
            found = connection.execute(
                "select name, setting from pg_settings where name = any(%s)",
                (["fsync", "synchronous_commit", "jit", "max_connections", "listen_addresses"],),
            ).fetchall()
    assert dict(found) == {
        "fsync": "on",
        "synchronous_commit": "on",
        "jit": "off",
        "max_connections": "200",
        "listen_addresses": "",
    }
