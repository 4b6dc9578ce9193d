"""Products: what is bought, kept and sold, and its units and categories."""

from __future__ import annotations

from bridgecore.simulators.odoo.orm import records
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import (
    Field,
    Row,
    binary,
    boolean,
    char,
    choice,
    computed,
    html,
    integer,
    many2many,
    many2one,
    number,
    one2many,
    text,
)
from bridgecore.simulators.odoo.orm.model import Method, Model

from .documents import ACTIVITIES, CHATTER

SALES = "sales_team.group_sale_manager"
KEEPERS = {"base.group_user": "r", SALES: "rwcd", "stock.group_stock_manager": "rwcd"}
PRICE = (16, 2)


def _template_changed(env: Environment, ids: list[int], names: set[str]) -> None:
    variants = env.store.tables["product.product"]
    model = env.model("product.product")
    for key in ids:
        held = sorted(variants.linked("product_tmpl_id", key))
        if not held and "id" in names and not env.context.get("_delegating"):
            records.create(env, model, [{"product_tmpl_id": key}])
        if env.version >= 17 and "id" not in names:
            for variant in held:
                row = {**variants.rows[variant], "write_date": env.stamp, "write_uid": env.uid}
                env.store.put("product.product", variant, row)
        if "active" in names and "id" not in names:
            active = env.rows("product.template")[key].get("active", False)
            for variant in held:
                records.stamp(env, model, variant, active=active)


def stock_of(env: Environment, product: int) -> tuple[float, float]:
    """On hand and reserved in internal locations."""
    table = env.store.tables["stock.quant"]
    locations = env.rows("stock.location")
    wanted = env.context.get("location")
    on_hand = reserved = 0.0
    for key in table.linked("product_id", product):
        row = table.rows[key]
        place = locations.get(row.get("location_id", 0), {})
        if place.get("usage") != "internal" or (wanted and row.get("location_id") != wanted):
            continue
        on_hand += row.get("quantity", 0.0)
        reserved += row.get("reserved_quantity", 0.0)
    return on_hand, reserved


def _moving(env: Environment, product: int, usage: str) -> float:
    table, locations = env.store.tables["stock.move"], env.rows("stock.location")
    total = 0.0
    for key in table.linked("product_id", product):
        row = table.rows[key]
        side = row.get("location_dest_id" if usage == "out" else "location_id", 0)
        if row.get("state") in ("confirmed", "assigned", "waiting"):
            outside = locations.get(side, {}).get("usage") != "internal"
            total += row.get("product_uom_qty", 0.0) if outside else 0.0
    return total


def _variants(env: Environment, row: Row) -> list[int]:
    return sorted(env.store.tables["product.product"].linked("product_tmpl_id", row["id"]))


def _of_template(env: Environment, row: Row, kind: str) -> float:
    return sum(_quantity(env, key, kind) for key in _variants(env, row))


def _quantity(env: Environment, product: int, kind: str) -> float:
    on_hand, reserved = stock_of(env, product)
    if kind == "qty_available":
        return on_hand
    if kind == "free_qty":
        return on_hand - reserved
    incoming, outgoing = _moving(env, product, "in"), _moving(env, product, "out")
    if kind == "incoming_qty":
        return incoming
    if kind == "outgoing_qty":
        return outgoing
    return on_hand + incoming - outgoing


_QUANTITIES = {
    "qty_available": "Quantity On Hand",
    "virtual_available": "Forecasted Quantity",
    "free_qty": "Free To Use Quantity",
    "incoming_qty": "Incoming",
    "outgoing_qty": "Outgoing",
}


def _template_quantity(kind: str, label: str) -> Field:
    return computed(
        "float",
        label,
        lambda env, row: _of_template(env, row, kind),
        searchable=True,
        aggregator="sum",
    )


def _variant_quantity(kind: str, label: str) -> Field:
    return computed(
        "float",
        label,
        lambda env, row: _quantity(env, row["id"], kind),
        searchable=True,
        aggregator="sum",
    )


def _label(env: Environment, row: Row) -> str:
    code, name = row.get("default_code"), row.get("name", "")
    return f"[{code}] {name}" if code else str(name)


def _variant_label(env: Environment, row: Row) -> str:
    return _label(env, env.rows("product.template")[row["product_tmpl_id"]])


def _category_name(env: Environment, row: Row) -> str:
    parent = env.rows("product.category").get(row.get("parent_id", 0))
    name = str(row.get("name", ""))
    return f"{_category_name(env, parent)} / {name}" if parent else name


def _category_changed(env: Environment, ids: list[int], names: set[str]) -> None:
    model = env.model("product.category")
    for key in sorted(env.descendants(model, set(ids))):
        row = env.rows("product.category")[key]
        records.stamp(env, model, key, complete_name=_category_name(env, row))


def _copying(env: Environment, row: Row) -> Row:
    return {"name": f"{row.get('name', '')} (copy)", "default_code": False, "barcode": False}


_TEMPLATE: dict[str, Field] = {
    "name": char("Name", required=True, translate=True),
    "sequence": integer("Sequence", default=1),
    "active": boolean("Active", default=True),
    "description": html("Description"),
    "description_sale": text("Sales Description", translate=True),
    "type": choice(
        "Product Type",
        ("consu", "Consumable"),
        ("service", "Service"),
        ("product", "Storable Product"),
        required=True,
        default="consu",
        selection_by_version={18: (("consu", "Goods"), ("service", "Service"), ("combo", "Combo"))},
    ),
    "detailed_type": computed(
        "selection",
        "Product Type",
        lambda env, row: row.get("type", "consu"),
        since=15,
        until=17,
        selection=(
            ("consu", "Consumable"),
            ("service", "Service"),
            ("product", "Storable Product"),
        ),
    ),
    "is_storable": boolean("Track Inventory", since=18),
    "list_price": number("Sales Price", digits=PRICE, default=1.0),
    "standard_price": number(
        "Cost", digits=PRICE, groups="base.group_user", company_dependent=True
    ),
    "default_code": char("Internal Reference"),
    "barcode": char("Barcode", copied=False),
    "categ_id": many2one(
        "Product Category",
        "product.category",
        required=True,
        default_of=lambda env: env.reference("product.product_category_all") or None,
    ),
    "uom_id": many2one("Unit of Measure", "uom.uom", required=True, default=1),
    "uom_po_id": many2one("Purchase Unit", "uom.uom", default=1, until=18),
    "uom_ids": many2many("Packagings", "uom.uom", since=19),
    "uom_name": computed(
        "char", "Unit Name", lambda env, row: env.label_of("uom.uom", row.get("uom_id", 0))
    ),
    "currency_id": computed("many2one", "Currency", lambda env, row: 1, relation="res.currency"),
    "company_id": many2one("Company", "res.company"),
    "sale_ok": boolean("Sales", default=True),
    "purchase_ok": boolean("Purchase", default=True),
    "taxes_id": many2many("Sales Taxes", "account.tax"),
    "supplier_taxes_id": many2many("Purchase Taxes", "account.tax"),
    "weight": number("Weight"),
    "volume": number("Volume"),
    "tracking": choice(
        "Tracking",
        ("serial", "By Unique Serial Number"),
        ("lot", "By Lots"),
        ("none", "By Quantity"),
        default="none",
    ),
    "priority": choice("Favorite", ("0", "Normal"), ("1", "Favorite"), default="0", until=17),
    "is_favorite": boolean("Favorite", since=18),
    "image_1920": binary("Image"),
    "product_variant_ids": one2many("Products", "product.product", "product_tmpl_id"),
    "product_variant_id": computed(
        "many2one",
        "Product",
        lambda env, row: next(iter(_variants(env, row)), False),
        relation="product.product",
    ),
    "product_variant_count": computed(
        "integer", "# Product Variants", lambda env, row: len(_variants(env, row))
    ),
    **{name: _template_quantity(name, label) for name, label in _QUANTITIES.items()},
    **ACTIVITIES,
    **CHATTER,
}

_VARIANT: dict[str, Field] = {
    "product_tmpl_id": many2one(
        "Product Template", "product.template", required=True, ondelete="cascade"
    ),
    "active": boolean("Active", default=True),
    "lst_price": computed(
        "float",
        "Sales Price",
        lambda env, row: env.rows("product.template")[row["product_tmpl_id"]].get(
            "list_price", 0.0
        ),
        digits=PRICE,
    ),
    "combination_indices": char("Combination Indices", readonly=True),
    **{name: _variant_quantity(name, label) for name, label in _QUANTITIES.items()},
    **ACTIVITIES,
    **CHATTER,
}

MODELS: tuple[Model, ...] = (
    Model(
        "uom.category",
        "Product UoM Categories",
        {"name": char("Unit of Measure Category", required=True, translate=True)},
        access={"base.group_user": "r", "base.group_system": "rwcd"},
        modules="uom",
        until=18,
    ),
    Model(
        "uom.uom",
        "Product Unit of Measure",
        {
            "name": char("Unit of Measure", required=True, translate=True),
            "category_id": many2one("Category", "uom.category", until=18),
            "factor": number("Ratio", default=1.0),
            "rounding": number("Rounding Precision", default=0.01),
            "active": boolean("Active", default=True),
        },
        access={"base.group_user": "r", "base.group_system": "rwcd"},
        modules="uom",
    ),
    Model(
        "product.category",
        "Product Category",
        {
            "name": char("Name", required=True),
            "complete_name": char("Complete Name", readonly=True, copied=False),
            "parent_id": many2one("Parent Category", "product.category", ondelete="cascade"),
            "child_id": one2many("Child Categories", "product.category", "parent_id"),
            "product_count": computed(
                "integer",
                "# Products",
                lambda env, row: len(
                    env.store.tables["product.template"].linked("categ_id", row["id"])
                ),
            ),
        },
        order="complete_name",
        access=KEEPERS,
        modules="product, stock_account",
        display=_category_name,
        changed=_category_changed,
    ),
    Model(
        "product.template",
        "Product",
        _TEMPLATE,
        order="name",
        orders={17: "priority desc, name", 18: "is_favorite desc, name"},
        access=KEEPERS,
        search_names=("default_code", "barcode"),
        display=_label,
        changed=_template_changed,
        copying=_copying,
        modules="account, product, sale, stock",
    ),
    Model(
        "product.product",
        "Product Variant",
        _VARIANT,
        order="default_code, name, id",
        access=KEEPERS,
        inherits={"product_tmpl_id": "product.template"},
        search_names=(),
        display=_variant_label,
        modules="account, product, sale, stock",
    ),
)

METHODS: tuple[Method, ...] = ()
