"""Opened connections, kept from one run to the next: signing in anew each time would cost most.

One process keeps them for as long as their configuration stays the same; the least recently used
ones are closed first.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from bridgecore.connectors.contract import Connector
from bridgecore.connectors.errors import ConnectorError
from bridgecore.domains.connections.service import Source
from bridgecore.infra.resources import Resources

MOST_KEPT = 1_000
WIDTH = 3
"""Entities of one connection that are read at once, while the source keeps up."""
_CLOSE_SECONDS = 5.0


@dataclass(slots=True)
class Opened:
    """One opened connection. `width` falls to 1 while the source is slow or refuses."""

    connector: Connector
    revision: int
    width: int = WIDTH


class Sources:
    """The opened connections of one process."""

    def __init__(self, resources: Resources, *, kept: int = MOST_KEPT) -> None:
        self._resources = resources
        self._kept = kept
        self._opened: OrderedDict[UUID, Opened] = OrderedDict()

    async def open(self, source: Source) -> Opened:
        """The connection as configured now; another run of it is over. Raises `Rejected`."""
        found = self._opened.pop(source.connection_id, None)
        if found is not None and found.revision != source.revision:
            await _close(found)
            found = None
        if found is None:
            found = Opened(source.open(self._resources), source.revision)
        self._opened[source.connection_id] = found
        while len(self._opened) > self._kept:
            _, oldest = self._opened.popitem(last=False)
            await _close(oldest)
        return found

    async def forget(self, connection_id: UUID) -> None:
        """Close one, so that the next run opens it anew: after its fields or rights changed."""
        found = self._opened.pop(connection_id, None)
        if found is not None:
            await _close(found)

    async def close(self) -> None:
        while self._opened:
            _, found = self._opened.popitem()
            await _close(found)


async def _close(opened: Opened) -> None:
    with suppress(ConnectorError, TimeoutError, OSError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await opened.connector.close()
