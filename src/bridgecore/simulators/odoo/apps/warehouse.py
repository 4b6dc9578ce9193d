"""Inventory: the models of places, transfers, moves and quantities."""

from __future__ import annotations

from bridgecore.simulators.odoo.orm import records
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import (
    Field,
    Row,
    boolean,
    char,
    choice,
    computed,
    html,
    integer,
    many2one,
    moment,
    number,
    one2many,
    related,
)
from bridgecore.simulators.odoo.orm.model import Model

from .deliveries import move_prepare, picking_prepare, quant_prepare
from .documents import ACTIVITIES, CHATTER

USER = "stock.group_stock_user"
KEEPER = "stock.group_stock_manager"
WORK = {USER: "rwcd", "sales_team.group_sale_salesman": "r"}
PLACES = {"base.group_user": "r", KEEPER: "rwcd"}
STATES = (
    ("draft", "Draft"),
    ("waiting", "Waiting Another Operation"),
    ("confirmed", "Waiting"),
    ("assigned", "Ready"),
    ("done", "Done"),
    ("cancel", "Cancelled"),
)
_QUANTITY = (16, 2)


def _location_name(env: Environment, row: Row) -> str:
    parent = env.rows("stock.location").get(row.get("location_id", 0))
    name = str(row.get("name", ""))
    return f"{_location_name(env, parent)}/{name}" if parent else name


def _location_changed(env: Environment, ids: list[int], names: set[str]) -> None:
    for key in ids:
        row = env.rows("stock.location")[key]
        name = _location_name(env, row)
        records.stamp(env, env.model("stock.location"), key, complete_name=name)


def _type_name(env: Environment, row: Row) -> str:
    warehouse = env.rows("stock.warehouse").get(row.get("warehouse_id", 0), {})
    return f"{warehouse.get('name', '')}: {row.get('name', '')}"


def _waiting(env: Environment, row: Row, states: tuple[str, ...]) -> int:
    table = env.store.tables["stock.picking"]
    ids = table.linked("picking_type_id", row["id"])
    return sum(table.rows[key].get("state") in states for key in ids)


_PICKING: dict[str, Field] = {
    "name": char("Reference", default="/", copied=False),
    "origin": char("Source Document"),
    "note": html("Notes"),
    "state": choice("Status", *STATES, default="draft", readonly=True, copied=False),
    "partner_id": many2one("Contact", "res.partner"),
    "picking_type_id": many2one("Operation Type", "stock.picking.type", required=True),
    "picking_type_code": related("char", "Type of Operation", "picking_type_id.code"),
    "location_id": many2one("Source Location", "stock.location", required=True),
    "location_dest_id": many2one("Destination Location", "stock.location", required=True),
    "scheduled_date": moment("Scheduled Date", default_of=lambda env: env.moment),
    "date": moment("Creation Date", default_of=lambda env: env.moment, copied=False),
    "date_deadline": moment("Deadline", copied=False),
    "date_done": moment("Date of Transfer", readonly=True, copied=False),
    "priority": choice("Priority", ("0", "Normal"), ("1", "Urgent"), default="0"),
    "user_id": many2one("Responsible", "res.users", default_of=lambda env: env.uid),
    "company_id": many2one("Company", "res.company", default=1),
    "sale_id": many2one("Sales Order", "sale.order"),
    "move_ids": one2many("Stock Moves", "stock.move", "picking_id", copied=True),
    "move_ids_without_package": one2many("Stock moves", "stock.move", "picking_id", until=18),
    "products_availability": computed(
        "char",
        "Product Availability",
        lambda env, row: "Available" if row.get("state") == "assigned" else False,
    ),
    **ACTIVITIES,
    **CHATTER,
}

MODELS: tuple[Model, ...] = (
    Model(
        "stock.location",
        "Inventory Locations",
        {
            "name": char("Location Name", required=True),
            "complete_name": char("Full Location Name", readonly=True, copied=False),
            "active": boolean("Active", default=True),
            "usage": choice(
                "Location Type",
                ("supplier", "Vendor Location"),
                ("view", "View"),
                ("internal", "Internal Location"),
                ("customer", "Customer Location"),
                ("inventory", "Inventory Loss"),
                ("production", "Production"),
                ("transit", "Transit Location"),
                default="internal",
                required=True,
            ),
            "location_id": many2one("Parent Location", "stock.location"),
            "child_ids": one2many("Contains", "stock.location", "location_id"),
            "company_id": many2one("Company", "res.company"),
            "barcode": char("Barcode", copied=False),
        },
        order="complete_name, id",
        access=PLACES,
        parent="location_id",
        display=_location_name,
        changed=_location_changed,
        modules="stock",
    ),
    Model(
        "stock.warehouse",
        "Warehouse",
        {
            "name": char("Warehouse", required=True),
            "code": char("Short Name", required=True, size=5),
            "active": boolean("Active", default=True),
            "sequence": integer("Sequence", default=10),
            "company_id": many2one("Company", "res.company", required=True, default=1),
            "partner_id": many2one("Address", "res.partner"),
            "view_location_id": many2one("View Location", "stock.location"),
            "lot_stock_id": many2one("Location Stock", "stock.location"),
        },
        order="sequence,id",
        access=PLACES,
        modules="stock",
    ),
    Model(
        "stock.picking.type",
        "Picking Type",
        {
            "name": char("Operation Type", required=True, translate=True),
            "code": choice(
                "Type of Operation",
                ("incoming", "Receipt"),
                ("outgoing", "Delivery"),
                ("internal", "Internal Transfer"),
                required=True,
            ),
            "sequence": integer("Sequence", default=10),
            "sequence_code": char("Sequence Prefix", required=True),
            "active": boolean("Active", default=True),
            "warehouse_id": many2one("Warehouse", "stock.warehouse"),
            "company_id": many2one("Company", "res.company", default=1),
            "default_location_src_id": many2one("Source", "stock.location"),
            "default_location_dest_id": many2one("Destination", "stock.location"),
            "count_picking_ready": computed(
                "integer", "Ready", lambda env, row: _waiting(env, row, ("assigned",))
            ),
            "count_picking_waiting": computed(
                "integer", "Waiting", lambda env, row: _waiting(env, row, ("confirmed", "waiting"))
            ),
        },
        order="sequence, id",
        access=PLACES,
        display=_type_name,
        modules="stock",
    ),
    Model(
        "stock.picking",
        "Transfer",
        _PICKING,
        order="priority desc, scheduled_date asc, id desc",
        access=WORK,
        search_names=("origin",),
        prepare=picking_prepare,
        modules="stock, sale_stock",
    ),
    Model(
        "stock.move",
        "Stock Move",
        {
            "name": char("Description"),
            "sequence": integer("Sequence", default=10),
            "date": moment("Date Scheduled", default_of=lambda env: env.moment),
            "product_id": many2one("Product", "product.product", required=True),
            "product_uom_qty": number("Demand", default=1.0, digits=_QUANTITY),
            "quantity": computed(
                "float",
                "Quantity",
                lambda env, row: (
                    row.get("product_uom_qty", 0.0)
                    if row.get("state") in ("assigned", "done")
                    else 0.0
                ),
                since=17,
            ),
            "quantity_done": computed(
                "float",
                "Quantity Done",
                lambda env, row: (
                    row.get("product_uom_qty", 0.0) if row.get("state") == "done" else 0.0
                ),
                until=16,
            ),
            "product_uom": many2one("UoM", "uom.uom", default=1),
            "location_id": many2one("Source Location", "stock.location", required=True),
            "location_dest_id": many2one("Destination", "stock.location", required=True),
            "picking_id": many2one("Transfer", "stock.picking", ondelete="cascade"),
            "sale_line_id": many2one("Sale Line", "sale.order.line"),
            "origin": char("Source Document"),
            "state": choice("Status", *STATES, default="draft", readonly=True, copied=False),
            "price_unit": number("Unit Price"),
            "company_id": many2one("Company", "res.company", default=1),
        },
        order="sequence, id",
        access=WORK,
        prepare=move_prepare,
        modules="stock, sale_stock",
    ),
    Model(
        "stock.quant",
        "Quants",
        {
            "product_id": many2one("Product", "product.product", required=True),
            "product_tmpl_id": related(
                "many2one",
                "Product Template",
                "product_id.product_tmpl_id",
                relation="product.template",
            ),
            "location_id": many2one("Location", "stock.location", required=True),
            "warehouse_id": computed(
                "many2one", "Warehouse", lambda env, row: 1, relation="stock.warehouse", since=16
            ),
            "quantity": number("Quantity", readonly=True),
            "reserved_quantity": number("Reserved Quantity", readonly=True),
            "available_quantity": computed(
                "float",
                "Available Quantity",
                lambda env, row: row.get("quantity", 0.0) - row.get("reserved_quantity", 0.0),
            ),
            "inventory_quantity": number("Counted Quantity"),
            "in_date": moment("Incoming Date", readonly=True),
            "company_id": related(
                "many2one", "Company", "location_id.company_id", relation="res.company"
            ),
        },
        rec_name="product_id",
        access={USER: "rwc", KEEPER: "rwcd", "base.group_user": "r"},
        prepare=quant_prepare,
        modules="stock",
    ),
)
