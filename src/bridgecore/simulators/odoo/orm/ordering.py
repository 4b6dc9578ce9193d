"""Ordering: `order` strings, and rows sorted as PostgreSQL would sort them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgecore.simulators.odoo.errors import UserError, value_error

from .fields import X2MANY
from .model import Model

if TYPE_CHECKING:
    from .environment import Environment

_ORDER = re.compile(
    r"^(\s*([a-z0-9_]+|\"[a-z0-9_]+\")(\.id|\.[a-z0-9_]+)?(\s+(desc|asc))?"
    r"(\s+nulls\s+(first|last))?\s*(,|$))+(?<!,)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One term of an order: a field, its direction, and where unset values go."""

    field: str
    descending: bool
    nulls_first: bool
    bare: bool = False


def parse(env: Environment, model: Model, order: str) -> list[OrderKey]:
    """The keys of an order string; raises what Odoo raises for bad ones."""
    if not _ORDER.match(order):
        raise UserError(
            f'Invalid "order" specified ({order}). A valid "order" specification is a '
            "comma-separated list of valid field names (optionally followed by asc/desc for "
            "the direction)"
        )
    keys = []
    for part in order.split(","):
        words = part.replace('"', "").split()
        name, _, rest = words[0].partition(".")
        if name not in model.fields:
            raise value_error(f"Invalid field {name!r} on model {model.name!r}")
        lowered = [word.lower() for word in words[1:]]
        descending = "desc" in lowered
        first = lowered[-1] == "first" if "nulls" in lowered else descending
        keys.append(OrderKey(name, descending, first, bare=rest == "id"))
    return keys


def ordered(env: Environment, model: Model, ids: list[int], order: str) -> list[int]:
    """The ids sorted by an order string."""
    return arranged(env, model, ids, parse(env, model, order))


def arranged(env: Environment, model: Model, ids: list[int], keys: list[OrderKey]) -> list[int]:
    """The ids sorted by parsed keys; ties keep id order."""
    if len(ids) < 2:
        return ids
    rows = env.rows(model.name)
    result = sorted(ids)
    for key in reversed(keys):
        if key.field == "id":
            result.sort(reverse=key.descending)
            continue
        item = model.fields[key.field]
        if item.type in X2MANY:
            continue
        if item.type == "many2one" and not key.bare:
            values = _by_comodel(env, model, result, key)
        else:
            values = {i: _sortable(_raw(env, model, rows[i], key.field)) for i in result}
            if item.type != "boolean":
                values = {i: None if value is False else value for i, value in values.items()}
        unset = [i for i in result if values[i] is None]
        known = [i for i in result if values[i] is not None]
        ranks: dict[int, Any] = dict(values)
        known.sort(key=ranks.__getitem__, reverse=key.descending)
        result = unset + known if key.nulls_first else known + unset
    return result


def _raw(env: Environment, model: Model, row: dict[str, Any], name: str) -> Any:
    item = model.fields[name]
    return row.get(name, item.empty) if item.stored else env.value(model, row, name)


def _sortable(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold() or None
    return value


def _by_comodel(
    env: Environment, model: Model, ids: list[int], key: OrderKey
) -> dict[int, int | None]:
    """The rank of each row's target in the comodel's own order."""
    rows = env.rows(model.name)
    targets = {i: _raw(env, model, rows[i], key.field) or None for i in ids}
    comodel = env.model(model.fields[key.field].relation)
    known = env.rows(comodel.name)
    distinct = sorted({t for t in targets.values() if t is not None and t in known})
    order = "id" if comodel.name == model.name else comodel.order
    ranks = {target: n for n, target in enumerate(ordered(env, comodel, distinct, order))}
    return {i: ranks.get(t) if t is not None else None for i, t in targets.items()}
