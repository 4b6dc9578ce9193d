"""Contacts: res.partner and what hangs on it."""

from __future__ import annotations

import re

from bridgecore.simulators.odoo.errors import ValidationError
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
    date,
    html,
    integer,
    many2many,
    many2one,
    number,
    one2many,
)
from bridgecore.simulators.odoo.orm.model import Method, Model, on_records

from .documents import ACTIVITIES, CHATTER

ADDRESS_TYPES = (
    ("contact", "Contact"),
    ("invoice", "Invoice Address"),
    ("delivery", "Delivery Address"),
    ("other", "Other Address"),
)
MANAGED = {
    "base.group_user": "r",
    "base.group_portal": "r",
    "base.group_partner_manager": "rwcd",
}
PARAMETERS = {"base.group_user": "r", "base.group_partner_manager": "rwcd"}


def complete_name(env: Environment, row: Row) -> str:
    """`Company, Person`, or the address type where a contact has no name."""
    name = str(row.get("name") or "")
    parent = env.rows("res.partner").get(row.get("parent_id", 0))
    if parent and not row.get("is_company"):
        shown = name or dict(ADDRESS_TYPES).get(row.get("type", ""), "")
        return f"{parent.get('name', '')}, {shown}"
    return name


def _display(env: Environment, row: Row) -> str:
    name = complete_name(env, row)
    if env.context.get("show_email") and row.get("email"):
        return f"{name} <{row['email']}>"
    return name


def _commercial(env: Environment, row: Row) -> Row:
    rows = env.rows("res.partner")
    while not row.get("is_company") and row.get("parent_id") in rows:
        row = rows[row["parent_id"]]
    return row


def _changed(env: Environment, ids: list[int], names: set[str]) -> None:
    model = env.model("res.partner")
    table = env.store.tables["res.partner"]
    affected = list(ids)
    if names & {"name", "parent_id", "is_company", "id"}:
        affected = sorted(env.descendants(model, set(ids)))
    for key in affected:
        row = table.rows[key]
        if row.get("type", "contact") == "contact" and not row.get("name"):
            raise ValidationError("The operation cannot be completed: Contacts require a name")
        entity = _commercial(env, row)
        email = str(row.get("email") or "").strip().lower()
        facts: Row = {
            "commercial_partner_id": entity["id"],
            "commercial_company_name": entity.get("name") if entity.get("is_company") else None,
            "email_normalized": email if re.fullmatch(r"[^@\s]+@[^@\s]+", email) else None,
        }
        facts["complete_name"] = complete_name(env, row)
        records.stamp(env, model, key, **facts)


def _copying(env: Environment, row: Row) -> Row:
    return {"name": f"{row.get('name', '')} (copy)"}


def _company_type(env: Environment, row: Row) -> str:
    return "company" if row.get("is_company") else "person"


def _share(env: Environment, row: Row) -> bool:
    users = env.store.tables["res.users"]
    held = [users.rows[i] for i in users.linked("partner_id", row["id"])]
    return not any(user.get("active") and not user.get("share") for user in held)


def _avatar(env: Environment, row: Row) -> str:
    from bridgecore.simulators.odoo.pictures import avatar

    return str(row.get("image_1920") or avatar(str(row.get("name") or "?")))


def open_commercial_entity(env: Environment, model: Model, ids: list[int]) -> Row:
    """The action that opens the company a contact belongs to."""
    row = env.rows("res.partner")[ids[0]]
    return {
        "type": "ir.actions.act_window",
        "res_model": "res.partner",
        "view_mode": "form",
        "res_id": row.get("commercial_partner_id", ids[0]),
        "target": "current",
        "views": [[False, "form"]],
    }


def _image(size: int) -> Field:
    return computed(
        "binary", f"Image {size}", lambda env, row: row.get("image_1920", False), readonly=False
    )


_FIELDS: dict[str, Field] = {
    "name": char("Name"),
    "complete_name": char("Complete Name", readonly=True, copied=False, since=17),
    "date": date("Date"),
    "title": many2one("Title", "res.partner.title", until=18),
    "parent_id": many2one("Related Company", "res.partner"),
    "child_ids": one2many("Contact", "res.partner", "parent_id"),
    "ref": char("Reference"),
    "lang": char("Language", default="en_US"),
    "tz": char("Timezone"),
    "user_id": many2one("Salesperson", "res.users"),
    "vat": char("Tax ID"),
    "company_registry": char("Company ID", since=16),
    "bank_ids": one2many("Banks", "res.partner.bank", "partner_id"),
    "website": char("Website Link"),
    "comment": html("Notes"),
    "category_id": many2many("Tags", "res.partner.category"),
    "active": boolean("Active", default=True),
    "employee": boolean("Employee"),
    "function": char("Job Position"),
    "type": choice("Address Type", *ADDRESS_TYPES, default="contact"),
    "street": char("Street"),
    "street2": char("Street2"),
    "zip": char("Zip"),
    "city": char("City"),
    "state_id": many2one("State", "res.country.state", ondelete="restrict"),
    "country_id": many2one("Country", "res.country", ondelete="restrict"),
    "country_code": computed(
        "char",
        "Country Code",
        lambda env, row: (
            env.rows("res.country").get(row.get("country_id", 0), {}).get("code", False)
        ),
    ),
    "partner_latitude": number("Geo Latitude", digits=(10, 7), aggregator=""),
    "partner_longitude": number("Geo Longitude", digits=(10, 7), aggregator=""),
    "email": char("Email"),
    "email_normalized": char("Normalized Email", readonly=True),
    "phone": char("Phone"),
    "mobile": char("Mobile", until=18),
    "is_company": boolean("Is a Company"),
    "industry_id": many2one("Industry", "res.partner.industry"),
    "company_type": computed(
        "selection",
        "Company Type",
        _company_type,
        selection=(("person", "Individual"), ("company", "Company")),
        readonly=False,
    ),
    "company_id": many2one("Company", "res.company"),
    "color": integer("Color Index"),
    "user_ids": one2many("Users", "res.users", "partner_id"),
    "partner_share": computed("boolean", "Share Partner", _share),
    "commercial_partner_id": many2one(
        "Commercial Entity", "res.partner", readonly=True, copied=False
    ),
    "commercial_company_name": char("Company Name Entity", readonly=True, copied=False),
    "company_name": char("Company Name"),
    "barcode": char("Barcode", copied=False),
    "image_1920": binary("Image"),
    "image_128": _image(128),
    "image_256": _image(256),
    "image_512": _image(512),
    "image_1024": _image(1024),
    "avatar_128": computed("binary", "Avatar 128", _avatar),
    "avatar_256": computed("binary", "Avatar 256", _avatar),
    "credit_limit": number("Credit Limit"),
    "customer_rank": integer("Customer Rank", copied=False),
    "supplier_rank": integer("Supplier Rank", copied=False),
    "credit": computed(
        "monetary",
        "Total Receivable",
        lambda env, row: _receivable(env, row),
        currency_field="currency_id",
    ),
    "total_invoiced": computed(
        "monetary",
        "Total Invoiced",
        lambda env, row: _invoiced(env, row),
        currency_field="currency_id",
    ),
    "currency_id": computed("many2one", "Currency", lambda env, row: 1, relation="res.currency"),
    "property_payment_term_id": many2one(
        "Customer Payment Terms", "account.payment.term", company_dependent=True
    ),
    "property_account_receivable_id": many2one(
        "Account Receivable",
        "account.account",
        company_dependent=True,
        default_of=lambda env: env.reference("account.receivable") or None,
    ),
    "sale_order_ids": one2many("Sales Order", "sale.order", "partner_id"),
    "sale_order_count": computed(
        "integer", "Sale Order Count", lambda env, row: _documents(env, row, "sale.order")
    ),
    "invoice_ids": one2many("Invoices", "account.move", "partner_id"),
    "opportunity_ids": one2many("Opportunities", "crm.lead", "partner_id"),
    "opportunity_count": computed(
        "integer", "Opportunity Count", lambda env, row: _documents(env, row, "crm.lead")
    ),
    "team_id": many2one("Sales Team", "crm.team"),
    **ACTIVITIES,
    **CHATTER,
}


def _open_invoices(env: Environment, row: Row) -> list[Row]:
    table = env.store.tables["account.move"]
    found = [table.rows[i] for i in table.linked("commercial_partner_id", row["id"])]
    return [m for m in found if m.get("state") == "posted" and m["move_type"].startswith("out_")]


def _receivable(env: Environment, row: Row) -> float:
    moves = _open_invoices(env, row)
    return round(sum(float(m.get("amount_residual_signed", 0.0)) for m in moves), 2)


def _invoiced(env: Environment, row: Row) -> float:
    moves = _open_invoices(env, row)
    return round(sum(float(m.get("amount_untaxed_signed", 0.0)) for m in moves), 2)


def _documents(env: Environment, row: Row, model: str) -> int:
    family = env.descendants(env.model("res.partner"), {row["id"]})
    return sum(len(env.store.tables[model].linked("partner_id", key)) for key in family)


MODELS: tuple[Model, ...] = (
    Model(
        "res.partner",
        "Contact",
        _FIELDS,
        order="display_name ASC, id DESC",
        orders={17: "complete_name ASC, id DESC"},
        access=MANAGED,
        display=_display,
        search_names=("email", "ref", "vat", "company_registry"),
        changed=_changed,
        copying=_copying,
        modules="account, base, calendar, contacts, crm, hr, mail, payment, product, sale, stock",
    ),
    Model(
        "res.partner.category",
        "Partner Tags",
        {
            "name": char("Tag Name", required=True, translate=True),
            "color": integer("Color"),
            "parent_id": many2one("Parent Category", "res.partner.category", ondelete="cascade"),
            "child_ids": one2many("Child Tags", "res.partner.category", "parent_id"),
            "active": boolean("Active", default=True),
        },
        order="name",
        labels={18: "Partner Tags"},
        access=PARAMETERS,
    ),
    Model(
        "res.partner.title",
        "Partner Title",
        {
            "name": char("Title", required=True, translate=True),
            "shortcut": char("Abbreviation", translate=True),
        },
        order="name",
        access=PARAMETERS,
        until=18,
    ),
    Model(
        "res.partner.industry",
        "Industry",
        {
            "name": char("Name", translate=True),
            "full_name": char("Full Name"),
            "active": boolean("Active", default=True),
        },
        order="name",
        access=PARAMETERS,
    ),
    Model(
        "res.partner.bank",
        "Bank Accounts",
        {
            "acc_number": char("Account Number", required=True),
            "partner_id": many2one(
                "Account Holder", "res.partner", required=True, ondelete="cascade"
            ),
            "bank_name": char("Name"),
            "currency_id": many2one("Currency", "res.currency"),
            "active": boolean("Active", default=True),
        },
        rec_name="acc_number",
        access=PARAMETERS,
    ),
)

METHODS: tuple[Method, ...] = (on_records("res.partner", open_commercial_entity),)
