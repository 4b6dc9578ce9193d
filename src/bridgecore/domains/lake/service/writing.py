"""Writes to the lake, in the caller's transaction: the checkpoint is stored with the records.

The order is always the same: records are staged first, which holds nothing others need; then the
tenant's clock is locked; only then are records touched. So versions become visible in order, and
two writers never wait for each other in a ring.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Change
from bridgecore.domains.lake.errors import LakeBusy
from bridgecore.domains.lake.events import LAKE_CHANGED
from bridgecore.domains.lake.repository import staging, writing
from bridgecore.domains.lake.schemas import (
    MOST_ROWS,
    Applied,
    ConnectionRef,
    DeleteReason,
    Order,
    Staged,
)
from bridgecore.infra.outbox import announce


async def apply(
    session: AsyncSession,
    connection: ConnectionRef,
    entity: str,
    changes: Sequence[Change],
    *,
    observed_at: datetime,
    order: Order = Order.SOURCE,
    admit: bool = True,
) -> Applied:
    """Store records as they are now, at most MOST_ROWS; equal ones are left untouched.

    Call it inside `database.tenant(connection.tenant_id)`, one tenant a transaction, and commit
    soon: the tenant's clock is held to the end. `observed_at` is the moment before the source was
    asked. A record that was deleted and is there again is restored. Of several changes of one key
    the last counts. Not `admit`: only records the lake has, deleted or not, are brought up to date.
    Raises LakeBusy when another writer holds the clock for 5 s.
    """
    if not changes:
        return Applied()
    staged = await stage(session, changes)
    return await store_staged(
        session, connection, entity, staged, observed_at=observed_at, order=order, admit=admit
    )


async def stage(session: AsyncSession, changes: Sequence[Change]) -> Staged:
    """Copy records in, at most MOST_ROWS, for `store_staged` in the same transaction.

    The first half of `apply`, for whoever has to wait for something between the two: it holds
    nothing others need.
    """
    _refuse_too_many(changes)
    batch, set_aside = await staging.stage(session, changes)
    return Staged(batch, set_aside)


async def store_staged(
    session: AsyncSession,
    connection: ConnectionRef,
    entity: str,
    staged: Staged,
    *,
    observed_at: datetime,
    order: Order = Order.SOURCE,
    admit: bool = True,
) -> Applied:
    """Store what `stage` copied in: the second half of `apply`, and as it."""
    batch, set_aside = staged.batch, staged.set_aside
    with _busy():
        before = await writing.take_clock(session, connection.tenant_id)
        left_out: tuple[str, ...] = ()
        if not admit:
            left_out = await staging.leave_out_unknown(
                session, batch, connection.tenant_id, connection.id, entity
            )
        written = await writing.store(
            session,
            connection.tenant_id,
            connection.id,
            entity,
            batch,
            version=before,
            seen_at=observed_at,
            order=order,
        )
        after = before + written.changed
        await writing.count(
            session,
            connection.tenant_id,
            connection.id,
            entity,
            records=written.inserted + written.restored,
            archived=written.archived,
            deleted=-written.restored,
            bytes=written.bytes,
            version=after if written.changed else 0,
            source_changed_at=written.source_changed_at,
            seen_at=observed_at,
        )
    applied = Applied(
        inserted=written.inserted,
        updated=written.updated,
        restored=written.restored,
        unchanged=written.unchanged,
        stale=written.stale,
        first_version=before + 1 if written.changed else None,
        last_version=after if written.changed else None,
        set_aside=set_aside,
        left_out=left_out,
        bytes=written.bytes,
    )
    await _finish(session, connection, entity, applied)
    return applied


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

    A record observed later than `observed_at` stays, and so does a tombstone as it is.
    """
    _refuse_too_many(keys)
    if not keys:
        return Applied()
    with _busy():
        before = await writing.take_clock(session, connection.tenant_id)
        removed, archived = await writing.remove(
            session,
            connection.tenant_id,
            connection.id,
            entity,
            list(dict.fromkeys(keys)),
            reason,
            version=before,
            seen_at=observed_at,
        )
        after = before + removed
        if removed:
            await writing.count(
                session,
                connection.tenant_id,
                connection.id,
                entity,
                records=-removed,
                archived=-archived,
                deleted=removed,
                version=after,
                seen_at=observed_at,
            )
    applied = Applied(
        removed=removed,
        unchanged=len(set(keys)) - removed,
        first_version=before + 1 if removed else None,
        last_version=after if removed else None,
    )
    await _finish(session, connection, entity, applied)
    return applied


async def _finish(
    session: AsyncSession, connection: ConnectionRef, entity: str, applied: Applied
) -> None:
    if applied.last_version is None:
        return
    await writing.advance_clock(session, connection.tenant_id, applied.last_version)
    figures = asdict(applied)
    for untold in ("set_aside", "left_out", "bytes"):
        del figures[untold]
    await announce(
        session,
        LAKE_CHANGED,
        {"connection_id": str(connection.id), "entity": entity, **figures},
        tenant_id=connection.tenant_id,
    )


def _refuse_too_many(given: Sequence[object]) -> None:
    if len(given) > MOST_ROWS:
        raise ValueError(f"{len(given)} records at once; write at most {MOST_ROWS}")


@contextmanager
def _busy() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise LakeBusy from error
        raise
