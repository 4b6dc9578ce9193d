"""Thirteen months of trade: orders, deliveries, invoices, payments, late ones among them."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from bridgecore.simulators.odoo.apps import deliveries, invoicing, sales
from bridgecore.simulators.odoo.orm import periods, records

from .contacts import People
from .foundation import Seeder
from .names import PRODUCTS


def lay(seed: Seeder, rng: Random, people: People, now: datetime) -> None:
    """Orders spread over the past with a little growth, each carried as far as its age allows."""
    count = min(5_000, max(20, round(len(people.customers) * 3)))
    moments = sorted(now - timedelta(days=395 * (1 - rng.random() ** 0.8)) for _ in range(count))
    months: set[tuple[int, int]] = set()
    for when in moments:
        when = min(when, now - timedelta(minutes=5))
        if (when.year, when.month) not in months:
            months.add((when.year, when.month))
            _restock(seed, rng, people, when)
            _expenses(seed, rng, people, when, now)
        _order(seed, rng, people, when, now)
    seed.env.now = now


def _order(seed: Seeder, rng: Random, people: People, when: datetime, now: datetime) -> None:
    env = seed.env
    env.now = when
    customer = rng.choices(people.customers, people.weights)[0]
    seller = env.rows("res.partner")[customer].get("user_id", people.sellers[0])
    model = env.model("sale.order")
    lines = []
    for index in sorted(
        set(rng.choices(range(len(PRODUCTS)), [p[4] for p in PRODUCTS], k=rng.randint(1, 4)))
    ):
        quantity = float(rng.choice((1, 1, 2, 2, 3, 4, 6)))
        discount = rng.choice((0.0, 0.0, 0.0, 5.0, 10.0))
        line = {"product_id": index + 1, "product_uom_qty": quantity, "discount": discount}
        lines.append((0, 0, line))
    vals = {"partner_id": customer, "order_line": lines, "user_id": seller, "company_id": 1}
    vals["validity_date"] = (when + timedelta(days=30)).strftime(periods.DAYS)
    key = records.create(env, model, [vals])[0]
    age, chance = (now - when).days, rng.random()
    if chance < 0.12:
        if age > 40:
            sales.action_cancel(env, model, [key])
        return
    if chance < 0.2 or age < 1:
        records.write(env, model, [key], {"state": rng.choice(("draft", "sent"))})
        return
    sales.action_confirm(env, model, [key])
    records.write(env, model, [key], {"date_order": when.strftime(periods.SECONDS)})
    shipped = when + timedelta(days=rng.uniform(0.5, 4))
    if shipped < now and (age > 15 or rng.random() < 0.5):
        _ship(seed, key, shipped)
    billed = when + timedelta(days=rng.uniform(0.2, 5))
    if billed < now:
        _bill(seed, rng, key, billed, now)


def _ship(seed: Seeder, order: int, when: datetime) -> None:
    env = seed.env
    env.now = when
    table = env.store.tables["stock.picking"]
    for picking in sorted(table.linked("sale_id", order)):
        if table.rows[picking].get("state") == "assigned":
            deliveries.button_validate(env, env.model("stock.picking"), [picking])


def _bill(seed: Seeder, rng: Random, order: int, when: datetime, now: datetime) -> None:
    env = seed.env
    env.now = when
    row = env.rows("sale.order")[order]
    table = env.store.tables["sale.order.line"]
    taxes = sales.tax_field(env)
    lines = []
    for key in sorted(table.linked("order_id", order)):
        line = table.rows[key]
        vals = {name: line.get(name) for name in ("product_id", "name", "price_unit", "discount")}
        vals["quantity"] = line.get("product_uom_qty", 0.0)
        vals["tax_ids"] = [(6, 0, list(line.get(taxes, ())))]
        lines.append((0, 0, vals))
        sold = {"qty_invoiced": line.get("product_uom_qty", 0.0)}
        records.write(env, env.model("sale.order.line"), [key], sold)
    model = env.model("account.move")
    vals = {
        "move_type": "out_invoice",
        "partner_id": row["partner_invoice_id"],
        "invoice_origin": row["name"],
        "invoice_date": when.strftime(periods.DAYS),
        "invoice_user_id": row.get("user_id"),
        "invoice_line_ids": lines,
        "company_id": 1,
    }
    move = records.create(env, model, [vals])[0]
    if rng.random() < 0.03:
        return
    invoicing.action_post(env, model, [move])
    _collect(seed, rng, move, now)


def _collect(seed: Seeder, rng: Random, move: int, now: datetime) -> None:
    env = seed.env
    row = env.rows("account.move")[move]
    due = periods.parse(row["invoice_date_due"]).replace(tzinfo=now.tzinfo)
    chance = rng.random()
    if chance < 0.09:
        return
    paid = due + timedelta(days=rng.gauss(2, 9))
    paid = max(paid, periods.parse(row["invoice_date"]).replace(tzinfo=now.tzinfo))
    if paid >= now:
        return
    env.now = paid
    share = rng.choice((0.3, 0.5)) if chance < 0.16 else 1.0
    amount = round(row["amount_residual"] * share, 2)
    invoicing.pay(env, [move], amount, paid.strftime(periods.DAYS))


def _restock(seed: Seeder, rng: Random, people: People, when: datetime) -> None:
    env = seed.env
    env.now = when
    model = env.model("stock.picking")
    wanted = rng.sample(range(1, len(PRODUCTS) - 2), k=6)
    moves = [
        (0, 0, {"product_id": p, "product_uom_qty": float(PRODUCTS[p - 1][4])}) for p in wanted
    ]
    vals = {
        "picking_type_id": env.reference("stock.picking_type_in"),
        "partner_id": rng.choice(people.vendors),
        "scheduled_date": when.strftime(periods.SECONDS),
        "move_ids": moves,
    }
    key = records.create(env, model, [vals])[0]
    deliveries.action_confirm(env, model, [key])
    deliveries.button_validate(env, model, [key])


def _expenses(seed: Seeder, rng: Random, people: People, when: datetime, now: datetime) -> None:
    env = seed.env
    env.now = when
    model = env.model("account.move")
    taxes = [(6, 0, [env.reference("account.purchase_tax")])]
    line = {"name": "Goods", "price_unit": float(rng.randint(20, 90) * 100), "tax_ids": taxes}
    vals = {
        "move_type": "in_invoice",
        "partner_id": rng.choice(people.vendors),
        "invoice_date": when.strftime(periods.DAYS),
        "ref": f"V{rng.randint(1000, 9999)}",
        "invoice_line_ids": [(0, 0, line)],
        "company_id": 1,
    }
    move = records.create(env, model, [vals])[0]
    invoicing.action_post(env, model, [move])
    _collect(seed, rng, move, now)
