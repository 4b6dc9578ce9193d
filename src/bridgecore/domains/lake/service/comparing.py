"""The lake's side of the comparison with a source: bands, keys, content."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Band, Change, KeyState, Period, Span
from bridgecore.domains.lake.schemas import Compared, ConnectionRef


async def bands(
    session: AsyncSession,
    connection: ConnectionRef,
    entity: str,
    period: Period,
    within: Span | None = None,
) -> list[Band]:
    """Bands as `TellsBands.bands` gives them, of the records not deleted, by start."""
    raise NotImplementedError


async def keys(
    session: AsyncSession,
    connection: ConnectionRef,
    entity: str,
    span: Span | None = None,
    *,
    after: str | None = None,
    limit: int = 10_000,
) -> list[KeyState]:
    """The records not deleted of a span (None: all), ordered by key, from beyond `after`."""
    raise NotImplementedError


async def compare(
    session: AsyncSession, connection: ConnectionRef, entity: str, changes: Sequence[Change]
) -> Compared:
    """Records read from the source against the lake's, by content, at most MOST_ROWS."""
    raise NotImplementedError
