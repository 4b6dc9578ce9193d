"""The API's processes: several on one port, stopped without dropping what is under way."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import psutil
import pytest

from tests.factories.ports import free_port
from tests.integration.entrypoints.conftest import COMMAND

START_SECONDS = 60.0
STOP_SECONDS = 40.0
Serve = Callable[..., "Serving"]


class Serving:
    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self._log = log

    @property
    def said(self) -> str:
        return self._log.read_text()

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            try:
                if httpx.get(f"{self.url}/health").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def serve(environment: Mapping[str, str], tmp_path: Path) -> Iterator[Serve]:
    """Starts `bridgecore serve` on a free port; ends it, whatever the test left."""
    started: list[Serving] = []

    def start(*options: str) -> Serving:
        port = free_port()
        log = tmp_path / f"serve-{port}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*COMMAND, "serve", "--port", str(port), *options],
                env=environment,
                cwd=tmp_path,
                stdout=file,
                stderr=file,
            )
        serving = Serving(process, port, log)
        started.append(serving)
        serving.wait_ready()
        return serving

    yield start
    for serving in started:
        if serving.process.poll() is None:
            for child in serving.children():
                child.kill()
            serving.process.kill()
            serving.process.wait()


def test_several_processes_serve_one_port_and_end_together(serve: Serve) -> None:
    serving = serve("--workers", "2")
    workers = serving.children()
    assert len(workers) == 2
    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.wait(STOP_SECONDS) == 0, serving.said
    assert not [worker for worker in workers if worker.is_running() and worker.status() != "zombie"]


async def test_a_request_under_way_is_answered_when_it_is_told_to_stop(serve: Serve) -> None:
    serving = await asyncio.to_thread(serve)
    host, port = serving.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = b'{"email": "nobody@nowhere.example", "password": "wrong"}'
    writer.write(
        b"POST /api/v1/auth/tenant/login HTTP/1.1\r\nHost: platform\r\n"
        b"Content-Type: application/json\r\nExpect: 100-continue\r\n"
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body[:10]
    )
    await writer.drain()
    async with asyncio.timeout(20):  # the request has begun, and waits for the rest of its body
        assert b" 100 " in await reader.readuntil(b"\r\n\r\n")
    serving.process.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.5)
    writer.write(body[10:])
    await writer.drain()
    async with asyncio.timeout(20):
        status = await reader.readline()
    writer.close()
    assert b" 401 " in status or b" 403 " in status, status
    assert await asyncio.to_thread(serving.process.wait, STOP_SECONDS) == 0, serving.said


def test_a_second_one_on_the_port_is_refused(
    serve: Serve, environment: Mapping[str, str], tmp_path: Path
) -> None:
    serving = serve()
    port = serving.url.rsplit(":", 1)[1]
    done = subprocess.run(
        [*COMMAND, "serve", "--port", port],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "is taken" in done.stderr
    assert serving.process.poll() is None


def test_the_worker_ends_cleanly(environment: Mapping[str, str], tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "worker"],
        env=environment,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        said = ""
        while "worker_started" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        os.kill(process.pid, signal.SIGTERM)
        _, rest = process.communicate(timeout=STOP_SECONDS)
        assert process.returncode == 0, said + rest
        assert "worker_stopped" in rest
    finally:
        process.kill()
        process.wait()
