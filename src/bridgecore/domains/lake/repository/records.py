"""Reads of records by entity, with conditions on what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.lake.models import LakeRecord as Stored
from bridgecore.domains.lake.repository.reading import (
    COLUMNS,
    VERSIONED,
    Access,
    in_index_order,
    readable,
    record_of,
)
from bridgecore.domains.lake.schemas import LakeRecord, Shown

OPERATORS = frozenset({"eq", "ne", "lt", "lte", "gt", "gte", "in", "contains", "set", "unset"})

# what the indexes of the named views are made of, written as they are
_INDEXED: Mapping[tuple[str, tuple[str, ...]], str] = MappingProxyType(
    {
        ("res.partner", ("is_company",)): "(lake_records.data ->> 'is_company')",
        ("crm.lead", ("user_id", "0")): "((lake_records.data -> 'user_id') ->> 0)",
        ("mail.activity", ("res_model",)): "(lake_records.data ->> 'res_model')",
        ("mail.activity", ("res_id",)): "(lake_records.data ->> 'res_id')",
        ("account.move", ("move_type",)): "(lake_records.data ->> 'move_type')",
        ("account.move", ("payment_state",)): "(lake_records.data ->> 'payment_state')",
    }
)
_PARTIAL = frozenset(entity for entity, _ in _INDEXED)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a value inside a record must be. `path` leads to it, by field name or place."""

    path: tuple[str, ...]
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Sorting:
    """`path` is empty for `key` and `version`."""

    by: str
    path: tuple[str, ...]
    descending: bool


def _value_at(path: Sequence[str]) -> ColumnElement[Any]:
    return Stored.data.op("#>", return_type=JSONB())(literal(list(path), ARRAY(Text)))


def _json(value: Any) -> ColumnElement[Any]:
    return cast(literal(orjson.dumps(value).decode(), Text), JSONB)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def condition(entity: str, wanted: Condition) -> ColumnElement[bool]:
    """A condition in SQL: values are compared with values of their own type."""
    value, operator = wanted.value, wanted.operator
    values = value if operator == "in" else [value]
    indexed = _INDEXED.get((entity, wanted.path))
    if indexed is not None and operator in ("eq", "in") and None not in values:
        # narrowed by the index; the type is compared all the same
        near = literal_column(indexed, Text).in_([_text(each) for each in values])
        return and_(near, _value_at(wanted.path).in_([_json(each) for each in values]))
    found = _value_at(wanted.path)
    absent = or_(found.is_(None), found.in_([_json(each) for each in (None, False, "")]))
    match operator:
        case "set":
            return ~absent
        case "unset":
            return absent
        case "eq":
            return func.coalesce(found, _json(None)) == _json(value)
        case "ne":
            return func.coalesce(found, _json(None)) != _json(value)
        case "in":
            return func.coalesce(found, _json(None)).in_([_json(each) for each in values])
        case "contains":
            path = literal(list(wanted.path), ARRAY(Text))
            text = Stored.data.op("#>>", return_type=Text())(path)
            return text.icontains(value, autoescape=True)
    same = func.jsonb_typeof(found) == func.jsonb_typeof(_json(value))
    compared = {
        "lt": found < _json(value),
        "lte": found <= _json(value),
        "gt": found > _json(value),
        "gte": found >= _json(value),
    }[operator]
    return and_(same, compared)


def _shown(archived: Shown, deleted: Shown) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if deleted != "any":
        gone = Stored.deleted_at.is_not(None)
        bounds.append(gone if deleted == "only" else ~gone)
    if archived != "any":
        bounds.append(Stored.is_active.is_(archived == "no"))
    return bounds


def _entity(name: str) -> ColumnElement[bool]:
    # as a constant where indexes are for one entity, or they are not found to fit
    if name in _PARTIAL:
        return Stored.entity == literal_column(f"'{name}'")
    return Stored.entity == name


async def page(
    session: AsyncSession,
    tenant_id: UUID,
    entity: str,
    access: Access,
    *,
    connection_id: UUID | None,
    conditions: Sequence[Condition],
    archived: Shown,
    deleted: Shown,
    sorting: Sorting,
    after: tuple[Any, UUID, str] | None,
    limit: int,
) -> list[tuple[LakeRecord, str | None]]:
    """Records behind `after`, each with the JSON of the value they are sorted by, if any."""
    value = func.coalesce(_value_at(sorting.path), _json(None)) if sorting.path else None
    sorted_by = cast(literal(None) if value is None else value, Text).label("sorted_by")
    by: list[ColumnElement[Any]] = [Stored.connection_id.expression, Stored.key.expression]
    if value is not None:
        by.insert(0, value)
    elif sorting.by == "version":
        by.insert(0, Stored.version.expression)
    query = (
        select(*COLUMNS, sorted_by)
        .where(
            Stored.tenant_id == tenant_id,
            _entity(entity),
            readable(access),
            *_shown(archived, deleted),
            *(condition(entity, wanted) for wanted in conditions),
        )
        .order_by(*(each.desc() if sorting.descending else each for each in by))
        .limit(limit)
    )
    if sorting.by == "version":
        query = query.where(VERSIONED)
    if connection_id is not None:
        query = query.where(Stored.connection_id == connection_id)
    if after is not None:
        first, last_connection, last_key = after
        last: list[ColumnElement[Any]] = [literal(last_connection), literal(last_key)]
        if value is not None:
            last.insert(0, cast(literal(first, Text), JSONB))
        elif sorting.by == "version":
            last.insert(0, literal(first))
        here, there = tuple_(*by), tuple_(*last)
        query = query.where(here < there if sorting.descending else here > there)
    if sorting.path:
        rows = (await session.execute(query)).all()
    else:
        async with in_index_order(session):
            rows = (await session.execute(query)).all()
    return [(record_of(row), row.sorted_by) for row in rows]


async def one(
    session: AsyncSession,
    tenant_id: UUID,
    entity: str,
    key: str,
    access: Access,
    conditions: Sequence[Condition],
    connection_ids: Sequence[UUID] | None,
) -> list[LakeRecord]:
    """The records of that key, one a connection."""
    query = (
        select(*COLUMNS)
        .where(
            Stored.tenant_id == tenant_id,
            _entity(entity),
            Stored.key == key,
            readable(access),
            Stored.connection_id.in_(connection_ids) if connection_ids else ~false(),
            *(condition(entity, wanted) for wanted in conditions),
        )
        .order_by(Stored.connection_id)
        .limit(10)
    )
    return [record_of(row) for row in await session.execute(query)]
