"""Writes to the lake, in the caller's transaction: the checkpoint is stored with the records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Change
from bridgecore.domains.lake.schemas import (
    Applied,
    ConnectionRef,
    DeleteReason,
    Order,
)


async def apply(
    session: AsyncSession,
    connection: ConnectionRef,
    entity: str,
    changes: Sequence[Change],
    *,
    observed_at: datetime,
    order: Order = Order.SOURCE,
) -> Applied:
    """Store records as they are now, at most MOST_ROWS; equal ones are left untouched.

    Call it inside `database.tenant(connection.tenant_id)`, one tenant a transaction, and commit
    soon: the tenant's clock is held to the end. `observed_at` is the moment before the source was
    asked. A record that was deleted and is there again is restored. Raises LakeBusy when another
    writer holds the clock for 5 s.
    """
    raise NotImplementedError


async def remove(
    session: AsyncSession,
    connection: ConnectionRef,
    entity: str,
    keys: Sequence[str],
    reason: DeleteReason,
    *,
    observed_at: datetime,
) -> Applied:
    """Make tombstones of records that are gone, at most MOST_ROWS; as `apply`.

    A record observed later than `observed_at` stays.
    """
    raise NotImplementedError
