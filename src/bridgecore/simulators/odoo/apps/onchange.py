"""`onchange`: what a form fills in while it is being typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridgecore.simulators.odoo.orm import access, records
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import X2MANY, Row
from bridgecore.simulators.odoo.orm.model import Method, Model, on_records
from bridgecore.simulators.odoo.orm.values import unknown_field

from . import sales
from .taxes import tax_amount


def _plain(item_type: str, value: Any) -> Any:
    if item_type == "many2one":
        if isinstance(value, Mapping):
            return value.get("id", False)
        return value[0] if isinstance(value, list | tuple) and value else value
    if item_type in X2MANY and value and isinstance(value[0], list | tuple):
        return next(
            (c[2] for c in reversed(value) if c[0] == 6), [c[1] for c in value if c[0] == 4]
        )
    return value


def _consequences(env: Environment, model: Model, vals: Row, changed: list[str]) -> Row:
    """New values that follow from the changed fields."""
    if model.name == "sale.order" and "partner_id" in changed:
        bare = {name: value for name, value in vals.items() if name == "partner_id"}
        return sales.partner_values(env, bare)
    if model.name == "sale.order.line":
        return _line(env, vals, changed)
    if model.name == "crm.lead" and "partner_id" in changed:
        partner = env.rows("res.partner").get(vals.get("partner_id") or 0, {})
        return {"email_from": partner.get("email", False), "phone": partner.get("phone", False)}
    if model.name == "res.partner" and "parent_id" in changed:
        parent = env.rows("res.partner").get(vals.get("parent_id") or 0, {})
        names = ("street", "street2", "city", "zip", "state_id", "country_id")
        return {name: parent.get(name, False) for name in names}
    return {}


def _line(env: Environment, vals: Row, changed: list[str]) -> Row:
    found: Row = {}
    if "product_id" in changed:
        bare = {"product_id": vals.get("product_id")}
        found = sales.product_values(env, bare)
        taxes = sales.tax_field(env)
        found[taxes] = found[taxes][0][2] if taxes in found else []
    now = {**vals, **found}
    price = (now.get("price_unit") or 0.0) * (1 - (now.get("discount") or 0.0) / 100)
    subtotal = round((now.get("product_uom_qty", 1.0) or 0.0) * price, 2)
    tax = tax_amount(env, now.get(sales.tax_field(env)) or (), subtotal)
    amounts = {"price_subtotal": subtotal, "price_tax": tax}
    return {**found, **amounts, "price_total": round(subtotal + tax, 2)}


def _shown(env: Environment, model: Model, name: str, value: Any, spec: Any) -> Any:
    item = model.fields[name]
    if item.type == "many2one":
        if not value:
            return False
        label = env.label_of(item.relation, value)
        if env.version < 17:
            return [value, label]
        return {"id": value, "display_name": label} if (spec or {}).get("fields") else value
    if item.type in X2MANY and value and not isinstance(value[0], list | tuple):
        return [[6, 0, list(value)]] if env.version < 17 else [[4, key, {}] for key in value]
    return item.empty if value is None else value


def onchange(
    env: Environment,
    model: Model,
    ids: list[int],
    values: Mapping[str, Any],
    field_names: Any,
    fields_spec: Mapping[str, Any],
) -> Row:
    """The values that follow from a change; all defaults when no field is named (new form)."""
    access.check_model(env, model, "read")
    changed = [field_names] if isinstance(field_names, str) else list(field_names or [])
    for name in (*values, *fields_spec):
        if name.partition(".")[0] not in model.fields:
            raise unknown_field(env, model, name, "read")
    wanted = {name: spec for name, spec in fields_spec.items() if "." not in name}
    given = {n: _plain(model.fields[n].type, v) for n, v in values.items() if n in model.fields}
    stored = env.rows(model.name).get(ids[0], {}) if ids else {}
    now: Row = {**stored, **given}
    if not changed:
        started = records.defaults(env, model, [n for n in wanted if n not in given])
        now |= started
        found = {**{n: model.fields[n].empty for n in wanted if n != "id"}, **started}
    else:
        found = {}
    found |= _consequences(env, model, now, changed or list(given))
    now |= found
    if "display_name" in wanted or "complete_name" in wanted:
        label = env.display_name(model, {"id": 0, **now}) if now.get("name") else ""
        found["display_name"] = label or False
        if "complete_name" in wanted:
            found["complete_name"] = label or False
    answer = {
        name: _shown(env, model, name, value, wanted[name])
        for name, value in found.items()
        if name in wanted and (not changed or value != given.get(name, stored.get(name)))
    }
    return {"value": answer}


METHODS: tuple[Method, ...] = (on_records("*", onchange),)
