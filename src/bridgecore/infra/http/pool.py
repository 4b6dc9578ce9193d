"""Open connections, kept for the next exchange with the same side."""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from typing import NamedTuple

from bridgecore.infra.http.exchange import Connection


class Side(NamedTuple):
    """The other end: the address that was checked, and over TLS the name it must prove."""

    address: str
    port: int
    name: str | None


class Pool:
    """Connections by where they lead. `keep_alive`: seconds an idle one is kept; at most `most`."""

    def __init__(self, *, keep_alive: float, most: int, authorities: bytes | None) -> None:
        self._keep_alive = keep_alive
        self._most = most
        self._authorities = authorities
        self._tls: ssl.SSLContext | None = None
        # by side, those used last at the end
        self._idle: dict[Side, OrderedDict[Connection, None]] = {}
        self._count = 0
        self._sweep: asyncio.TimerHandle | None = None

    def take(self, side: Side) -> Connection | None:
        """A connection that is still good, as far as can be told."""
        idle = self._idle.get(side)
        while idle:
            connection, _ = idle.popitem()
            self._forgotten(side, idle)
            if connection.usable:
                return connection
            connection.abort()
        return None

    async def connect(self, side: Side, where: str) -> Connection:
        """A fresh one. Raises OSError, ssl.SSLError included."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: Connection(where, lambda lost: self._lost(side, lost)),
            side.address,
            side.port,
            ssl=None if side.name is None else self._context(),
            server_hostname=side.name,
        )
        return connection

    def give_back(self, side: Side, connection: Connection) -> None:
        """Keep a connection whose exchange is over."""
        if not connection.idle or self._count >= self._most:
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.setdefault(side, OrderedDict())[connection] = None
        self._count += 1
        if self._sweep is None:
            self._sweep = loop.call_later(self._keep_alive, self._swept)

    def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        idle, self._idle, self._count = self._idle, {}, 0
        for connections in idle.values():
            for connection in connections:
                connection.abort()

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
            if self._authorities is not None:
                self._tls.load_verify_locations(cadata=self._authorities.decode())
        return self._tls

    def _lost(self, side: Side, connection: Connection) -> None:
        idle = self._idle.get(side)
        if idle is not None and connection in idle:
            del idle[connection]
            self._forgotten(side, idle)

    def _forgotten(self, side: Side, idle: OrderedDict[Connection, None]) -> None:
        self._count -= 1
        if not idle:
            del self._idle[side]

    def _swept(self) -> None:
        """Close what lay idle too long."""
        loop = asyncio.get_running_loop()
        self._sweep = None
        before = loop.time() - self._keep_alive
        for side, idle in list(self._idle.items()):
            for connection in list(idle):
                if connection.idle_since > before:
                    break
                del idle[connection]
                self._forgotten(side, idle)
                connection.abort()
        if self._idle:
            self._sweep = loop.call_later(self._keep_alive / 2, self._swept)
