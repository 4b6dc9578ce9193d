"""The lake's side of the comparison with a source: bands, keys, content."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Band, Change, KeyState, Period, Span
from bridgecore.domains.lake.repository import comparing, staging
from bridgecore.domains.lake.schemas import MOST_ROWS, Compared, ConnectionRef


async def bands(
    session: AsyncSession,
    connection: ConnectionRef,
    entity: str,
    period: Period,
    within: Span | None = None,
) -> list[Band]:
    """Bands as `TellsBands.bands` gives them, of the records not deleted, by start."""
    return await comparing.bands(
        session, connection.tenant_id, connection.id, entity, period, within
    )


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
    return await comparing.keys(
        session, connection.tenant_id, connection.id, entity, span, after, limit
    )


async def compare(
    session: AsyncSession, connection: ConnectionRef, entity: str, changes: Sequence[Change]
) -> Compared:
    """Records read from the source against the lake's, by content, at most MOST_ROWS."""
    if len(changes) > MOST_ROWS:
        raise ValueError(f"{len(changes)} records at once; compare at most {MOST_ROWS}")
    batch, set_aside = await staging.stage(session, changes)
    differing = await comparing.differing(
        session, connection.tenant_id, connection.id, entity, batch
    )
    keys_asked = {change.key for change in changes}
    return Compared(
        equal=len(keys_asked) - len(differing) - len(set_aside),
        missing=tuple(key for key, missing in differing if missing),
        different=tuple(key for key, missing in differing if not missing),
        set_aside=set_aside,
    )
