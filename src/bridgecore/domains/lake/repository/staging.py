"""Records on their way in: copied to a temporary table, from which one statement stores them.

COPY and row-level security exclude each other, and the copy is binary: a record's JSON goes to
PostgreSQL as the bytes the source sent, decoded by nobody on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from uuid import UUID

import psycopg
from psycopg.errors import StatementTooComplex
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Change, SetAside

LONGEST_KEY = 500

_BATCH = "lake_batch"
_TABLE = text(
    """
    CREATE TEMPORARY TABLE IF NOT EXISTS lake_incoming (
        batch integer NOT NULL,
        position integer NOT NULL,
        key text COLLATE "C" NOT NULL,
        data jsonb NOT NULL,
        is_active boolean NOT NULL,
        source_created_at timestamptz,
        source_changed_at timestamptz
    ) ON COMMIT DELETE ROWS
    """
)
_COPY = (
    "COPY lake_incoming (batch, position, key, data, is_active, source_created_at,"
    " source_changed_at) FROM STDIN (FORMAT BINARY)"
)
_BLOCK = 96 * 1024
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# A row: the number of its fields, then each one behind its length; -1 stands for NULL. jsonb's
# binary form is its text behind a version byte.
_HEAD = Struct("!hiiiii").pack
_DATA = Struct("!iB").pack
_TAIL = Struct("!i?").pack
_MOMENT = Struct("!iq").pack
_NO_MOMENT = Struct("!i").pack(-1)
# PostgreSQL's text can't hold NUL, however it is written; an even run of backslashes is text
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


async def stage(
    session: AsyncSession, changes: Sequence[Change]
) -> tuple[int, tuple[SetAside, ...]]:
    """Copy changes in, the last of one key counting: the batch's number, and what can't be held.

    A NUL inside a text is dropped; a record that is not JSON, or not UTF-8, is set aside.
    """
    batch = session.info[_BATCH] = session.info.get(_BATCH, 0) + 1
    await session.execute(_TABLE)
    set_aside: list[SetAside] = []
    latest = []
    for change in {change.key: change for change in changes}.values():
        if len(change.key) > LONGEST_KEY:
            reason = f"Its key is longer than {LONGEST_KEY} characters."
            set_aside.append(SetAside(change.key[:LONGEST_KEY], reason))
        else:
            latest.append(change)
    await _copy(session, batch, 0, latest, set_aside)
    return batch, tuple(set_aside)


# Not NOT EXISTS, which would be joined, and so perhaps by reading the whole entity for every key.
_LEAVE_OUT = text(
    """
    DELETE FROM lake_incoming i
     WHERE i.batch = :batch
       AND (SELECT r.key FROM lake_records r
             WHERE r.tenant_id = :tenant_id AND r.connection_id = :connection_id
               AND r.entity = :entity AND r.key = i.key) IS NULL
    RETURNING i.key
    """
)


async def leave_out_unknown(
    session: AsyncSession, batch: int, tenant_id: UUID, connection_id: UUID, entity: str
) -> tuple[str, ...]:
    """Take records out of a batch that the lake has none of, tombstones included: their keys."""
    gone = await session.scalars(
        _LEAVE_OUT,
        {
            "batch": batch,
            "tenant_id": tenant_id,
            "connection_id": connection_id,
            "entity": entity,
        },
    )
    return tuple(sorted(gone))


async def _copy(
    session: AsyncSession,
    batch: int,
    first: int,
    changes: Sequence[Change],
    set_aside: list[SetAside],
) -> None:
    """Copy all but the records PostgreSQL refuses, found by halving what was refused."""
    if not changes:
        return
    raw = await (await session.connection()).get_raw_connection()
    connection = raw.driver_connection
    if not isinstance(connection, psycopg.AsyncConnection):
        raise TypeError("records are copied over a psycopg connection")
    try:
        async with (
            connection.transaction(),
            connection.cursor() as cursor,
            cursor.copy(_COPY) as copy,
        ):
            for block in _blocks(batch, first, changes):
                await copy.write(block)
        return
    except (psycopg.DataError, StatementTooComplex) as error:
        if len(changes) == 1:
            set_aside.append(SetAside(changes[0].key, _reason(error)))
            return
    middle = len(changes) // 2
    await _copy(session, batch, first, changes[:middle], set_aside)
    await _copy(session, batch, first + middle, changes[middle:], set_aside)


def _blocks(batch: int, first: int, changes: Sequence[Change]) -> Iterator[bytes]:
    """Rows in COPY's binary form. A row at a time through the driver takes three times as long."""
    parts = [_SIGNATURE]
    add = parts.append
    size = 0
    for position, change in enumerate(changes, first):
        key = change.key.encode(errors="surrogatepass")
        data = _without_nul(change.data)
        add(_HEAD(7, 4, batch, 4, position, len(key)))
        add(key)
        add(_DATA(len(data) + 1, 1))
        add(data)
        add(_TAIL(1, change.is_active))
        for moment in (change.created_at, change.changed_at):
            add(_MOMENT(8, (moment - _EPOCH) // _MICROSECOND) if moment else _NO_MOMENT)
        size += len(data)
        if size > _BLOCK:
            yield b"".join(parts)
            parts.clear()
            size = 0
    add(_TRAILER)
    yield b"".join(parts)


def _without_nul(data: bytes) -> bytes:
    return _NUL.sub(rb"\1", data) if b"\\u0000" in data else data


def _reason(error: psycopg.Error) -> str:
    cause = (error.diag.message_primary or str(error)).rstrip(".")
    return f"The record can't be stored: {cause}. Correct it in the source."
