"""Ports for servers that other processes open, and a port where nobody will answer."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager

# below those that systems give to outgoing connections, one of which could take a free port
# between our look and the server's start
_FIRST, _LAST = 20_000, 29_999


def free_port(*, neighbours: tuple[int, ...] = ()) -> int:
    """A port that is free, as are those so many above it."""
    while True:
        port = random.randint(_FIRST, _LAST)
        if all(is_free(port + beside) for beside in (0, *neighbours)):
            return port


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port of 127.0.0.1 where connections are refused, held so that nobody opens it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # connections that ended a moment ago don't count
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
