"""The API processes: uvicorn with uvloop and httptools around the ASGI app.

Each process builds its own app from the environment, so what the command line decides is put there
first. Several are forked from one that has imported the application: they share it, and start at
once. Each listens on the port by itself, and the kernel deals connections out among them.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from multiprocessing.process import BaseProcess
from typing import Any

import structlog
import uvicorn

from bridgecore.entrypoints.http_protocol import HttpProtocol
from bridgecore.infra.live import Live
from bridgecore.infra.settings import Settings

# A request ends within 25 seconds; a worker that has not ended by then is stuck.
STOP_SECONDS = 30
_BACKLOG = 2048
_SHORT_LIFE = 5.0  # seconds; a worker that ends sooner could not start

log = structlog.get_logger(__name__)


class PortTaken(Exception):
    """Another program listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"{host}:{port} is taken by another program; choose another port with --port "
            "(make run PORT=8001)"
        )


def ensure_port_free(host: str, port: int) -> None:
    """Raises PortTaken. Our processes share the port among them, so they would not notice."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # a port that a server left a moment ago is free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(host, port) from error


def environment_of(settings: Settings) -> Mapping[str, str]:
    """What a process started by us must find in its environment to have the same settings."""
    found = {
        "ENVIRONMENT": settings.environment.value,
        "HOST": settings.host,
        "PORT": str(settings.port),
        "WEB_WORKERS": str(settings.web_workers),
        "DATA_DIR": str(settings.data_dir.resolve()),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "OUTBOUND_ALLOW": ",".join(settings.outbound_allow),
        "EMBEDDED_WORKER": str(settings.embedded_worker).lower(),
    }
    return {name: value for name, value in found.items() if value}


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM, then let requests end. Raises PortTaken.

    `settings` name a PostgreSQL and a Redis that are there.
    """
    ensure_port_free(settings.host, settings.port)
    if settings.web_workers > 1:
        # one place for background work: `bridgecore worker`
        settings = settings.model_copy(update={"embedded_worker": False})
    os.environ.update(environment_of(settings))
    preload()
    if settings.web_workers == 1:
        _serve_alone(settings)
    else:
        _Workers(settings).run()


def _serve_alone(settings: Settings) -> None:
    config = uvicorn.Config(
        "bridgecore.entrypoints.app:create",
        factory=True,
        loop="uvloop",
        http=HttpProtocol,
        ws="none",
        lifespan="on",
        backlog=_BACKLOG,
        timeout_keep_alive=75,  # longer than proxies keep theirs
        timeout_graceful_shutdown=STOP_SECONDS,
        proxy_headers=False,  # whom to believe is decided by the application
        server_header=False,
        access_log=False,  # every request is recorded by the usage domain
        log_level="info" if settings.json_logs else "warning",
        log_config=_json_logging() if settings.json_logs else None,
    )
    _Server(config).run(sockets=[_listening(settings.host, settings.port)])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    return listener


class _Server(uvicorn.Server):
    """Ends what would be open for minutes when it is told to stop, and returns."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        viewers: Live | None = self.lifespan.state.get("live")
        if viewers is not None:
            viewers.end()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own raises the signal once more at the end, and who called us never cleans up
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Workers:
    """Several API processes. One that dies (out of memory, say) is replaced; one that can't start
    ends all."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._fork = multiprocessing.get_context("fork")
        self._workers: dict[BaseProcess, float] = {}
        self._stopping = False

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        for _ in range(self._settings.web_workers):
            self._start()
        while self._workers:
            multiprocessing.connection.wait([one.sentinel for one in self._workers], timeout=1)
            for worker, started in list(self._workers.items()):
                if not worker.is_alive():
                    self._ended(worker, started)

    def _start(self) -> None:
        # a signal between fork and the child's own handlers would be taken by ours
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
        worker = self._fork.Process(target=self._work, args=(os.getpid(),), name="bridgecore api")
        worker.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
        self._workers[worker] = time.monotonic()

    def _work(self, parent: int) -> None:
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
        _end_with(parent)
        _serve_alone(self._settings)

    def _ended(self, worker: BaseProcess, started: float) -> None:
        worker.join()
        del self._workers[worker]
        if self._stopping:
            return
        log.error("api_process_ended", process=worker.pid, exit_code=worker.exitcode)
        if time.monotonic() - started < _SHORT_LIFE:
            self._stop()
        else:
            self._start()

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for worker in self._workers:
            worker.terminate()


_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _end_with(parent: int) -> None:
    """Stop when the parent dies, however it does: nobody would replace or stop us any more."""
    if sys.platform == "linux":
        ctypes = import_module("ctypes")
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        raise SystemExit(0)


def _json_logging() -> dict[str, Any]:
    """uvicorn's own lines in the shape of ours."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "generic": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    structlog.stdlib.add_log_level,
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                ],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {
            "console": {
                "formatter": "generic",
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
            }
        },
        "loggers": {"uvicorn": {"handlers": ["console"], "level": "INFO", "propagate": False}},
    }


def preload() -> None:
    """Import the application before processes are forked: they share it, and start at once."""
    import_module("bridgecore.entrypoints.app")
