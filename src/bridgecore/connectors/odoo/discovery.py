"""Which models and fields an Odoo has and this user can read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from bridgecore.connectors.contract import Entity, EntityFlag, Field
from bridgecore.connectors.odoo.client import OdooClient
from bridgecore.connectors.odoo.errors import Kind, OdooError, understood
from bridgecore.connectors.odoo.subjects import group_of, is_sensitive

TIMEOUT = 60.0
CONCURRENCY = 4

PLAN = (
    "res.partner",
    "res.users",
    "hr.employee",
    "hr.department",
    "crm.lead",
    "crm.stage",
    "crm.team",
    "mail.activity",
    "sale.order",
    "sale.order.line",
    "account.move",
    "account.move.line",
    "product.template",
    "product.product",
    "stock.picking",
    "stock.move",
    "stock.quant",
)
"""What most companies want to have at hand."""

BUSINESS_MODELS = (
    *PLAN,
    "res.company",
    "mail.message",
    "project.project",
    "project.task",
    "purchase.order",
    "purchase.order.line",
    "ir.attachment",
)
"""What is looked for where the user may not read the list of models."""

# One2many lines are records of their own model; files are fetched when somebody looks.
_NOT_BY_DEFAULT = frozenset({"binary", "one2many", "properties_definition"})
_TIMES = ("active", "create_date", "write_date")
_ATTRIBUTES = ["type", "string", "required", "readonly", "store", "relation"]
_HIDDEN = frozenset(
    {
        Kind.ACCESS_ERROR,
        Kind.UNKNOWN_MODEL,
        Kind.UNKNOWN_METHOD,
    }
)

_Row = TypeVar("_Row")


class _Model(msgspec.Struct):
    model: str
    name: str = ""


class _ModelField(msgspec.Struct):
    model: str
    name: str


class _FieldInfo(msgspec.Struct):
    type: str
    string: str = ""
    required: bool = False
    readonly: bool = False
    store: bool = True
    relation: str | None = None


async def models(client: OdooClient) -> list[Entity]:
    """Every stored model with its title and flags, without fields. Raises `OdooError`."""
    try:
        found, columns = await asyncio.gather(
            _rows(client, "ir.model", [["transient", "=", False]], ["model", "name"], _Model),
            _rows(
                client,
                "ir.model.fields",
                [["name", "in", list(_TIMES)], ["store", "=", True]],
                ["model", "name"],
                _ModelField,
            ),
        )
    except OdooError as error:
        if error.kind is not Kind.ACCESS_ERROR:
            raise
        return await described(client, BUSINESS_MODELS, with_fields=False)
    stored: dict[str, set[str]] = {}
    for column in columns:
        stored.setdefault(column.model, set()).add(column.name)
    return [
        Entity(model.model, model.name, _flags(stored[model.model]), group_of(model.model))
        for model in sorted(found, key=lambda model: model.model)
        # Abstract models and reports keep no rows of their own, so no write_date either.
        if "write_date" in stored.get(model.model, ())
    ]


async def described(
    client: OdooClient, names: Iterable[str], *, with_fields: bool = True
) -> list[Entity]:
    """The named models with their fields; those that aren't there or readable are left out."""
    gate = asyncio.Semaphore(CONCURRENCY)

    async def describe(name: str) -> Entity | None:
        async with gate:
            try:
                if not await _may_read(client, name):
                    return None
                fields = await read_fields(client, name)
            except OdooError as error:
                if error.kind in _HIDDEN:
                    return None
                raise
        return Entity(name, name, flags_of(fields), group_of(name), fields if with_fields else ())

    entities = await asyncio.gather(*(describe(name) for name in names))
    return [entity for entity in entities if entity is not None]


async def read_fields(client: OdooClient, model: str) -> tuple[Field, ...]:
    """The fields of a model this user may read, by name. Raises `OdooError`."""
    raw = await client.call(model, "fields_get", [], {"attributes": _ATTRIBUTES}, timeout=TIMEOUT)
    with understood(model):
        infos = msgspec.json.decode(raw, type=dict[str, _FieldInfo])
    return tuple(
        Field(
            name=name,
            type=info.type,
            label=info.string,
            required=info.required,
            readonly=info.readonly,
            stored=info.store,
            relation=info.relation,
            sensitive=(sensitive := is_sensitive(name, info.type, info.relation)),
            by_default=info.store and not sensitive and info.type not in _NOT_BY_DEFAULT,
        )
        for name, info in sorted(infos.items())
    )


async def _may_read(client: OdooClient, model: str) -> bool:
    # Fields are described to anyone, also those of models the user may not read.
    kwargs = {"raise_exception": False}
    raw = await client.execute(model, "check_access_rights", ["read"], kwargs, timeout=TIMEOUT)
    with understood(model):
        return msgspec.json.decode(raw, type=bool)


async def _rows(
    client: OdooClient, model: str, domain: list[Any], fields: Sequence[str], row: type[_Row]
) -> list[_Row]:
    raw = await client.call(model, "search_read", [domain], {"fields": fields}, timeout=TIMEOUT)
    return msgspec.json.Decoder(list[row]).decode(raw)  # type: ignore[valid-type]


def flags_of(fields: Iterable[Field]) -> EntityFlag:
    """How a model with these fields can be read."""
    return _flags({field.name for field in fields if field.stored})


def _flags(stored: set[str]) -> EntityFlag:
    flags = EntityFlag.LISTS_KEYS
    if "write_date" in stored:
        flags |= EntityFlag.INCREMENTAL
        if "create_date" in stored:
            flags |= EntityFlag.BANDED
    if "active" in stored:
        flags |= EntityFlag.ARCHIVES
    return flags
