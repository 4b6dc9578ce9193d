"""Hints: records something may have happened to, each waiting once until it has been read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Hint
from bridgecore.domains.lake.repository import hints as repository
from bridgecore.domains.lake.repository.hints import CHANNEL
from bridgecore.domains.lake.schemas import ConnectionRef, WaitingHint

__all__ = ["CHANNEL", "hinted_connections", "note_hints", "settle_hints", "take_hints"]


async def note_hints(
    session: AsyncSession, connection: ConnectionRef, hints: Sequence[Hint]
) -> int:
    """Keep hints in the caller's tenant transaction. Returns how many records they concern."""
    latest = {(hint.entity, hint.key or ""): hint.deleted for hint in hints}
    if latest:
        await repository.note(session, connection.tenant_id, connection.id, latest)
    return len(latest)


async def take_hints(
    session: AsyncSession, connection: ConnectionRef, limit: int = 1_000
) -> list[WaitingHint]:
    """The oldest waiting hints. They wait on until settled, so a crash loses none."""
    return await repository.waiting(session, connection.tenant_id, connection.id, limit)


async def settle_hints(
    session: AsyncSession, connection: ConnectionRef, hints: Sequence[WaitingHint]
) -> int:
    """Forget hints that were acted on, but not those noted again since. Returns how many."""
    if not hints:
        return 0
    return await repository.settle(session, connection.tenant_id, connection.id, hints)


async def hinted_connections(session: AsyncSession, limit: int = 1_000) -> list[ConnectionRef]:
    """Connections with waiting hints, longest waiting first. Needs a platform session."""
    rows = await repository.hinted(session, limit)
    return [ConnectionRef(tenant_id, connection_id) for tenant_id, connection_id in rows]
