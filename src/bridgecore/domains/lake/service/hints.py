"""Hints: records something may have happened to, each waiting once until it has been read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Hint
from bridgecore.domains.lake.schemas import ConnectionRef, WaitingHint

CHANNEL = "bridgecore_lake_hints"
"""What is notified when hints are noted; the payload is `tenant_id:connection_id`."""


async def note_hints(
    session: AsyncSession, connection: ConnectionRef, hints: Sequence[Hint]
) -> int:
    """Keep hints in the caller's tenant transaction. Returns how many records they concern."""
    raise NotImplementedError


async def take_hints(
    session: AsyncSession, connection: ConnectionRef, limit: int = 1_000
) -> list[WaitingHint]:
    """The oldest waiting hints. They wait on until settled, so a crash loses none."""
    raise NotImplementedError


async def settle_hints(
    session: AsyncSession, connection: ConnectionRef, hints: Sequence[WaitingHint]
) -> int:
    """Forget hints that were acted on, but not those noted again since. Returns how many."""
    raise NotImplementedError


async def hinted_connections(session: AsyncSession, limit: int = 1_000) -> list[ConnectionRef]:
    """Connections with waiting hints, longest waiting first. Needs a platform session."""
    raise NotImplementedError
