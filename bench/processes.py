"""The programs a measurement starts: each known by its process id, and ended by it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
START_SECONDS = 60.0
_POLL_SECONDS = 0.02
_LOG_TAIL_BYTES = 2_000


class ProgramFailed(Exception):
    """A program that is needed did not start, or ended; the message holds its last words."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running program and where it listens."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        return self.process.pid

    def last_words(self) -> str:
        text = self.log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace").strip()
        return f"{self.name} said:\n{text}" if text else f"{self.name} said nothing."


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    name: str,
    arguments: Sequence[str],
    *,
    port: int,
    folder: Path,
    ready_path: str,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    stop_seconds: float = 40.0,
    start_seconds: float = START_SECONDS,
) -> Iterator[Program]:
    """The program, once `ready_path` answers; stopped when the block ends.

    Its output goes to `folder`. Raises ProgramFailed.
    """
    log = folder / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=cwd,
            # Ctrl-C in the terminal is for the benchmark, which then stops each in order
            start_new_session=True,
        )
    program = Program(name, process, port, log)
    try:
        wait_until_answers(program, ready_path, seconds=start_seconds)
        yield program
    finally:
        _stop(process, stop_signal, stop_seconds)


def wait_until_answers(program: Program, path: str, *, seconds: float) -> None:
    """Return once `path` answers 200. Raises ProgramFailed."""
    deadline = time.monotonic() + seconds
    while True:
        with suppress(OSError, http.client.HTTPException):
            status, _ = exchange(program.port, "GET", path, timeout=5.0)
            if status == 200:
                return
        if program.process.poll() is not None:
            raise ProgramFailed(f"{program.name} ended at once. {program.last_words()}")
        if time.monotonic() > deadline:
            raise ProgramFailed(
                f"{program.name} did not answer within {seconds:.0f} s. {program.last_words()}"
            )
        time.sleep(_POLL_SECONDS)


def exchange(
    port: int,
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 30.0,
) -> tuple[int, bytes]:
    """One HTTP exchange with a program of ours: status and body."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def post_json(
    port: int, path: str, body: Any, *, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """Status and decoded answer of a JSON POST."""
    status, raw = exchange(
        port,
        "POST",
        path,
        body=json.dumps(body).encode(),
        headers={"content-type": "application/json", **(headers or {})},
    )
    return status, json.loads(raw) if raw else None


def module(name: str, *arguments: str) -> Sequence[str]:
    """The command line that runs a module with our interpreter."""
    return (sys.executable, "-m", name, *arguments)


@contextmanager
def stub_odoo(folder: Path, *, latency_ms: float) -> Iterator[Program]:
    """The stub Odoo of `bench.stub_odoo`."""
    port = free_port()
    arguments = module("bench.stub_odoo", "--port", str(port), "--latency-ms", str(latency_ms))
    with running(
        f"stub-odoo-{latency_ms:g}ms",
        arguments,
        port=port,
        folder=folder,
        cwd=Path(__file__).resolve().parents[1],
        ready_path="/web/webclient/version_info",
        stop_seconds=5.0,
    ) as program:
        yield program


def _stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals, seconds: float) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(stop_signal)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        # its workers are in the session that was made for it alone
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
