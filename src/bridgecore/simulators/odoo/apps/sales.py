"""Sales: quotations, orders and their lines."""

from __future__ import annotations

from typing import Any

from bridgecore.simulators.odoo.errors import UserError
from bridgecore.simulators.odoo.orm import access, records
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import (
    Field,
    Row,
    boolean,
    char,
    choice,
    computed,
    date,
    html,
    integer,
    many2many,
    many2one,
    moment,
    monetary,
    number,
    one2many,
    related,
    text,
)
from bridgecore.simulators.odoo.orm.model import Method, Model, on_records

from . import deliveries
from .documents import ACTIVITIES, CHATTER
from .taxes import tax_amount

OWN = "sales_team.group_sale_salesman"
MANAGER = "sales_team.group_sale_manager"
RIGHTS = {"base.group_portal": "r", OWN: "rwc", MANAGER: "rwcd"}
LINE_RIGHTS = {"base.group_portal": "r", OWN: "rwcd"}
LOCKED = "done"


def tax_field(env: Environment) -> str:
    """The tax field of order lines."""
    return "tax_ids" if env.version >= 19 else "tax_id"


def uom_field(env: Environment) -> str:
    """The unit field of order lines."""
    return "product_uom_id" if env.version >= 19 else "product_uom"


def _order_prepare(env: Environment, vals: Row) -> None:
    if not vals.get("name") or vals["name"] == "New":
        vals["name"] = f"S{env.store.next_number('sale.order'):05d}"
    vals |= partner_values(env, vals)


def partner_values(env: Environment, vals: Row) -> Row:
    """What a customer brings into an order where nothing else is said."""
    partner = env.rows("res.partner").get(vals.get("partner_id") or 0)
    if not partner:
        return {}
    family = env.store.tables["res.partner"]
    kinds = {family.rows[i].get("type"): i for i in family.linked("parent_id", partner["id"])}
    found: Row = {
        "partner_invoice_id": kinds.get("invoice", partner["id"]),
        "partner_shipping_id": kinds.get("delivery", partner["id"]),
        "payment_term_id": partner.get("property_payment_term_id", False),
    }
    if partner.get("user_id"):
        found["user_id"] = partner["user_id"]
    return {name: value for name, value in found.items() if not vals.get(name)}


def _order_changed(env: Environment, ids: list[int], names: set[str]) -> None:
    lines = env.store.tables["sale.order.line"]
    for key in ids:
        if names & {"state", "currency_id", "user_id", "partner_id", "id"}:
            for line in sorted(lines.linked("order_id", key)):
                _settle_line(env, line)
        total(env, key)


def total(env: Environment, order: int) -> None:
    """Amounts and invoice status of an order from its lines."""
    lines = env.store.tables["sale.order.line"]
    rows = [lines.rows[i] for i in lines.linked("order_id", order)]
    untaxed = round(sum(row.get("price_subtotal", 0.0) for row in rows), 2)
    tax = round(sum(row.get("price_tax", 0.0) for row in rows), 2)
    states = {row.get("invoice_status", "no") for row in rows if not row.get("display_type")}
    status = "no"
    if env.rows("sale.order")[order].get("state") in ("sale", LOCKED):
        if "to invoice" in states:
            status = "to invoice"
        elif states and states <= {"invoiced", "upselling"}:
            status = "invoiced"
    amounts: Row = {"amount_untaxed": untaxed, "amount_tax": tax, "invoice_status": status}
    amounts["amount_total"] = round(untaxed + tax, 2)
    records.stamp(env, env.model("sale.order"), order, **amounts)


def product_values(env: Environment, vals: Row) -> Row:
    """What a product brings into a line where nothing else is said."""
    product = env.rows("product.product").get(vals.get("product_id") or 0)
    if not product:
        return {}
    template = env.rows("product.template")[product["product_tmpl_id"]]
    found: Row = {
        "name": env.label_of("product.product", product["id"]),
        "price_unit": template.get("list_price", 0.0),
        uom_field(env): template.get("uom_id", 1),
        tax_field(env): [(6, 0, list(template.get("taxes_id", ())))],
    }
    return {name: value for name, value in found.items() if name not in vals or vals[name] is None}


def _line_prepare(env: Environment, vals: Row) -> None:
    if vals.get("display_type"):
        vals["product_uom_qty"] = 0.0
    vals |= product_values(env, vals)
    vals.setdefault("name", "")


def _settle_line(env: Environment, key: int) -> None:
    """The computed amounts of one line."""
    row = env.rows("sale.order.line")[key]
    order = env.rows("sale.order").get(row.get("order_id", 0), {})
    quantity = row.get("product_uom_qty", 0.0)
    price = row.get("price_unit", 0.0) * (1 - row.get("discount", 0.0) / 100)
    subtotal = round(quantity * price, 2)
    tax = tax_amount(env, row.get(tax_field(env), ()), subtotal)
    invoiced = row.get("qty_invoiced", 0.0)
    confirmed = order.get("state") in ("sale", LOCKED)
    open_quantity = quantity - invoiced if confirmed else 0.0
    status = "no"
    if confirmed and not row.get("display_type"):
        status = "to invoice" if open_quantity > 0 else "invoiced"
    facts: Row = {
        "price_subtotal": subtotal,
        "price_tax": tax,
        "price_total": round(subtotal + tax, 2),
        "price_reduce_taxexcl": price,
        "qty_to_invoice": open_quantity,
        "invoice_status": status,
        "state": order.get("state"),
        "salesman_id": order.get("user_id"),
        "order_partner_id": order.get("partner_id"),
        "currency_id": order.get("currency_id"),
        "company_id": order.get("company_id"),
    }
    records.stamp(env, env.model("sale.order.line"), key, **facts)


def _line_changed(env: Environment, ids: list[int], names: set[str]) -> None:
    rows = env.rows("sale.order.line")
    orders = set()
    for key in ids:
        _settle_line(env, key)
        orders.add(rows[key]["order_id"])
    for order in orders:
        total(env, order)


def _order_leaving(env: Environment, ids: list[int]) -> None:
    rows = env.rows("sale.order")
    if any(rows[key].get("state") not in ("draft", "cancel") for key in ids):
        raise UserError(
            "You can not delete a sent quotation or a confirmed sales order. "
            "You must first cancel it."
        )


def _line_leaving(env: Environment, ids: list[int]) -> None:
    rows = env.rows("sale.order.line")
    for key in ids:
        if rows[key].get("state") in ("sale", LOCKED) and not rows[key].get("display_type"):
            raise UserError(
                "You can not remove an order line once the sales order is confirmed.\n"
                "You should rather set the quantity to 0."
            )


def action_confirm(env: Environment, model: Model, ids: list[int]) -> bool:
    """Quotations become orders; storable products get a delivery."""
    access.check_records(env, model, ids, "write")
    rows = env.rows(model.name)
    if any(rows[key].get("state") not in ("draft", "sent") for key in ids):
        raise UserError("Some orders are not in a state requiring confirmation.")
    for key in ids:
        vals: Row = {"state": "sale", "date_order": env.moment}
        records.write(env, model, [key], vals)
        deliveries.deliver(env.sudo(), key)
    return True


def action_cancel(env: Environment, model: Model, ids: list[int]) -> bool:
    """Cancel orders with what is not yet delivered."""
    access.check_records(env, model, ids, "write")
    rows = env.rows(model.name)
    if any(rows[key].get("locked") or rows[key].get("state") == LOCKED for key in ids):
        raise UserError("You cannot cancel a locked order. Please unlock it first.")
    records.write(env, model, ids, {"state": "cancel"})
    for key in ids:
        deliveries.call_off(env.sudo(), key)
    return True


def action_draft(env: Environment, model: Model, ids: list[int]) -> bool:
    """Cancelled and sent quotations become drafts again."""
    access.check_records(env, model, ids, "write")
    rows = env.rows(model.name)
    back = [key for key in ids if rows[key].get("state") in ("cancel", "sent")]
    records.write(env, model, back, {"state": "draft"})
    return True


def action_quotation_send(env: Environment, model: Model, ids: list[int]) -> Any:
    """The action that opens the mail composer; the quotation counts as sent."""
    access.check_records(env, model, ids, "write")
    rows = env.rows(model.name)
    drafts = [key for key in ids if rows[key].get("state") == "draft"]
    records.write(env, model, drafts, {"state": "sent"})
    return {
        "type": "ir.actions.act_window",
        "view_mode": "form",
        "res_model": "mail.compose.message",
        "views": [[False, "form"]],
        "view_id": False,
        "target": "new",
        "context": {"default_model": "sale.order", "default_res_ids": ids},
    }


def action_lock(env: Environment, model: Model, ids: list[int]) -> None:
    """No more changes to orders."""
    vals: Row = {"locked": True} if env.version >= 17 else {"state": LOCKED}
    records.write(env, model, ids, vals)


def action_unlock(env: Environment, model: Model, ids: list[int]) -> None:
    """Changes are possible again."""
    vals: Row = {"locked": False} if env.version >= 17 else {"state": "sale"}
    records.write(env, model, ids, vals)


_STATES = (("draft", "Quotation"), ("sent", "Quotation Sent"), ("sale", "Sales Order"))
_INVOICING = (
    ("upselling", "Upselling Opportunity"),
    ("invoiced", "Fully Invoiced"),
    ("to invoice", "To Invoice"),
    ("no", "Nothing to Invoice"),
)


def _state(label: str, **options: Any) -> Field:
    return choice(
        label,
        *_STATES,
        ("done", "Locked"),
        ("cancel", "Cancelled"),
        selection_by_version={17: (*_STATES, ("cancel", "Cancelled"))},
        **options,
    )


def _invoices(env: Environment, row: Row) -> list[int]:
    moves = env.rows("account.move").values()
    return [m["id"] for m in moves if m.get("invoice_origin") == row.get("name")]


_ORDER: dict[str, Field] = {
    "name": char("Order Reference", required=True, copied=False),
    "state": _state("Status", default="draft", readonly=True, copied=False),
    "date_order": moment(
        "Order Date", required=True, default_of=lambda env: env.moment, copied=False
    ),
    "validity_date": date("Expiration", copied=False),
    "partner_id": many2one("Customer", "res.partner", required=True),
    "partner_invoice_id": many2one("Invoice Address", "res.partner", required=True),
    "partner_shipping_id": many2one("Delivery Address", "res.partner", required=True),
    "currency_id": many2one("Currency", "res.currency", default=1, ondelete="restrict"),
    "user_id": many2one("Salesperson", "res.users", default_of=lambda env: env.uid),
    "team_id": many2one("Sales Team", "crm.team", default=1),
    "company_id": many2one(
        "Company", "res.company", required=True, default_of=lambda env: env.company_id
    ),
    "order_line": one2many("Order Lines", "sale.order.line", "order_id", copied=True),
    "amount_untaxed": monetary("Untaxed Amount", readonly=True, copied=False),
    "amount_tax": monetary("Taxes", readonly=True, copied=False),
    "amount_total": monetary("Total", readonly=True, copied=False),
    "invoice_status": choice("Invoice Status", *_INVOICING, readonly=True, copied=False),
    "invoice_ids": computed("many2many", "Invoices", _invoices, relation="account.move"),
    "invoice_count": computed(
        "integer", "Invoice Count", lambda env, row: len(_invoices(env, row))
    ),
    "client_order_ref": char("Customer Reference", copied=False),
    "origin": char("Source Document"),
    "note": html("Terms and conditions"),
    "payment_term_id": many2one("Payment Terms", "account.payment.term"),
    "commitment_date": moment("Delivery Date", copied=False),
    "expected_date": computed("datetime", "Expected Date", lambda env, row: row["date_order"]),
    "signed_by": char("Signed By", copied=False),
    "signed_on": moment("Signed On", copied=False),
    "locked": boolean("Locked", copied=False, since=17),
    "require_signature": boolean("Online signature", default=True),
    "require_payment": boolean("Online payment"),
    "prepayment_percent": number("Prepayment percentage", since=17, default=1.0),
    "tag_ids": many2many("Tags", "crm.tag"),
    "opportunity_id": many2one("Opportunity", "crm.lead"),
    "picking_ids": one2many("Transfers", "stock.picking", "sale_id"),
    "delivery_count": computed(
        "integer",
        "Delivery Orders",
        lambda env, row: len(env.store.tables["stock.picking"].linked("sale_id", row["id"])),
    ),
    **ACTIVITIES,
    **CHATTER,
}

_LINE: dict[str, Field] = {
    "order_id": many2one("Order Reference", "sale.order", required=True, ondelete="cascade"),
    "sequence": integer("Sequence", default=10),
    "display_type": choice(
        "Display Type",
        ("line_section", "Section"),
        ("line_note", "Note"),
        selection_by_version={
            19: (
                ("line_section", "Section"),
                ("line_subsection", "Subsection"),
                ("line_note", "Note"),
            )
        },
    ),
    "product_id": many2one("Product", "product.product", ondelete="restrict"),
    "product_template_id": related(
        "many2one", "Product Template", "product_id.product_tmpl_id", relation="product.template"
    ),
    "name": text("Description", required=True),
    "product_uom_qty": number("Quantity", default=1.0, digits=(16, 2)),
    "product_uom": many2one("Unit of Measure", "uom.uom", until=18, ondelete="restrict"),
    "product_uom_id": many2one("Unit", "uom.uom", since=19, ondelete="restrict"),
    "price_unit": number("Unit Price", digits=(16, 2)),
    "discount": number("Discount (%)", digits=(16, 2)),
    "tax_id": many2many("Taxes", "account.tax", until=18),
    "tax_ids": many2many("Taxes", "account.tax", since=19),
    "price_subtotal": monetary("Subtotal", readonly=True, copied=False),
    "price_tax": number("Total Tax", readonly=True, copied=False),
    "price_total": monetary("Total", readonly=True, copied=False),
    "price_reduce_taxexcl": monetary("Price Reduce Tax excl", readonly=True, copied=False),
    "qty_delivered": number("Delivery Quantity", copied=False, digits=(16, 2)),
    "qty_invoiced": number("Invoiced Quantity", readonly=True, copied=False, digits=(16, 2)),
    "qty_to_invoice": number("Quantity To Invoice", readonly=True, copied=False),
    "invoice_status": choice("Invoice Status", *_INVOICING, readonly=True, copied=False),
    "state": _state("Order Status", readonly=True, copied=False),
    "currency_id": many2one("Currency", "res.currency", readonly=True, copied=False),
    "company_id": many2one("Company", "res.company", readonly=True, copied=False),
    "salesman_id": many2one("Salesperson", "res.users", readonly=True, copied=False),
    "order_partner_id": many2one("Customer", "res.partner", readonly=True, copied=False),
}


def _line_label(env: Environment, row: Row) -> str:
    order = env.rows("sale.order").get(row.get("order_id", 0), {})
    first = str(row.get("name", "")).split("\n")[0]
    return f"{order.get('name', '')} - {first}"


MODELS: tuple[Model, ...] = (
    Model(
        "sale.order",
        "Sales Order",
        _ORDER,
        order="date_order desc, id desc",
        access=RIGHTS,
        search_names=("client_order_ref",),
        prepare=_order_prepare,
        changed=_order_changed,
        leaving=_order_leaving,
        modules="sale, sale_crm, sale_management, sale_stock",
    ),
    Model(
        "sale.order.line",
        "Sales Order Line",
        _LINE,
        order="order_id, sequence, id",
        access=LINE_RIGHTS,
        display=_line_label,
        prepare=_line_prepare,
        changed=_line_changed,
        leaving=_line_leaving,
        modules="sale, sale_stock",
    ),
)

METHODS: tuple[Method, ...] = (
    on_records("sale.order", action_confirm),
    on_records("sale.order", action_cancel),
    on_records("sale.order", action_draft),
    on_records("sale.order", action_quotation_send),
    on_records("sale.order", action_lock, since=17),
    on_records("sale.order", action_lock, "action_done", until=16),
    on_records("sale.order", action_unlock),
)
