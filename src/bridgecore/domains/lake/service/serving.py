"""The lake as it is served over HTTP: records by entity or view, changes, what there is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.lake.errors import RecordNotFound
from bridgecore.domains.lake.repository import reading, records
from bridgecore.domains.lake.repository.records import Sorting
from bridgecore.domains.lake.schemas import EntityOut, LakeRecord, RecordQuery
from bridgecore.domains.lake.service.access import Reader, reader_of
from bridgecore.domains.lake.service.filters import conditions_of, view_of, views_of
from bridgecore.infra.auth import Actor
from bridgecore.infra.problems import ValidationFailed
from bridgecore.kit.cursors import InvalidCursor, decode_cursor, encode_cursor

LONGEST_SORTED = 1_000


async def list_records(
    session: AsyncSession, tenant_id: UUID, actor: Actor, wanted: RecordQuery
) -> bytes:
    """A feed of records as JSON. Raises EntityNotAllowed, BadFilter, ValidationFailed."""
    view = view_of(wanted.entity)
    reader = await reader_of(session, tenant_id, actor)
    reader.check(view.entity)
    sorting = _sorting(wanted.sort)
    kind = f"lake:{wanted.sort}"
    connection_id = wanted.connection_id
    if connection_id is None:
        connection_id = await _only_connection(session, tenant_id, view.entity)
    found = await records.page(
        session,
        tenant_id,
        view.entity,
        reader.access,
        connection_id=connection_id,
        conditions=[*view.conditions, *conditions_of(wanted.filter)],
        archived=wanted.archived,
        deleted=wanted.deleted,
        sorting=sorting,
        after=_behind(kind, sorting, wanted.cursor) if wanted.cursor is not None else None,
        limit=wanted.limit + 1,
    )
    cursor = None
    if len(found) > wanted.limit:
        found.pop()
        cursor = _cursor(kind, sorting, *found[-1])
    items = [shown(record, wanted.entity, reader) for record, _ in found]
    return _encoded({"items": items, "next_cursor": cursor})


async def get_record(
    session: AsyncSession,
    tenant_id: UUID,
    actor: Actor,
    entity: str,
    key: str,
    connection_id: UUID | None,
) -> bytes:
    """One record as JSON, tombstones too. Raises EntityNotAllowed, RecordNotFound."""
    view = view_of(entity)
    reader = await reader_of(session, tenant_id, actor)
    reader.check(view.entity)
    states = await reading.entities(session, tenant_id, connection_id)
    holding = [state.connection_id for state in states if state.entity == view.entity]
    found = await records.one(
        session, tenant_id, view.entity, key, reader.access, view.conditions, holding
    )
    if not found:
        raise RecordNotFound
    # one that a removed connection left behind does not stand in the way of the one that is served
    found = [record for record in found if record.deleted_at is None] or found
    if len(found) > 1:
        raise ValidationFailed(
            f"{len(found)} connections hold {entity} {key}; name one with `connection_id`."
        )
    record = found[0]
    return _encoded(
        {
            **shown(record, entity, reader),
            "first_seen_at": record.first_seen_at,
            "last_seen_at": record.seen_at,
        }
    )


async def list_changes(
    session: AsyncSession,
    tenant_id: UUID,
    actor: Actor,
    after: int,
    *,
    entities: list[str],
    connection_id: UUID | None,
    limit: int,
) -> bytes:
    """The feed of changes as JSON, tombstones included. Raises EntityNotAllowed."""
    reader = await reader_of(session, tenant_id, actor)
    for entity in entities:
        reader.check(entity)
    # read before the rows: what it promises is certainly among them or behind them
    latest, forgotten = await reading.clock(session, tenant_id)
    rows = await reading.changes(
        session, tenant_id, after, limit, entities or None, connection_id, reader.access
    )
    next_after = rows[-1].version if rows else after
    if len(rows) < limit:
        next_after = max(next_after, latest)
    items = [shown(row, row.entity, reader) for row in rows]
    return _encoded(
        {
            "items": items,
            "next_after": next_after,
            "latest_version": max(latest, next_after),
            "forgotten_version": forgotten,
        }
    )


async def list_entities(session: AsyncSession, tenant_id: UUID, actor: Actor) -> list[EntityOut]:
    """What the lake holds that the caller may read, by connection and entity."""
    reader = await reader_of(session, tenant_id, actor)
    access = reader.access
    return [
        EntityOut(
            entity=state.entity,
            views=views_of(state.entity),
            connection_id=state.connection_id,
            source=reader.sources.get(state.connection_id),
            records=state.records,
            archived=state.archived,
            deleted=state.deleted,
            bytes=state.bytes,
            version=state.version,
            last_read=state.seen_at,
            last_changed=state.source_changed_at,
        )
        for state in await reading.entities(session, tenant_id, None)
        if state.entity not in access.closed
        and (
            access.allowed is None
            or state.entity in access.allowed
            or state.connection_id in access.unrestricted
        )
    ]


def shown(record: LakeRecord, entity_type: str, reader: Reader) -> dict[str, Any]:
    """A record as `RecordOut` describes it, its data untouched."""
    return {
        "entity_type": entity_type,
        "serving_id": record.key,
        "source": reader.sources.get(record.connection_id),
        "connection_id": record.connection_id,
        "version": record.version,
        "is_active": record.is_active and record.deleted_at is None,
        "deleted_at": record.deleted_at,
        "delete_reason": record.delete_reason,
        "last_aggregated": record.stored_at,
        "source_created_at": record.source_created_at,
        "source_changed_at": record.source_changed_at,
        "data": orjson.Fragment(record.data),
    }


def _encoded(answer: dict[str, Any]) -> bytes:
    return orjson.dumps(answer, option=orjson.OPT_UTC_Z)


async def _only_connection(session: AsyncSession, tenant_id: UUID, entity: str) -> UUID | None:
    """The connection that alone holds an entity: its records are then read in one range."""
    states = await reading.entities(session, tenant_id, None)
    holding = [state.connection_id for state in states if state.entity == entity]
    return holding[0] if len(holding) == 1 else None


def _sorting(written: str) -> Sorting:
    by = written.removeprefix("-")
    descending = written.startswith("-")
    if by in ("key", "version"):
        return Sorting(by, (), descending)
    path = tuple(by.removeprefix("data.").split("."))
    if not by.startswith("data.") or not all(path):
        raise ValidationFailed("`sort` is `key`, `version`, or `data.` and the name of a field.")
    return Sorting("data", path, descending)


def _cursor(kind: str, sorting: Sorting, record: LakeRecord, sorted_by: str | None) -> str:
    first: int | str | None = record.version if sorting.by == "version" else sorted_by
    if isinstance(first, str) and len(first) > LONGEST_SORTED:
        raise ValidationFailed("The values of this field are too long to sort by; take another.")
    return encode_cursor(kind, [first, str(record.connection_id), record.key])


def _behind(kind: str, sorting: Sorting, cursor: str) -> tuple[Any, UUID, str]:
    first_type = {"version": int, "key": None, "data": str}[sorting.by]
    first, connection_id, key = decode_cursor(kind, cursor, [first_type, UUID, str])
    if sorting.by == "data":
        try:
            orjson.loads(first)
        except orjson.JSONDecodeError:
            raise InvalidCursor("this cursor was not made by this server") from None
    return first, connection_id, key
