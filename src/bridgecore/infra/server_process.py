"""The life of one local server process that belongs to one folder.

Several programs may want the same server at once, and any of them may be killed. Three file locks
keep that simple, because the kernel releases a lock when its last holder dies:

- `<name>.start`: held while somebody starts or stops the server, so only one does.
- `<name>.users`: shared by everyone who uses the server; the last one out stops it.
- `<name>.alive`: inherited by the server itself (and its children), so "is it running" never
  depends on a process id that may since belong to another program.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

_POLL_SECONDS = 0.01
_LOG_TAIL_BYTES = 3_000


class ServerFailed(Exception):
    """A local server did not start, or did not stop. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Command:
    """How to run the server: arguments, environment, and the account that owns it."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    uid: int | None = None
    gid: int | None = None


class Engine(Protocol):
    """What differs from one kind of server to another."""

    name: str
    """Short and fit for a file name: `postgres`, `valkey`."""
    stop_signal: signal.Signals
    """Asks for a clean and quick stop."""

    def prepare(self) -> Command:
        """Make the data folder fit to start from. Runs while no server does."""

    def ready_pid(self) -> int | None:
        """The process id of the server, once it answers."""

    def recorded_pid(self) -> int | None:
        """The process id the server wrote down for itself, ready or not."""


class LocalServer:
    """Starts, adopts, watches and stops the server of one folder.

    Safe to use from several processes at once, and again after any of them was killed.
    """

    def __init__(self, engine: Engine, folder: Path, *, start_timeout: float = 60.0) -> None:
        self._engine = engine
        self._folder = folder
        self._start_timeout = start_timeout
        self._users: int | None = None
        self._child: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop()

    @property
    def log_path(self) -> Path:
        return self._folder / f"{self._engine.name}.log"

    @property
    def pid(self) -> int | None:
        """The server's process id, or None when it is not running."""
        return self._engine.recorded_pid() if self.running else None

    @property
    def running(self) -> bool:
        """Whether a server of this folder is alive, whoever started it."""
        if self._child is not None:
            self._child.poll()  # so that a dead child does not stay behind as a zombie
        alive = self._lock_path("alive")
        return alive.exists() and not _is_free(alive, fcntl.LOCK_SH)

    async def start(self) -> None:
        """Start the server, or adopt the one that runs; again after it ended, if it did.

        Raises ServerFailed.
        """
        work = asyncio.ensure_future(asyncio.to_thread(self._start))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            with suppress(ServerFailed):
                await work
                await asyncio.to_thread(self._stop)
            raise

    async def stop(self) -> None:
        """Leave the server; it stops cleanly unless another program uses it. Idempotent."""
        await asyncio.to_thread(self._stop)

    async def wait_ended(self, *, every: float = 0.25) -> None:
        """Return when the server has ended, however that came about."""
        # Nothing tells us of the end of a process that is not our child.
        while self.running:  # noqa: ASYNC110
            await asyncio.sleep(every)

    def _start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self._start_timeout
        start = self._take("start", fcntl.LOCK_EX, deadline)
        try:
            users = self._users
            if users is None:
                users = self._take("users", fcntl.LOCK_SH, deadline)
            try:
                if not (self.running and self._adopt(deadline)):
                    self._spawn(deadline)
            except BaseException:
                self._users = None
                os.close(users)
                raise
            self._users = users
        finally:
            os.close(start)

    def _adopt(self, deadline: float) -> bool:
        """Wait for a server that is alive to answer; end one that never does."""
        patience = min(deadline, time.monotonic() + self._start_timeout / 2)
        if _until(lambda: self._engine.ready_pid() is not None or not self.running, patience):
            return self.running
        self._end(signal.SIGQUIT)
        return False

    def _spawn(self, deadline: float) -> None:
        command = self._engine.prepare()
        alive = self._take("alive", fcntl.LOCK_EX, deadline)
        try:
            with self.log_path.open("ab") as log:
                child = subprocess.Popen(  # noqa: S603
                    list(command.arguments),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env={**os.environ, **command.environment},
                    pass_fds=(alive,),
                    # A Ctrl-C in the terminal is for the program, which stops us in its turn.
                    start_new_session=True,
                    user=command.uid,
                    group=command.gid,
                    extra_groups=None if command.uid is None else [],
                )
        finally:
            os.close(alive)
        self._child = child

        def ready() -> bool:
            return self._engine.ready_pid() == child.pid

        if _until(lambda: ready() or child.poll() is not None, deadline) and ready():
            return
        if child.poll() is None:
            self._end(signal.SIGQUIT)
        raise ServerFailed(
            f"{self._engine.name} did not start (status {child.poll()}); "
            f"the end of {self.log_path}:\n{self._log_tail()}"
        )

    def _stop(self) -> None:
        if self._users is None:
            return
        start = self._take("start", fcntl.LOCK_EX, time.monotonic() + self._start_timeout)
        try:
            users, self._users = self._users, None
            os.close(users)
            if self.running and _is_free(self._lock_path("users"), fcntl.LOCK_EX):
                self._end(self._engine.stop_signal)
        finally:
            os.close(start)

    def _end(self, first: signal.Signals) -> None:
        """Ask the server to end, then insist."""
        for sign, seconds in ((first, 15.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            pid = self._engine.recorded_pid() or (self._child.pid if self._child else None)
            if pid is not None and self.running:
                with suppress(ProcessLookupError):
                    os.kill(pid, sign)
            if _until(lambda: not self.running, time.monotonic() + seconds):
                return
        raise ServerFailed(
            f"{self._engine.name} of {self._folder} does not end; stop process "
            f"{self._engine.recorded_pid()} by hand"
        )

    def _lock_path(self, kind: str) -> Path:
        return self._folder / f"{self._engine.name}.{kind}"

    def _take(self, kind: str, mode: int, deadline: float) -> int:
        descriptor = os.open(self._lock_path(kind), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _until(lambda: _try_lock(descriptor, mode), deadline):
            os.close(descriptor)
            raise ServerFailed(
                f"{self._lock_path(kind)} is held by another program that starts or stops "
                f"{self._engine.name}"
            )
        return descriptor

    def _log_tail(self) -> str:
        with suppress(OSError), self.log_path.open("rb") as log:
            log.seek(max(0, self.log_path.stat().st_size - _LOG_TAIL_BYTES))
            return log.read().decode(errors="replace")
        return ""


def _try_lock(descriptor: int, mode: int) -> bool:
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(path: Path, mode: int) -> bool:
    """Whether a lock of this mode could be had now."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        return _try_lock(descriptor, mode)
    finally:
        os.close(descriptor)


def _until(condition: Callable[[], bool], deadline: float) -> bool:
    """Whether the condition came true before the deadline (seconds of `time.monotonic`)."""
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
