"""Describing fields: `fields_get` and the rows of ir.model.fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import access
from .fields import NUMERIC, X2MANY, Field, Row
from .model import Model, is_groupable, is_sortable
from .reading import readable_fields

if TYPE_CHECKING:
    from .environment import Environment


def fields(
    env: Environment, model: Model, names: list[str] | None, attributes: list[str] | None
) -> dict[str, Row]:
    """The attributes of each readable field, only the asked ones if asked."""
    writable = access.is_allowed(env, model, "write") or access.is_allowed(env, model, "create")
    result: dict[str, Row] = {}
    for name in readable_fields(env, model):
        if names and name not in names:
            continue
        row = describe(env, model.fields[name])
        if not writable:
            row["readonly"] = True
        if attributes:
            row = {key: value for key, value in row.items() if key in attributes}
        result[name] = row
    return result


def describe(env: Environment, item: Field) -> Row:
    """Every attribute of one field; those that do not apply are left out."""
    stored = item.stored or item.type == "one2many"
    row: Row = {
        "change_default": False,
        "company_dependent": item.company_dependent,
        "depends": list(item.depends),
        "manual": False,
        "readonly": item.readonly,
        "required": item.required,
        "searchable": item.searchable,
        "sortable": is_sortable(item),
        "store": stored,
        "string": item.string,
        "type": item.type,
    }
    if env.version >= 16:
        row["name"] = item.name
    if env.version >= 17:
        row |= {"exportable": True, "default_export_compatible": False}
    if env.version >= 18:
        row["groupable"] = is_groupable(item)
    row |= _by_type(env, item)
    optional = {
        "help": item.help,
        "groups": item.groups,
        "related": item.related,
        "currency_field": item.currency_field,
    }
    row |= {key: value for key, value in optional.items() if value}
    return dict(sorted(row.items()))


def _by_type(env: Environment, item: Field) -> Row:
    row: dict[str, Any] = {}
    if item.type in ("char", "text", "html"):
        row["translate"] = item.translate
    if item.type == "char":
        row["trim"] = True
        if item.size:
            row["size"] = item.size
    if item.type == "html":
        row |= {"sanitize": True, "sanitize_tags": True}
    if item.type == "float":
        row["digits"] = item.digits if item.digits is not None else (16, 2)
    if item.type in NUMERIC and item.aggregator and (item.stored or env.version < 18):
        row["aggregator" if env.version >= 18 else "group_operator"] = item.aggregator
    if item.selection:
        row["selection"] = [list(pair) for pair in item.selection]
    if item.relation:
        row |= {"relation": item.relation, "context": {}, "domain": []}
    if item.type == "one2many":
        row["relation_field"] = item.inverse
    if item.type in X2MANY:
        row.pop("translate", None)
    return row
