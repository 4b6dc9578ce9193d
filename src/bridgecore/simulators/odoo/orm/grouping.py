"""Grouping: `read_group` up to 19, `formatted_read_group` in 19, and the web client's forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from bridgecore.simulators.odoo.errors import PythonError, value_error

from . import access, ordering, periods
from .environment import Environment
from .fields import X2MANY, Field, Row
from .model import Method, Model, on_model

_PARTS: dict[str, Callable[[Any], int]] = {
    "year_number": lambda d: int(d.year),
    "quarter_number": lambda d: (int(d.month) + 2) // 3,
    "month_number": lambda d: int(d.month),
    "iso_week_number": lambda d: int(d.isocalendar().week),
    "day_of_year": lambda d: int(d.timetuple().tm_yday),
    "day_of_month": lambda d: int(d.day),
    "day_of_week": lambda d: (int(d.weekday()) + 1) % 7,
    "hour_number": lambda d: int(d.hour),
    "minute_number": lambda d: int(d.minute),
    "second_number": lambda d: int(d.second),
}
_AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "sum": lambda v: sum(v) if v else 0,
    "avg": lambda v: sum(v) / len(v) if v else 0.0,
    "min": lambda v: min(v) if v else False,
    "max": lambda v: max(v) if v else False,
    "count": len,
    "count_distinct": lambda v: len(set(v)),
    "array_agg": list,
    "array_agg_distinct": lambda v: list(dict.fromkeys(v)),
    "bool_and": all,
    "bool_or": any,
    "recordset": lambda v: list(dict.fromkeys(v)),
}


@dataclass(frozen=True, slots=True)
class GroupKey:
    """One groupby term: a field, for dates with a granularity."""

    spec: str
    item: Field
    granularity: str


@dataclass(slots=True)
class Group:
    """The rows that share the values of all keys (period starts for dates)."""

    values: tuple[Any, ...]
    rows: list[Row]


def _keys(env: Environment, model: Model, specs: Iterable[str]) -> list[GroupKey]:
    keys = []
    for spec in specs:
        name, _, granularity = spec.partition(":")
        name = name.partition(".")[0]
        item = model.fields.get(name)
        if item is None:
            raise value_error(f"Invalid field {name!r} on model {model.name!r}")
        if item.type in ("date", "datetime"):
            granularity = granularity or "month"
            if granularity not in periods.GRANULARITIES and granularity not in _PARTS:
                raise value_error(f"Granularity not supported: {granularity!r}")
        keys.append(GroupKey(spec, item, granularity))
    return keys


def _values(env: Environment, model: Model, row: Row, key: GroupKey) -> list[Any]:
    value = env.value(model, row, key.item.name)
    if key.item.type in X2MANY:
        return list(value) or [False]
    if key.item.type in ("date", "datetime") and value:
        zone = str(env.context.get("tz") or "UTC")
        start = periods.local(value, zone) if key.item.type == "datetime" else periods.parse(value)
        if key.granularity in _PARTS:
            return [_PARTS[key.granularity](start)]
        return [periods.floor(start, key.granularity)]
    if key.item.type in ("many2one", "char", "text", "selection", "date", "datetime"):
        return [value or False]
    return [value]


def _grouped(env: Environment, model: Model, ids: list[int], keys: list[GroupKey]) -> list[Group]:
    rows = env.rows(model.name)
    groups: dict[tuple[Any, ...], Group] = {}
    for key in ids:
        row = rows[key]
        combinations: list[tuple[Any, ...]] = [()]
        for term in keys:
            found = _values(env, model, row, term)
            combinations = [(*head, value) for head in combinations for value in found]
        for values in combinations:
            groups.setdefault(values, Group(values, [])).rows.append(row)
    return list(groups.values())


def _rank(env: Environment, key: GroupKey, groups: list[Group], place: int) -> dict[Any, Any]:
    """A sortable rank for each value of one key, in its natural order, unset last."""
    present = {group.values[place] for group in groups}
    known = [value for value in present if value is not False and value is not None]
    if key.item.relation:
        comodel = env.model(key.item.relation)
        kept = [value for value in known if value in env.rows(comodel.name)]
        known = list(ordering.ordered(env, comodel, kept, comodel.order))
    else:
        known.sort(key=lambda value: value.casefold() if isinstance(value, str) else value)
    return {value: number for number, value in enumerate(known)}


def _sorted(
    env: Environment,
    model: Model,
    groups: list[Group],
    keys: list[GroupKey],
    order: Any,
    aggregate: Callable[[Group, str], Any],
) -> list[Group]:
    result = list(groups)
    if order is not None and not isinstance(order, str):
        kind = type(order).__name__
        raise PythonError("builtins.AttributeError", f"{kind!r} object has no attribute 'split'")
    terms = [part.strip() for part in (order or "").split(",") if part.strip()]
    by_spec = {key.spec: n for n, key in enumerate(keys)}
    by_spec |= {key.item.name: n for n, key in enumerate(keys) if key.item.name not in by_spec}
    named = [term.split()[0] for term in terms]
    plan = terms + [
        key.spec for key in keys if key.spec not in named and key.item.name not in named
    ]
    for term in reversed(plan):
        name, *rest = term.split()
        descending = bool(rest) and rest[0].lower() == "desc"
        ranks: dict[int, Any]
        if name in by_spec:
            place = by_spec[name]
            order_of = _rank(env, keys[place], groups, place)
            last = -1 if descending else len(order_of)
            ranks = {id(g): order_of.get(g.values[place], last) for g in result}
        else:
            ranks = {id(g): aggregate(g, name) or 0 for g in result}
        result.sort(key=lambda g, by=ranks: by[id(g)], reverse=descending)  # type: ignore[misc]
    return result


def _aggregate(env: Environment, model: Model, group: Group, spec: str) -> Any:
    if spec == "__count":
        return len(group.rows)
    name, _, function = spec.partition(":")
    item = model.fields.get(name)
    if item is None:
        raise value_error(f"Invalid field {name!r} on model {model.name!r}")
    function = function or item.aggregator or "sum"
    if function not in _AGGREGATES:
        raise value_error(f"Invalid aggregate function {function!r} on field {name!r}")
    values = [env.value(model, row, name) for row in group.rows]
    values = [v for v in values if v is not False or item.type == "boolean"]
    found = _AGGREGATES[function](values)
    if item.type in ("float", "monetary") and isinstance(found, int | float):
        return round(float(found), 6)
    return found


def _domain_of(key: GroupKey, value: Any, zone: str) -> tuple[list[Any], Row]:
    name = key.item.name
    if key.item.type in ("date", "datetime") and value and key.granularity not in _PARTS:
        form = periods.DAYS if key.item.type == "date" else periods.SECONDS
        low, high = value, periods.following(value, key.granularity)
        bounds = {"from": low.strftime(form), "to": high.strftime(form)}
        terms = [[name, ">=", bounds["from"]], [name, "<", bounds["to"]]]
        return ["&", *terms], bounds
    if key.granularity in _PARTS:
        return [[f"{name}.{key.granularity}", "=", value]], {}
    return [[name, "=", value]], {}


def _shown(env: Environment, key: GroupKey, value: Any) -> Any:
    if key.item.relation:
        return [value, env.label_of(key.item.relation, value)] if value else False
    if key.item.type in ("date", "datetime") and value and key.granularity not in _PARTS:
        return periods.label(value, key.granularity)
    return value


def _joined(domain: list[Any], parts: list[list[Any]]) -> list[Any]:
    """The conjunction of a domain and group domains, in normal form."""
    pieces = [list(domain)] if domain else []
    pieces += parts
    terms = sum(_term_count(piece) for piece in pieces)
    return ["&"] * max(0, terms - 1 - sum(_operators(p) for p in pieces)) + [
        item for piece in pieces for item in piece
    ]


def _term_count(domain: list[Any]) -> int:
    return sum(not isinstance(item, str) for item in domain)


def _operators(domain: list[Any]) -> int:
    return sum(item in ("&", "|") for item in domain if isinstance(item, str))


def read_group(
    env: Environment,
    model: Model,
    domain: Any,
    fields: list[str],
    groupby: Any,
    offset: int = 0,
    limit: int | None = None,
    orderby: str | Literal[False] | None = False,
    lazy: bool = True,
) -> list[Row]:
    """Rows per group with the aggregates under the field names."""
    access.check_model(env, model, "read")
    specs = [groupby] if isinstance(groupby, str) else list(groupby or [])
    keys = _keys(env, model, specs)
    used = keys[:1] if lazy else keys
    ids = env.search(model, domain)
    groups = (
        _grouped(env, model, ids, used)
        if used
        else [Group((), [env.rows(model.name)[i] for i in ids])]
    )
    asked = _asked(env, model, fields, {key.item.name for key in keys})
    groups = _sorted(
        env, model, groups, used, orderby or None, lambda g, n: _aggregate(env, model, g, n)
    )
    groups = groups[offset : offset + limit] if limit else groups[offset:]
    zone = str(env.context.get("tz") or "UTC")
    result = []
    for group in groups:
        row: Row = {}
        ranges: Row = {}
        parts: list[list[Any]] = []
        for key, value in zip(used, group.values, strict=True):
            row[key.spec] = _shown(env, key, value)
            part, bounds = _domain_of(key, value, zone)
            parts.append(part)
            if key.item.type in ("date", "datetime"):
                ranges[key.spec] = bounds or False
        counted = f"{used[0].item.name}_count" if lazy and len(keys) == 1 else "__count"
        row[counted] = len(group.rows)
        for name, spec in asked.items():
            row[name] = _aggregate(env, model, group, spec)
        if lazy and used and used[0].item.relation == "crm.stage":
            stage = env.rows("crm.stage").get(group.values[0] or 0, {})
            row["__fold"] = bool(stage.get("fold"))
        row["__domain"] = _joined(list(domain or []), parts)
        if ranges:
            row["__range"] = ranges
        if lazy and len(keys) > 1:
            row["__context"] = {"group_by": [key.spec for key in keys[1:]]}
        result.append(row)
    return result


def _asked(env: Environment, model: Model, fields: list[str], grouped: set[str]) -> dict[str, str]:
    """Result key and aggregate spec of each requested field."""
    found: dict[str, str] = {}
    for text in fields or [n for n, f in model.fields.items() if f.aggregator and f.stored]:
        if text in ("__count", "id"):
            continue
        name, _, function = text.partition(":")
        if "(" in function:
            aggregate, _, column = function.rstrip(")").partition("(")
            found[name] = f"{column}:{aggregate}"
            continue
        if name in grouped:
            continue
        item = model.fields.get(name)
        if item is None:
            raise value_error(f"Invalid field {name!r} on model {model.name!r}")
        if function or item.aggregator:
            found[name] = f"{name}:{function or item.aggregator}"
    return found


def formatted_read_group(
    env: Environment,
    model: Model,
    domain: Any,
    groupby: Any = (),
    aggregates: Any = (),
    having: Any = (),
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
) -> list[Row]:
    """Rows per group, every key named by its spec (19)."""
    access.check_model(env, model, "read")
    keys = _keys(env, model, groupby)
    ids = env.search(model, domain)
    groups = (
        _grouped(env, model, ids, keys)
        if keys
        else [Group((), [env.rows(model.name)[i] for i in ids])]
    )
    groups = _sorted(env, model, groups, keys, order, lambda g, n: _aggregate(env, model, g, n))
    zone = str(env.context.get("tz") or "UTC")
    result = []
    for group in groups:
        row: Row = {}
        parts: list[list[Any]] = []
        for key, value in zip(keys, group.values, strict=True):
            shown = _shown(env, key, value)
            part, bounds = _domain_of(key, value, zone)
            row[key.spec] = [bounds["from"], shown] if bounds else shown
            parts.append(part)
        for spec in aggregates:
            row[spec] = _aggregate(env, model, group, spec)
        row["__extra_domain"] = _joined([], parts)
        if _has(row, having):
            result.append(row)
    return result[offset : offset + limit] if limit else result[offset:]


def _has(row: Row, having: Any) -> bool:
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "=": lambda a, b: bool(a == b),
        "!=": lambda a, b: bool(a != b),
        ">": lambda a, b: bool(a > b),
        ">=": lambda a, b: bool(a >= b),
        "<": lambda a, b: bool(a < b),
        "<=": lambda a, b: bool(a <= b),
        "in": lambda a, b: a in b,
    }
    return all(tests[term[1]](row[term[0]], term[2]) for term in having if term != "&")


def web_read_group_classic(
    env: Environment,
    model: Model,
    domain: Any,
    fields: list[str],
    groupby: Any,
    limit: int | None = None,
    offset: int = 0,
    orderby: str | Literal[False] | None = False,
    lazy: bool = True,
) -> Row:
    """`read_group` with the number of groups, up to 18."""
    every = read_group(env, model, domain, fields, groupby, 0, None, orderby, lazy)
    return {
        "groups": every[offset : offset + limit] if limit else every[offset:],
        "length": len(every),
    }


def web_read_group(
    env: Environment,
    model: Model,
    domain: Any,
    groupby: Any,
    aggregates: Any = (),
    limit: int | None = None,
    offset: int = 0,
    order: str | None = None,
    *,
    auto_unfold: bool = False,
    opening_info: Any = None,
    unfold_read_specification: Any = None,
    unfold_read_default_limit: int | None = 80,
    groupby_read_specification: Any = None,
) -> Row:
    """`formatted_read_group` by the first term, with the number of groups (19)."""
    wanted = list(dict.fromkeys([*aggregates, "__count"]))
    every = formatted_read_group(env, model, domain, list(groupby)[:1], wanted, order=order)
    return {
        "groups": every[offset : offset + limit] if limit else every[offset:],
        "length": len(every),
    }


METHODS: tuple[Method, ...] = (
    on_model("*", read_group),
    on_model("*", formatted_read_group, since=19),
    on_model("*", web_read_group_classic, "web_read_group", until=18),
    on_model("*", web_read_group, since=19),
)
