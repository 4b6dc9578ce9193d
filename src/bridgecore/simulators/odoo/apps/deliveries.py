"""Inventory at work: transfers are confirmed, reserved, carried out, called off."""

from __future__ import annotations

from typing import Any

from bridgecore.simulators.odoo.errors import UserError
from bridgecore.simulators.odoo.orm import access, records
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import (
    Row,
)
from bridgecore.simulators.odoo.orm.model import Method, Model, on_records


def picking_prepare(env: Environment, vals: Row) -> None:
    kind = env.rows("stock.picking.type").get(vals.get("picking_type_id") or 0)
    if kind:
        vals.setdefault("location_id", kind.get("default_location_src_id", False))
        vals.setdefault("location_dest_id", kind.get("default_location_dest_id", False))
        if not vals.get("name") or vals["name"] == "/":
            code = str(kind.get("sequence_code", "INT"))
            vals["name"] = f"WH/{code}/{env.store.next_number(f'stock.picking.{code}'):05d}"


def move_prepare(env: Environment, vals: Row) -> None:
    picking = env.rows("stock.picking").get(vals.get("picking_id") or 0)
    if picking:
        for name in ("location_id", "location_dest_id"):
            vals.setdefault(name, picking.get(name, False))
        vals.setdefault("origin", picking.get("origin", False))
    if vals.get("product_id"):
        vals.setdefault("name", env.label_of("product.product", vals["product_id"]))
        vals.setdefault("product_uom", 1)


def _on_hand(env: Environment, product: int, location: int) -> Row | None:
    table = env.store.tables["stock.quant"]
    for key in table.linked("product_id", product):
        if table.rows[key].get("location_id") == location:
            return table.rows[key]
    return None


def _shift(env: Environment, product: int, location: int, count: float) -> None:
    quants = env.model("stock.quant")
    row = _on_hand(env, product, location)
    if row is None:
        vals: Row = {"product_id": product, "location_id": location, "quantity": count}
        records.create(env, quants, [{**vals, "in_date": env.moment}])
    else:
        quantity = round(row.get("quantity", 0.0) + count, 2)
        records.write(env, quants, [row["id"]], {"quantity": quantity})


def _reserve(env: Environment, move: Row, count: float) -> None:
    row = _on_hand(env, move["product_id"], move.get("location_id", 0))
    if row is not None:
        reserved = max(0.0, round(row.get("reserved_quantity", 0.0) + count, 2))
        records.write(env, env.model("stock.quant"), [row["id"]], {"reserved_quantity": reserved})


def _moves(env: Environment, picking: int) -> list[Row]:
    table = env.store.tables["stock.move"]
    return [table.rows[key] for key in sorted(table.linked("picking_id", picking))]


def _set_moves(env: Environment, moves: list[Row], **vals: Any) -> None:
    records.write(env, env.model("stock.move"), [move["id"] for move in moves], vals)


def action_confirm(env: Environment, model: Model, ids: list[int]) -> bool:
    """Drafts wait for their goods, then take what is there."""
    access.check_records(env, model, ids, "write")
    rows = env.rows(model.name)
    su = env.sudo()
    for key in ids:
        if rows[key].get("state") == "draft":
            _set_moves(su, _moves(env, key), state="confirmed")
            records.write(su, model, [key], {"state": "confirmed"})
            _try_assign(su, key)
    return True


def _try_assign(env: Environment, picking: int) -> bool:
    moves = [m for m in _moves(env, picking) if m.get("state") in ("confirmed", "waiting")]
    locations = env.rows("stock.location")
    for move in moves:
        if locations.get(move.get("location_id", 0), {}).get("usage") != "internal":
            continue
        quant = _on_hand(env, move["product_id"], move["location_id"]) or {}
        free = quant.get("quantity", 0.0) - quant.get("reserved_quantity", 0.0)
        if free < move.get("product_uom_qty", 0.0):
            return False
    for move in moves:
        _reserve(env, move, move.get("product_uom_qty", 0.0))
    _set_moves(env, moves, state="assigned")
    records.write(env, env.model("stock.picking"), [picking], {"state": "assigned"})
    return True


def action_assign(env: Environment, model: Model, ids: list[int]) -> bool:
    """Reserve the goods of transfers; raises when there is nothing to reserve."""
    access.check_records(env, model, ids, "write")
    action_confirm(env, model, ids)
    rows = env.rows(model.name)
    for key in ids:
        state = rows[key].get("state")
        if state in ("confirmed", "waiting"):
            _try_assign(env.sudo(), key)
        elif state in ("done", "cancel"):
            raise UserError("Nothing to check the availability for.")
    return True


def button_validate(env: Environment, model: Model, ids: list[int]) -> bool:
    """Carry transfers out: goods change places."""
    access.check_records(env, model, ids, "write")
    su = env.sudo()
    for key in ids:
        row = env.rows(model.name)[key]
        moves = [m for m in _moves(env, key) if m.get("state") not in ("done", "cancel")]
        if row.get("state") in ("done", "cancel") or not moves:
            raise UserError(
                "You cannot validate a transfer if no quantities are reserved nor done. "
                "To force the transfer, switch in edit mode and encode the done quantities."
            )
        for move in moves:
            count = move.get("product_uom_qty", 0.0)
            if move.get("state") == "assigned":
                _reserve(su, move, -count)
            _shift(su, move["product_id"], move["location_id"], -count)
            _shift(su, move["product_id"], move["location_dest_id"], count)
            _delivered(su, move, count)
        _set_moves(su, moves, state="done", date=env.moment)
        records.write(su, model, [key], {"state": "done", "date_done": env.moment})
    return True


def _delivered(env: Environment, move: Row, count: float) -> None:
    line = env.rows("sale.order.line").get(move.get("sale_line_id", 0))
    if line:
        done = line.get("qty_delivered", 0.0) + count
        records.write(env, env.model("sale.order.line"), [line["id"]], {"qty_delivered": done})


def action_cancel(env: Environment, model: Model, ids: list[int]) -> bool:
    """Call transfers off; what was reserved is free again."""
    access.check_records(env, model, ids, "write")
    su = env.sudo()
    for key in ids:
        if env.rows(model.name)[key].get("state") == "done":
            raise UserError("You cannot cancel a stock move that has been set to 'Done'.")
        moves = _moves(env, key)
        for move in moves:
            if move.get("state") == "assigned":
                _reserve(su, move, -move.get("product_uom_qty", 0.0))
        _set_moves(su, moves, state="cancel")
        records.write(su, model, [key], {"state": "cancel"})
    return True


def deliver(env: Environment, order: int) -> None:
    """The delivery of a confirmed order, if anything in it is goods."""
    row = env.rows("sale.order")[order]
    lines = env.store.tables["sale.order.line"]
    templates, products = env.rows("product.template"), env.rows("product.product")
    wanted: list[Row] = []
    for key in sorted(lines.linked("order_id", order)):
        line = lines.rows[key]
        product = products.get(line.get("product_id", 0))
        if product and templates[product["product_tmpl_id"]].get("type") != "service":
            wanted.append(line)
    kind = env.reference("stock.picking_type_out")
    if not wanted or not kind:
        return
    moves = [
        (
            0,
            0,
            {
                "product_id": line["product_id"],
                "product_uom_qty": line.get("product_uom_qty", 0.0),
                "sale_line_id": line["id"],
            },
        )
        for line in wanted
    ]
    vals: Row = {
        "picking_type_id": kind,
        "partner_id": row["partner_shipping_id"],
        "origin": row["name"],
        "sale_id": order,
        "scheduled_date": row.get("commitment_date") or env.moment,
        "move_ids": moves,
    }
    picking = env.model("stock.picking")
    key = records.create(env, picking, [vals])[0]
    action_confirm(env, picking, [key])


def call_off(env: Environment, order: int) -> None:
    """Cancel the deliveries of an order that have not gone out."""
    table = env.store.tables["stock.picking"]
    for key in sorted(table.linked("sale_id", order)):
        if table.rows[key].get("state") not in ("done", "cancel"):
            action_cancel(env, env.model("stock.picking"), [key])


def quant_prepare(env: Environment, vals: Row) -> None:
    if not env.su and not env.context.get("inventory_mode"):
        raise UserError("Quant's creation is restricted, you can't do this operation.")
    if "inventory_quantity" in vals and env.context.get("inventory_mode"):
        vals.setdefault("quantity", 0.0)
    vals.setdefault("in_date", env.moment)


def action_apply_inventory(env: Environment, model: Model, ids: list[int]) -> None:
    """Counted quantities become the quantities on hand."""
    access.check_records(env, model, ids, "write")
    rows = env.rows(model.name)
    for key in ids:
        counted = rows[key].get("inventory_quantity", 0.0)
        vals: Row = {"quantity": counted, "inventory_quantity": 0.0}
        records.write(env.sudo(), model, [key], vals)


METHODS: tuple[Method, ...] = (
    on_records("stock.picking", action_confirm),
    on_records("stock.picking", action_assign),
    on_records("stock.picking", button_validate),
    on_records("stock.picking", action_cancel),
    on_records("stock.quant", action_apply_inventory),
)
