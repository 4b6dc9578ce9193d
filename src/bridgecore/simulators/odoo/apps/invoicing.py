"""Invoicing: journal entries, invoices with their lines, payments."""

from __future__ import annotations

from datetime import date
from typing import Any

from bridgecore.simulators.odoo.errors import UserError
from bridgecore.simulators.odoo.orm import access, periods, records
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import Row
from bridgecore.simulators.odoo.orm.model import Method, Model, on_records

from .taxes import tax_amount

SALE_TYPES = ("out_invoice", "out_refund", "out_receipt")
PURCHASE_TYPES = ("in_invoice", "in_refund", "in_receipt")
PREFIXES = {
    "out_invoice": "INV",
    "out_refund": "RINV",
    "in_invoice": "BILL",
    "in_refund": "RBILL",
    "entry": "MISC",
    "out_receipt": "INV",
    "in_receipt": "BILL",
}


def sign(move_type: str) -> int:
    """+1 where the amount is owed to the company or it pays back, else -1."""
    return -1 if move_type in ("out_refund", "in_invoice", "in_receipt") else 1


def move_prepare(env: Environment, vals: Row) -> None:
    """Journal, date and terms of a new entry."""
    kind = str(vals.get("move_type") or "entry")
    wanted = "sale" if kind in SALE_TYPES else "purchase" if kind in PURCHASE_TYPES else "general"
    if not vals.get("journal_id"):
        journals = [j["id"] for j in env.rows("account.journal").values() if j["type"] == wanted]
        vals["journal_id"] = journals[0] if journals else False
    vals.setdefault("date", vals.get("invoice_date") or periods.day(env))
    if kind != "entry" and not vals.get("invoice_payment_term_id"):
        partner = env.rows("res.partner").get(vals.get("partner_id") or 0, {})
        vals["invoice_payment_term_id"] = partner.get("property_payment_term_id", False)
    if "invoice_line_ids" in vals and "line_ids" in vals:
        vals["line_ids"] = []


def line_prepare(env: Environment, vals: Row) -> None:
    """Name, price, taxes and account of a new line."""
    product = env.rows("product.product").get(vals.get("product_id") or 0)
    if product:
        template = env.rows("product.template")[product["product_tmpl_id"]]
        vals.setdefault("name", env.label_of("product.product", product["id"]))
        vals.setdefault("price_unit", template.get("list_price", 0.0))
        vals.setdefault("tax_ids", [(6, 0, list(template.get("taxes_id", ())))])
    vals.setdefault("display_type", "product")
    if not vals.get("account_id"):
        move = env.rows("account.move").get(vals.get("move_id") or 0, {})
        sale = move.get("move_type") in SALE_TYPES
        vals["account_id"] = env.reference("account.income" if sale else "account.expense")


def line_changed(env: Environment, ids: list[int], names: set[str]) -> None:
    """The entry follows its lines."""
    if env.context.get("_balancing"):
        return
    rows = env.rows("account.move.line")
    for move in {rows[key]["move_id"] for key in ids if key in rows}:
        balance(env, move)


def move_changed(env: Environment, ids: list[int], names: set[str]) -> None:
    """Amounts, due date and state of entries follow their lines and payments."""
    for key in ids:
        balance(env, key)


def _due(env: Environment, move: Row) -> str | None:
    start = move.get("invoice_date") or (
        move.get("date") if move.get("state") == "posted" else None
    )
    if not start:
        return str(move["invoice_date_due"]) if move.get("invoice_date_due") else None
    term = env.rows("account.payment.term").get(move.get("invoice_payment_term_id", 0))
    if term is None:
        return str(move.get("invoice_date_due") or start)
    due = periods.parse(start).toordinal() + int(term.get("_days", 0))
    return date.fromordinal(due).isoformat()


def balance(env: Environment, key: int) -> None:
    """Bring the tax and due lines, totals and payment state in line with the product lines."""
    env = env.sudo(_balancing=True)
    move = env.rows("account.move")[key]
    table = env.store.tables["account.move.line"]
    kind = str(move.get("move_type", "entry"))
    lines = [table.rows[i] for i in sorted(table.linked("move_id", key))]
    if kind == "entry":
        total = round(sum(line.get("debit", 0.0) for line in lines), 2)
        records.stamp(env, env.model("account.move"), key, amount_total=total)
        return
    direction = -sign(kind)
    untaxed = tax = 0.0
    for line in [line for line in lines if line.get("display_type") == "product"]:
        price = line.get("price_unit", 0.0) * (1 - line.get("discount", 0.0) / 100)
        subtotal = round(line.get("quantity", 0.0) * price, 2)
        extra = tax_amount(env, line.get("tax_ids", ()), subtotal)
        untaxed, tax = untaxed + subtotal, tax + extra
        amounts: Row = {"price_subtotal": subtotal, "price_total": round(subtotal + extra, 2)}
        _post(env, line["id"], move, direction * subtotal, **amounts)
    untaxed, tax = round(untaxed, 2), round(tax, 2)
    total = round(untaxed + tax, 2)
    due = _due(env, move)
    _dynamic(env, lines, move, "tax", direction * tax, name="Tax", account="account.tax_payable")
    side = "account.receivable" if kind in SALE_TYPES else "account.payable"
    _dynamic(env, lines, move, "payment_term", -direction * total, account=side, due=due)
    paid = min(round(move.get("_paid", 0.0), 2), total)
    residual = round(total - paid, 2) if move.get("state") != "cancel" else 0.0
    rate = env.rows("res.currency").get(move.get("currency_id", 1), {}).get("_rate", 1.0)
    signed = sign(kind) / rate
    partner = env.rows("res.partner").get(move.get("partner_id", 0), {})
    facts: Row = {
        "amount_untaxed": untaxed,
        "amount_tax": tax,
        "amount_total": total,
        "amount_residual": residual,
        "amount_untaxed_signed": round(untaxed * signed, 2),
        "amount_tax_signed": round(tax * signed, 2),
        "amount_total_signed": round(total * signed, 2),
        "amount_residual_signed": round(residual * signed, 2),
        "invoice_date_due": due,
        "commercial_partner_id": partner.get("commercial_partner_id"),
        "payment_state": payment_state(move, total, residual),
    }
    records.stamp(env, env.model("account.move"), key, **facts)


def payment_state(move: Row, total: float, residual: float) -> str:
    """How far an invoice is paid."""
    if move.get("state") != "posted":
        return "not_paid"
    if move.get("_reversed"):
        return "reversed"
    if residual <= 0:
        return "paid" if total > 0 or move.get("_paid") else "not_paid"
    return "partial" if residual < total else "not_paid"


def _post(env: Environment, key: int, move: Row, amount: float, **more: Any) -> None:
    amount = round(amount, 2)
    facts: Row = {
        "balance": amount,
        "debit": max(amount, 0.0),
        "credit": max(-amount, 0.0),
        "amount_currency": amount,
        "partner_id": move.get("partner_id"),
        "currency_id": move.get("currency_id"),
        "company_id": move.get("company_id"),
        "journal_id": move.get("journal_id"),
        "date": move.get("date"),
        "move_name": move.get("name"),
        "parent_state": move.get("state"),
        **more,
    }
    records.stamp(env, env.model("account.move.line"), key, **facts)


def _dynamic(
    env: Environment,
    lines: list[Row],
    move: Row,
    kind: str,
    amount: float,
    *,
    account: str,
    name: str | None = None,
    due: str | None = None,
) -> None:
    model = env.model("account.move.line")
    held = [line["id"] for line in lines if line.get("display_type") == kind]
    if kind == "tax" and not amount:
        records.unlink(env, model, held)
        return
    if not held:
        vals: Row = {"move_id": move["id"], "display_type": kind, "quantity": 0.0}
        vals["account_id"] = env.reference(account)
        held = records.create(env, model, [vals])
    paid = kind == "payment_term" and abs(amount) > 0 and move.get("_paid", 0.0) >= abs(amount)
    _post(env, held[0], move, amount, name=name, date_maturity=due, reconciled=paid)


def action_post(env: Environment, model: Model, ids: list[int]) -> bool:
    """Give drafts their number and make them count; false, as Odoo answers."""
    access.check_records(env, model, ids, "write")
    for key in ids:
        row = env.rows(model.name)[key]
        kind = str(row.get("move_type", "entry"))
        if row.get("state") != "draft":
            raise UserError(f"The entry {row.get('name')} (id {key}) must be in draft.")
        lines = env.store.tables["account.move.line"].linked("move_id", key)
        if not lines:
            raise UserError("You need to add a line before posting.")
        if kind != "entry" and not row.get("partner_id"):
            raise _no_partner(env, kind)
        vals: Row = {"state": "posted"}
        if kind != "entry" and not row.get("invoice_date"):
            if kind in PURCHASE_TYPES:
                raise UserError("The Bill/Refund date is required to validate this document.")
            vals["invoice_date"] = periods.day(env)
        day = str(vals.get("invoice_date") or row.get("invoice_date") or row.get("date"))
        vals["date"] = day
        if row.get("name", "/") in ("/", False):
            prefix = f"{PREFIXES[kind]}/{day[:4]}"
            vals["name"] = f"{prefix}/{env.store.next_number(f'account.move.{prefix}'):05d}"
        vals["payment_reference"] = row.get("payment_reference") or vals.get(
            "name", row.get("name")
        )
        records.write(env, model, [key], vals)
        _rank(env, row, kind)
    return False


def _rank(env: Environment, move: Row, kind: str) -> None:
    name = "customer_rank" if kind in SALE_TYPES else "supplier_rank"
    partner = env.rows("res.partner").get(move.get("partner_id", 0))
    if partner and kind != "entry" and not env.context.get("_quiet"):
        rank = partner.get(name, 0) + 1
        records.write(env.sudo(), env.model("res.partner"), [partner["id"]], {name: rank})


def _no_partner(env: Environment, kind: str) -> UserError:
    sale = kind in SALE_TYPES
    if env.version >= 19:
        if sale:
            return UserError(
                "The 'Customer' field is required to validate the invoice.\nYou probably don't "
                "want to explain to your auditor that you invoiced an invisible man :)"
            )
        return UserError("The field 'Vendor' is required, please complete it to validate the bill.")
    who, what = ("Customer", "Customer Invoice") if sale else ("Vendor", "Vendor Bill")
    return UserError(f"The field '{who}' is required, please complete it to validate the {what}.")


def button_draft(env: Environment, model: Model, ids: list[int]) -> None:
    """Posted and cancelled entries become drafts; their payments come loose."""
    access.check_records(env, model, ids, "write")
    rows = env.rows(model.name)
    if any(rows[key].get("state") not in ("posted", "cancel") for key in ids):
        raise UserError("Only posted/cancelled journal entries can be reset to draft.")
    for key in ids:
        env.store.put(model.name, key, {k: v for k, v in rows[key].items() if k != "_paid"})
    records.write(env, model, ids, {"state": "draft"})


def button_cancel(env: Environment, model: Model, ids: list[int]) -> None:
    """Drafts will not be posted."""
    access.check_records(env, model, ids, "write")
    records.write(env, model, ids, {"state": "cancel"})


def move_leaving(env: Environment, ids: list[int]) -> None:
    """A posted entry is never deleted."""
    rows = env.rows("account.move")
    if any(rows[key].get("state") == "posted" for key in ids):
        raise UserError(
            "You can't delete a posted journal item. Don’t play games with your accounting "
            "records; reset the journal entry to draft before deleting it."
        )


def action_register_payment(env: Environment, model: Model, ids: list[int]) -> Any:
    """The action that opens the payment wizard."""
    access.check_records(env, model, ids, "read")
    return {
        "name": "Register Payment" if env.version < 18 else "Pay",
        "res_model": "account.payment.register",
        "view_mode": "form",
        "views": [[False, "form"]],
        "context": {"active_model": "account.move", "active_ids": ids},
        "target": "new",
        "type": "ir.actions.act_window",
    }


def wizard_prepare(env: Environment, vals: Row) -> None:
    """The wizard takes the entries of the context and proposes what is open."""
    ids = list(env.context.get("active_ids") or [])
    if env.context.get("active_model") != "account.move" or not ids:
        raise UserError(
            "The register payment wizard should only be called on account.move or "
            "account.move.line records."
        )
    rows = env.rows("account.move")
    open_ones = [rows[i] for i in ids if i in rows and rows[i].get("state") == "posted"]
    residual = round(sum(row.get("amount_residual", 0.0) for row in open_ones), 2)
    if not residual:
        raise UserError(
            "You can't register a payment because there is nothing left to pay on the selected "
            "journal items."
        )
    vals["move_ids"] = [(6, 0, [row["id"] for row in open_ones])]
    vals.setdefault("amount", residual)
    vals.setdefault("partner_id", open_ones[0].get("partner_id"))
    vals.setdefault("payment_date", periods.day(env))


def action_create_payments(env: Environment, model: Model, ids: list[int]) -> Any:
    """Pay the wizard's invoices, oldest due first, and open the payment."""
    su = env.sudo()
    payment = 0
    for key in ids:
        row = env.rows(model.name)[key]
        payment = pay(
            su, list(row.get("move_ids", ())), row.get("amount", 0.0), row["payment_date"]
        )
    return {
        "name": "Payments",
        "type": "ir.actions.act_window",
        "res_model": "account.payment",
        "view_mode": "form",
        "res_id": payment,
        "context": {"create": False},
    }


def pay(env: Environment, moves: list[int], amount: float, day: str) -> int:
    """A payment spread over invoices by due date; its id."""
    rows = env.rows("account.move")
    ordered = sorted(moves, key=lambda key: (rows[key].get("invoice_date_due", ""), key))
    first = rows[ordered[0]]
    incoming = sign(str(first["move_type"])) > 0
    vals: Row = {
        "payment_type": "inbound" if incoming else "outbound",
        "partner_type": "customer" if first["move_type"] in SALE_TYPES else "supplier",
        "partner_id": first.get("commercial_partner_id") or first.get("partner_id"),
        "amount": amount,
        "date": day,
        "currency_id": first.get("currency_id", 1),
        "ref": first.get("name"),
        "memo": first.get("name"),
        "move_ids": [(6, 0, ordered)],
    }
    known = env.model("account.payment").fields
    vals = {name: value for name, value in vals.items() if name in known}
    payment = records.create(env, env.model("account.payment"), [vals])[0]
    left = amount
    for key in ordered:
        row = rows[key]
        part = min(left, row.get("amount_residual", 0.0))
        left = round(left - part, 2)
        if part > 0:
            paid = round(row.get("_paid", 0.0) + part, 2)
            touched = {"_paid": paid, "write_date": env.stamp, "write_uid": env.uid}
            env.store.put("account.move", key, {**row, **touched})
            balance(env, key)
    return payment


def action_reverse(env: Environment, model: Model, ids: list[int]) -> Any:
    """The action that opens the reversal wizard."""
    access.check_records(env, model, ids, "read")
    return {
        "name": "Credit Note",
        "type": "ir.actions.act_window",
        "res_model": "account.move.reversal",
        "view_mode": "form",
        "target": "new",
        "context": {"active_model": "account.move", "active_ids": ids},
    }


METHODS: tuple[Method, ...] = (
    on_records("account.move", action_post),
    on_records("account.move", button_draft),
    on_records("account.move", button_cancel),
    on_records("account.move", action_register_payment),
    on_records("account.move", action_reverse),
    on_records("account.payment.register", action_create_payments),
)
