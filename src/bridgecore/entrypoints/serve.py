"""The API processes: granian with uvloop around the ASGI app.

Each worker process builds its own app from the environment, so what the command line decides is
put there first.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import structlog
from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from bridgecore.infra.settings import Settings

# A request ends within 25 seconds; a worker that has not ended by then is stuck.
STOP_SECONDS = 30


class PortTaken(Exception):
    """Another program listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"{host}:{port} is taken by another program; choose another port with --port "
            "(make run PORT=8001)"
        )


def ensure_port_free(host: str, port: int) -> None:
    """Raises PortTaken. Granian shares its port with whoever else does, so it would not notice."""
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
    Granian(
        "bridgecore.entrypoints.app:create",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=settings.web_workers,
        websockets=True,
        backlog=2048,
        # a worker that dies (out of memory, say) is replaced; one that can't start ends the server
        respawn_failed_workers=settings.web_workers > 1,
        workers_kill_timeout=STOP_SECONDS,
        log_access=False,  # every request is recorded by the usage domain
        log_level=LogLevels.info if settings.json_logs else LogLevels.warning,
        log_dictconfig=_json_logging() if settings.json_logs else None,
    ).serve()


def _json_logging() -> dict[str, Any]:
    """Granian's own lines in the shape of ours."""
    return {
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
        "loggers": {"_granian": {"handlers": ["console"], "level": "INFO", "propagate": False}},
    }


def preload() -> None:
    """Import the application before worker processes are forked: they share it, and start at once.

    Where processes are spawned instead (macOS), each imports it for itself.
    """
    import_module("bridgecore.entrypoints.app")
