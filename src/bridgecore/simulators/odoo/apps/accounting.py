"""The accounting models: journals, accounts, taxes, terms, entries, payments."""

from __future__ import annotations

from typing import Any

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
    monetary,
    number,
    one2many,
    text,
)
from bridgecore.simulators.odoo.orm.model import Model

from . import invoicing
from .documents import ACTIVITIES, CHATTER

BILLING = "account.group_account_invoice"
MANAGER = "account.group_account_manager"
SETUP = {"base.group_user": "r", MANAGER: "rwcd"}
ENTRIES = {"base.group_portal": "r", "account.group_account_readonly": "r", BILLING: "rwcd"}
_MOVE_TYPES = (
    ("entry", "Journal Entry"),
    ("out_invoice", "Customer Invoice"),
    ("out_refund", "Customer Credit Note"),
    ("in_invoice", "Vendor Bill"),
    ("in_refund", "Vendor Credit Note"),
    ("out_receipt", "Sales Receipt"),
    ("in_receipt", "Purchase Receipt"),
)
_STATES = (("draft", "Draft"), ("posted", "Posted"), ("cancel", "Cancelled"))
_PAYMENT = (
    ("not_paid", "Not Paid"),
    ("in_payment", "In Payment"),
    ("paid", "Paid"),
    ("partial", "Partially Paid"),
    ("reversed", "Reversed"),
)


def _shown(env: Environment, amount: float) -> str:
    return f"$\u00a0{amount:,.2f}"


def _tax_totals(env: Environment, row: Row) -> Any:
    untaxed, tax = row.get("amount_untaxed", 0.0), row.get("amount_tax", 0.0)
    total = row.get("amount_total", 0.0)
    if env.version >= 18:
        base = {"base_amount_currency": untaxed, "base_amount": untaxed}
        taxes = {"tax_amount_currency": tax, "tax_amount": tax}
        groups = [{"id": 1, "group_name": "Tax 15%", **taxes, **base}] if tax else []
        return {
            "currency_id": row.get("currency_id", 1),
            "currency_pd": 0.01,
            "company_currency_id": 1,
            "company_currency_pd": 0.01,
            "has_tax_groups": bool(tax),
            "subtotals": [{"tax_groups": groups, **taxes, **base, "name": "Untaxed Amount"}],
            **base,
            **taxes,
            "same_tax_base": True,
            "total_amount_currency": total,
            "total_amount": total,
            "display_in_company_currency": False,
        }
    group = {
        "group_key": 1,
        "tax_group_id": 1,
        "tax_group_name": "Tax 15%",
        "tax_group_amount": tax,
        "tax_group_base_amount": untaxed,
        "formatted_tax_group_amount": _shown(env, tax),
        "formatted_tax_group_base_amount": _shown(env, untaxed),
        "hide_base_amount": False,
    }
    subtotal = {"name": "Untaxed Amount", "amount": untaxed}
    return {
        "amount_untaxed": untaxed,
        "amount_total": total,
        "formatted_amount_total": _shown(env, total),
        "formatted_amount_untaxed": _shown(env, untaxed),
        "groups_by_subtotal": {"Untaxed Amount": [group]} if tax else {},
        "subtotals": [{**subtotal, "formatted_amount": _shown(env, untaxed)}],
        "subtotals_order": ["Untaxed Amount"],
        "display_tax_base": False,
    }


def _move_label(env: Environment, row: Row) -> str:
    if row.get("state") == "draft" and row.get("name", "/") == "/":
        label = dict(_MOVE_TYPES).get(row.get("move_type", "entry"), "Entry")
        label = {"Customer Invoice": "Invoice", "Vendor Bill": "Bill"}.get(label, label)
        return f"Draft {label} (* {row['id']})"
    return str(row.get("name") or "/")


def _status(env: Environment, row: Row) -> str:
    return str(row["payment_state"] if row.get("state") == "posted" else row.get("state"))


def _is_product_line(row: Row) -> bool:
    return row.get("display_type") in ("product", "line_section", "line_note")


_MOVE: dict[str, Field] = {
    "name": char("Number", copied=False, default="/"),
    "ref": char("Reference", copied=False),
    "date": date("Date", required=True, copied=False),
    "state": choice("Status", *_STATES, default="draft", required=True, copied=False),
    "move_type": choice("Type", *_MOVE_TYPES, default="entry", required=True),
    "journal_id": many2one("Journal", "account.journal", required=True),
    "company_id": many2one("Company", "res.company", default_of=lambda env: env.company_id),
    "partner_id": many2one("Partner", "res.partner", ondelete="restrict"),
    "commercial_partner_id": many2one(
        "Commercial Entity", "res.partner", readonly=True, copied=False
    ),
    "currency_id": many2one("Currency", "res.currency", required=True, default=1),
    "line_ids": one2many("Journal Items", "account.move.line", "move_id"),
    "invoice_line_ids": one2many(
        "Invoice lines", "account.move.line", "move_id", copied=True, admits=_is_product_line
    ),
    "invoice_date": date("Invoice/Bill Date", copied=False),
    "invoice_date_due": date("Due Date", copied=False),
    "invoice_payment_term_id": many2one("Payment Terms", "account.payment.term"),
    "invoice_user_id": many2one("Salesperson", "res.users", default_of=lambda env: env.uid),
    "invoice_origin": char("Origin"),
    "payment_reference": char("Payment Reference", copied=False),
    "narration": html("Terms and Conditions"),
    "team_id": many2one("Sales Team", "crm.team"),
    "amount_untaxed": monetary("Untaxed Amount", readonly=True, copied=False),
    "amount_tax": monetary("Tax", readonly=True, copied=False),
    "amount_total": monetary("Total", readonly=True, copied=False),
    "amount_residual": monetary("Amount Due", readonly=True, copied=False),
    "amount_untaxed_signed": monetary("Untaxed Amount Signed", readonly=True, copied=False),
    "amount_tax_signed": monetary("Tax Signed", readonly=True, copied=False),
    "amount_total_signed": monetary("Total Signed", readonly=True, copied=False),
    "amount_residual_signed": monetary("Amount Due Signed", readonly=True, copied=False),
    "payment_state": choice(
        "Payment Status",
        *_PAYMENT,
        readonly=True,
        copied=False,
        default="not_paid",
        selection_by_version={18: (*_PAYMENT, ("blocked", "Blocked"))},
    ),
    "status_in_payment": computed("selection", "Status In Payment", _status, since=18),
    "reversed_entry_id": many2one("Reversal of", "account.move", copied=False),
    "is_move_sent": boolean("Is Move Sent", copied=False),
    "tax_totals": computed("json", "Invoice Totals", _tax_totals, since=16),
    "invoice_payments_widget": computed("json", "Payments", lambda env, row: False),
    "matched_payment_ids": computed(
        "many2many",
        "Payments",
        lambda env, row: [
            payment["id"]
            for payment in env.rows("account.payment").values()
            if row["id"] in payment.get("move_ids", ())
        ],
        relation="account.payment",
        since=18,
    ),
    **ACTIVITIES,
    **CHATTER,
}

_LINE: dict[str, Field] = {
    "move_id": many2one("Journal Entry", "account.move", required=True, ondelete="cascade"),
    "move_name": char("Number", readonly=True, copied=False),
    "sequence": integer("Sequence", default=10),
    "account_id": many2one("Account", "account.account", ondelete="restrict"),
    "partner_id": many2one("Partner", "res.partner", copied=False),
    "name": char("Label"),
    "display_type": choice(
        "Display Type",
        ("product", "Product"),
        ("tax", "Tax"),
        ("payment_term", "Payment Term"),
        ("line_section", "Section"),
        ("line_note", "Note"),
    ),
    "product_id": many2one("Product", "product.product", ondelete="restrict"),
    "product_uom_id": many2one("Unit of Measure", "uom.uom"),
    "quantity": number("Quantity", default=1.0),
    "price_unit": number("Unit Price"),
    "discount": number("Discount (%)"),
    "tax_ids": many2many("Taxes", "account.tax"),
    "price_subtotal": monetary("Subtotal", readonly=True, copied=False),
    "price_total": monetary("Total", readonly=True, copied=False),
    "debit": monetary("Debit", "company_currency_id"),
    "credit": monetary("Credit", "company_currency_id"),
    "balance": monetary("Balance", "company_currency_id"),
    "amount_currency": monetary("Amount in Currency"),
    "currency_id": many2one("Currency", "res.currency", copied=False),
    "company_currency_id": computed(
        "many2one", "Company Currency", lambda env, row: 1, relation="res.currency"
    ),
    "company_id": many2one("Company", "res.company", copied=False),
    "journal_id": many2one("Journal", "account.journal", copied=False),
    "date": date("Date", copied=False),
    "date_maturity": date("Due Date", copied=False),
    "reconciled": boolean("Reconciled", readonly=True, copied=False),
    "full_reconcile_id": integer("Matching", readonly=True, copied=False),
    "parent_state": choice("Status", *_STATES, readonly=True, copied=False),
}

MODELS: tuple[Model, ...] = (
    Model(
        "account.account",
        "Account",
        {
            "name": char("Account Name", required=True),
            "code": char("Code", required=True, size=64),
            "account_type": char("Type", since=16),
            "reconcile": boolean("Allow Reconciliation"),
            "currency_id": many2one("Account Currency", "res.currency"),
            "company_id": many2one("Company", "res.company", until=17, default=1),
        },
        order="code",
        access={**SETUP, "base.group_portal": "r"},
        display=lambda env, row: f"{row['code']} {row['name']}",
        modules="account",
    ),
    Model(
        "account.tax",
        "Tax",
        {
            "name": char("Tax Name", required=True),
            "amount": number("Amount", required=True),
            "amount_type": char("Tax Computation", default="percent"),
            "type_tax_use": choice(
                "Tax Type", ("sale", "Sales"), ("purchase", "Purchases"), default="sale"
            ),
            "active": boolean("Active", default=True),
            "company_id": many2one("Company", "res.company", default=1),
        },
        order="id",
        access=SETUP,
        modules="account",
    ),
    Model(
        "account.journal",
        "Journal",
        {
            "name": char("Journal Name", required=True),
            "code": char("Short Code", required=True, size=5),
            "type": choice(
                "Type",
                ("sale", "Sales"),
                ("purchase", "Purchase"),
                ("cash", "Cash"),
                ("bank", "Bank"),
                ("general", "Miscellaneous"),
                required=True,
            ),
            "active": boolean("Active", default=True),
            "sequence": integer("Sequence", default=10),
            "currency_id": many2one("Currency", "res.currency"),
            "company_id": many2one("Company", "res.company", required=True, default=1),
        },
        order="sequence, type, code",
        access=SETUP,
        modules="account",
    ),
    Model(
        "account.payment.term",
        "Payment Terms",
        {
            "name": char("Payment Terms", required=True, translate=True),
            "active": boolean("Active", default=True),
            "note": html("Description on the Invoice"),
            "sequence": integer("Sequence", default=10),
        },
        order="sequence, id",
        access=SETUP,
        modules="account",
    ),
    Model(
        "account.move",
        "Journal Entry",
        _MOVE,
        order="date desc, name desc, invoice_date desc, id desc",
        access=ENTRIES,
        search_names=("ref",),
        display=_move_label,
        prepare=invoicing.move_prepare,
        changed=invoicing.move_changed,
        leaving=invoicing.move_leaving,
        modules="account, sale",
    ),
    Model(
        "account.move.line",
        "Journal Item",
        _LINE,
        order="date desc, move_name desc, id",
        access=ENTRIES,
        prepare=invoicing.line_prepare,
        changed=invoicing.line_changed,
        modules="account, sale",
    ),
    Model(
        "account.payment",
        "Payments",
        {
            "name": char(
                "Number",
                default_of=lambda env: (
                    f"PBNK1/{env.now.year}/{env.store.next_number('account.payment'):05d}"
                ),
            ),
            "payment_type": choice(
                "Payment Type", ("outbound", "Send"), ("inbound", "Receive"), default="inbound"
            ),
            "partner_type": choice(
                "Partner Type", ("customer", "Customer"), ("supplier", "Vendor"), default="customer"
            ),
            "partner_id": many2one("Customer/Vendor", "res.partner"),
            "amount": monetary("Amount"),
            "date": date("Date", required=True),
            "currency_id": many2one("Currency", "res.currency", default=1),
            "company_id": many2one("Company", "res.company", default=1),
            "ref": char("Reference", until=17),
            "memo": char("Memo", since=18),
            "state": choice(
                "Status",
                *_STATES,
                default="posted",
                selection_by_version={
                    18: (("draft", "Draft"), ("in_process", "In Process"), ("paid", "Paid"))
                },
                default_of=lambda env: "paid" if env.version >= 18 else "posted",
            ),
            "move_ids": many2many("Invoices", "account.move"),
        },
        order="date desc, name desc",
        access={BILLING: "rwcd"},
        modules="account",
    ),
    Model(
        "account.payment.register",
        "Pay",
        {
            "amount": monetary("Amount"),
            "payment_date": date("Payment Date", required=True),
            "partner_id": many2one("Customer/Vendor", "res.partner"),
            "journal_id": many2one("Journal", "account.journal"),
            "currency_id": many2one("Currency", "res.currency", default=1),
            "communication": text("Memo"),
            "group_payment": boolean("Group Payments"),
            "move_ids": many2many("Invoices", "account.move"),
        },
        access={BILLING: "rwc"},
        prepare=invoicing.wizard_prepare,
        transient=True,
        modules="account",
    ),
)
