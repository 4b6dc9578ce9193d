"""Reading records into wire values: `read`, and nested reads by specification."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bridgecore.simulators.odoo.errors import AccessError

from . import access, values
from .fields import Field, Row
from .model import Model

if TYPE_CHECKING:
    from .environment import Environment

Reader = Callable[[Row], Any]


def readable_fields(env: Environment, model: Model) -> list[str]:
    """Names of the fields the caller may read."""
    return [
        name
        for name, item in model.fields.items()
        if not item.groups or any(env.has_group(g) for g in item.groups.split(","))
    ]


def checked_fields(env: Environment, model: Model, fields: list[str] | None) -> list[str]:
    """The fields to read, all by default; raises for unknown or forbidden ones."""
    allowed = readable_fields(env, model)
    if not fields:
        return allowed
    for name in fields:
        if name not in model.fields:
            raise values.unknown_field(env, model, name, "read")
    forbidden = [name for name in fields if name not in allowed]
    if not forbidden:
        return fields
    if model.name == "hr.employee":
        raise AccessError(
            f"The fields “{','.join(forbidden)}”, which you are trying to read, "
            "are not available for employee public profiles."
        )
    raise AccessError(
        "The requested operation can not be completed due to security restrictions.\n\n"
        f"Document type: {model.label} ({model.name})\nOperation: read\n"
        f"User: {env.uid}\nFields:\n" + "\n".join(f"- {name}" for name in forbidden)
    )


def read(
    env: Environment,
    model: Model,
    ids: list[int],
    fields: list[str] | None,
    load: str | None = "_classic_read",
) -> list[Row]:
    """Wire rows in the order of `ids`; ids that are gone are left out."""
    access.check_model(env, model, "read")
    names = checked_fields(env, model, fields)
    known = env.rows(model.name)
    rows = [known[i] for i in ids if i in known]
    access.check_rules(env, model, rows, "read")
    readers = [
        (name, reader(env, model, model.fields[name], classic=bool(load)))
        for name in dict.fromkeys(names)
        if name != "id"
    ]
    return [{"id": row["id"], **{name: get(row) for name, get in readers}} for row in rows]


def reader(env: Environment, model: Model, item: Field, *, classic: bool = True) -> Reader:
    """A function from row to wire value of one field."""
    name, empty = item.name, item.empty
    if item.type == "many2one":
        raw = _raw(env, model, item)
        if not classic:
            return lambda row: raw(row) or False
        target, label = item.relation, env.label_of
        return lambda row: [key, label(target, key)] if (key := raw(row)) else False
    if item.type == "datetime":
        raw = _raw(env, model, item)
        return lambda row: text[:19] if (text := raw(row)) else False
    if item.type == "binary" and env.context.get("bin_size"):
        raw = _raw(env, model, item)
        return lambda row: human_size(len(data) * 3 // 4) if (data := raw(row)) else False
    if item.stored and item.type != "many2many":
        return lambda row: row.get(name, empty)
    return lambda row: env.value(model, row, name)


def _raw(env: Environment, model: Model, item: Field) -> Reader:
    name = item.name
    if item.stored:
        return lambda row: row.get(name)
    return lambda row: env.value(model, row, name)


def human_size(count: int) -> str:
    """A byte count as Odoo shows it: `5.29 Kb`."""
    size = float(count)
    for unit in ("bytes", "Kb", "Mb"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} Gb"


def web_read(
    env: Environment, model: Model, ids: list[int], specification: Mapping[str, Any]
) -> list[Row]:
    """Nested rows as the web client asks for them: bare ids unless `fields` are given."""
    result = read(env, model, ids, list(specification) or ["id"], load=None)
    for row in result:
        for name, spec in specification.items():
            item = model.fields[name]
            wanted = (spec or {}).get("fields")
            if item.relation and wanted is not None:
                row[name] = _nested(env, item, row[name], spec)
    return result


def _nested(env: Environment, item: Field, value: Any, spec: Mapping[str, Any]) -> Any:
    inner = env.with_context(**spec.get("context", {}))
    comodel = env.model(item.relation)
    if item.type == "many2one":
        if not value:
            return False
        found = web_read(inner.sudo(), comodel, [value], spec["fields"])
        return found[0] if found else False
    ids: list[int] = list(value)
    if order := spec.get("order"):
        inner = inner.sudo(active_test=False)
        ids = inner.search(comodel, [("id", "in", ids)], order=order)
    shown = ids[: spec["limit"]] if spec.get("limit") else ids
    rows = web_read(inner, comodel, shown, spec["fields"])
    return rows + [{"id": i} for i in ids[len(shown) :]]
