"""The API as a child process of `bridgecore up`.

It is started first and imports the application while its parent starts servers and migrates; then
it is told its settings on standard input and begins to serve. When that input ends, so does it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.request import urlopen

START_SECONDS = 60.0
STOP_SECONDS = 35.0


class ApiFailed(Exception):
    """The API process ended, or did not answer; what it said stands above."""


class ApiProcess:
    """`bridgecore serve` and its workers."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._environment: Mapping[str, str] = {}
        self._restarting = False

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bridgecore.entrypoints.cli",
            "serve",
            "--supervised",
            stdin=asyncio.subprocess.PIPE,
            # Ctrl-C in the terminal is for the parent alone, which stops us in order
            start_new_session=True,
        )

    async def serve(self, environment: Mapping[str, str], url: str) -> None:
        """Begin to serve; returns once `url` answers. Raises ApiFailed."""
        self._environment = environment
        process = self._process
        assert process is not None
        assert process.stdin is not None
        with suppress(ConnectionError):  # it has ended, which is told below
            process.stdin.write(json.dumps(dict(environment)).encode() + b"\n")
            await process.stdin.drain()
        deadline = time.monotonic() + START_SECONDS
        while not await asyncio.to_thread(_answers, url):
            if process.returncode is not None:
                raise ApiFailed("the API did not start; what it said stands above")
            if time.monotonic() > deadline:
                raise ApiFailed(f"the API did not answer within {START_SECONDS:.0f} seconds")
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Let requests end, then end it. Idempotent."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            # its workers are in its session, which is its own
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    async def restart(self, url: str) -> None:
        """Stop and serve again from the code as it is now. Raises ApiFailed."""
        self._restarting = True
        try:
            await self.stop()
            await self.start()
            await self.serve(self._environment, url)
        finally:
            self._restarting = False

    async def ended(self) -> None:
        """Return when it has ended without being told to."""
        while True:
            process = self._process
            if process is not None:
                await process.wait()
                if process is self._process and not self._restarting:
                    return
            await asyncio.sleep(0.2)


@asynccontextmanager
async def api_process() -> AsyncIterator[ApiProcess]:
    """A child that is importing the application; it is stopped at the end."""
    api = ApiProcess()
    await api.start()
    try:
        yield api
    finally:
        await api.stop()


def await_environment() -> Mapping[str, str]:
    """In the child: the settings the parent sends. Raises EOFError when it has gone."""
    line = b""
    while not line.endswith(b"\n"):
        # not sys.stdin: what it buffers would be missing later
        piece = os.read(0, 65_536)
        if not piece:
            raise EOFError("the program that started this one has ended")
        line += piece
    found: Mapping[str, str] = json.loads(line)
    return found


def leave_at_end_of_input() -> None:
    """In the child: stop once the parent has gone, however it went. Blocks; run it in a thread."""
    with suppress(OSError):
        while os.read(0, 1):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except OSError:
        return False
