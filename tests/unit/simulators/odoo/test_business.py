"""Business methods: what they change, what they refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from .conftest import OdooError, Rpc


async def test_an_order_from_quotation_to_delivery(rpc: Rpc) -> None:
    taxes = "tax_ids" if rpc.simulator.version == 19 else "tax_id"
    lines = [[0, 0, {"product_id": 1, "product_uom_qty": 2, "price_unit": 100.0, "discount": 10}]]
    order = await rpc.call("sale.order", "create", {"partner_id": 8, "order_line": lines})
    fields = ["name", "state", "amount_untaxed", "amount_tax", "amount_total", "invoice_status"]
    [row] = await rpc.call("sale.order", "read", [order], fields=fields)
    assert row["amount_untaxed"] == 180.0
    assert row["amount_tax"] == 27.0
    assert row["amount_total"] == 207.0
    assert (row["state"], row["invoice_status"]) == ("draft", "no")
    [before] = await rpc.call("product.product", "read", [1], fields=["qty_available"])
    assert await rpc.call("sale.order", "action_confirm", [order]) is True
    [row] = await rpc.call("sale.order", "read", [order], fields=[*fields, "picking_ids"])
    assert (row["state"], row["invoice_status"]) == ("sale", "to invoice")
    [picking] = row["picking_ids"]
    assert await rpc.call("stock.picking", "button_validate", [picking]) is True
    [after] = await rpc.call("product.product", "read", [1], fields=["qty_available"])
    assert after["qty_available"] == before["qty_available"] - 2
    domain = [["order_id", "=", order]]
    [line] = await rpc.call(
        "sale.order.line", "search_read", domain, fields=["qty_delivered", taxes]
    )
    assert line["qty_delivered"] == 2.0
    assert line[taxes] == [1]
    with pytest.raises(OdooError, match="not in a state requiring confirmation"):
        await rpc.call("sale.order", "action_confirm", [order])
    with pytest.raises(OdooError, match="can not delete a sent quotation"):
        await rpc.call("sale.order", "unlink", [order])
    assert await rpc.call("sale.order", "action_cancel", [order]) is True
    assert await rpc.call("sale.order", "action_draft", [order]) is True


async def test_an_invoice_is_paid_in_two_parts(rpc: Rpc) -> None:
    lines = [[0, 0, {"name": "Work", "quantity": 2, "price_unit": 50.0, "tax_ids": [[6, 0, [1]]]}]]
    vals = {"move_type": "out_invoice", "partner_id": 8, "invoice_line_ids": lines}
    move = await rpc.call("account.move", "create", vals)
    await rpc.call("account.move", "action_post", [move])
    fields = ["name", "amount_total", "amount_residual", "payment_state", "write_date", "line_ids"]
    [row] = await rpc.call("account.move", "read", [move], fields=fields)
    assert row["name"].startswith(f"INV/{datetime.now(UTC).year}/")
    assert (row["amount_total"], row["payment_state"]) == (115.0, "not_paid")
    items = await rpc.call("account.move.line", "read", row["line_ids"], fields=["debit", "credit"])
    assert sum(i["debit"] for i in items) == sum(i["credit"] for i in items) == 115.0
    context = {"active_model": "account.move", "active_ids": [move]}
    for amount, residual, state in ((15.0, 100.0, "partial"), (100.0, 0.0, "paid")):
        values = {"amount": amount}
        wizard = await rpc.call("account.payment.register", "create", values, context=context)
        action = await rpc.call("account.payment.register", "action_create_payments", [wizard])
        assert action["res_model"] == "account.payment"
        [row] = await rpc.call("account.move", "read", [move], fields=fields)
        assert (row["amount_residual"], row["payment_state"]) == (residual, state)
    with pytest.raises(OdooError, match="nothing left to pay"):
        await rpc.call("account.payment.register", "create", {}, context=context)


async def test_leads_are_won_and_lost(rpc: Rpc) -> None:
    won, lost = await rpc.call(
        "crm.lead", "create", [{"name": "W", "expected_revenue": 100}, {"name": "L"}]
    )
    await rpc.call("crm.lead", "action_set_won", [won])
    await rpc.call("crm.lead", "action_set_lost", [lost], lost_reason_id=1)
    fields = ["active", "probability", "stage_id", "date_closed", "prorated_revenue"]
    rows = await rpc.call("crm.lead", "read", [won, lost], fields=fields)
    assert rows[0]["probability"] == 100.0
    assert rows[0]["stage_id"][1] == "Won"
    assert rows[0]["prorated_revenue"] == 100.0
    assert rows[0]["date_closed"]
    assert (rows[1]["active"], rows[1]["probability"]) == (False, 0.0)
    assert await rpc.call("crm.lead", "search", [["id", "=", lost]]) == []
    archived = {"active_test": False}
    assert await rpc.call("crm.lead", "search", [["id", "=", lost]], context=archived) == [lost]


async def test_a_done_activity_ends_as_the_version_has_it(rpc: Rpc) -> None:
    due = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d")
    [azure] = await rpc.call("res.partner", "search", [["name", "=", "Azure Interior"]])
    await rpc.call("res.partner", "activity_schedule", [azure], date_deadline=due, summary="Call")
    domain = [["res_model", "=", "res.partner"], ["res_id", "=", azure], ["summary", "=", "Call"]]
    [row] = await rpc.call("mail.activity", "search_read", domain, fields=["state", "res_name"])
    assert row["state"] == "overdue"
    assert row["res_name"] == "Azure Interior"
    message = await rpc.call("mail.activity", "action_feedback", [row["id"]], feedback="ok")
    [posted] = await rpc.call("mail.message", "read", [message], fields=["body", "res_id"])
    assert "ok" in posted["body"]
    assert posted["res_id"] == azure
    left = await rpc.call("mail.activity", "search", [*domain, ["active", "in", [True, False]]])
    assert bool(left) is (rpc.simulator.version == 19)


async def test_renamed_fields_follow_the_version(rpc: Rpc) -> None:
    modern = rpc.simulator.version == 19
    partner = await rpc.call("res.partner", "fields_get", attributes=["type"])
    user = await rpc.call("res.users", "fields_get", attributes=["type"])
    line = await rpc.call("sale.order.line", "fields_get", attributes=["type"])
    assert ("mobile" in partner) is not modern
    assert ("group_ids" in user, "groups_id" in user) == (modern, not modern)
    assert ("tax_ids" in line, "tax_id" in line) == (modern, not modern)
    assert ("product_uom_id" in line, "product_uom" in line) == (modern, not modern)


async def test_an_order_that_is_no_text_is_refused_as_python_would(rpc: Rpc) -> None:
    with pytest.raises(OdooError, match="'bool' object has no attribute 'split'") as refused:
        await rpc.call("res.partner", "read_group", [], ["id"], ["country_id"], orderby=True)
    assert refused.value.name == "builtins.AttributeError"


async def test_groups_add_up_to_the_whole(rpc: Rpc) -> None:
    posted = [["state", "=", "posted"], ["move_type", "=", "out_invoice"]]
    rows = await rpc.call("account.move", "search_read", posted, fields=["amount_total"])
    total = round(sum(row["amount_total"] for row in rows), 2)
    groups = await rpc.call(
        "account.move", "read_group", posted, ["amount_total:sum"], ["invoice_date:month"]
    )
    assert round(sum(group["amount_total"] for group in groups), 2) == total
    assert sum(group["invoice_date_count"] for group in groups) == len(rows)
    for group in groups:
        count = await rpc.call("account.move", "search_count", group["__domain"])
        assert count == group["invoice_date_count"]
    if rpc.simulator.version == 19:
        modern = await rpc.call(
            "account.move",
            "formatted_read_group",
            posted,
            ["invoice_date:month"],
            ["__count", "amount_total:sum"],
        )
        assert [group["__count"] for group in modern] == [g["invoice_date_count"] for g in groups]


async def test_the_demo_company_gives_metrics_something_to_say(rpc: Rpc) -> None:
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    invoices = [["move_type", "=", "out_invoice"], ["state", "=", "posted"]]
    late = [
        *invoices,
        ["payment_state", "in", ["not_paid", "partial"]],
        ["invoice_date_due", "<", today],
    ]
    assert await rpc.call("account.move", "search_count", late) > 3
    assert (
        await rpc.call("account.move", "search_count", [*invoices, ["payment_state", "=", "paid"]])
        > 20
    )
    months = await rpc.call(
        "sale.order", "read_group", [["state", "=", "sale"]], ["amount_total"], ["date_order:month"]
    )
    assert len(months) >= 12
    everything = {"active_test": False}
    lost = [["probability", "=", 0], ["active", "=", False]]
    assert await rpc.call("crm.lead", "search_count", lost, context=everything) > 3
    assert await rpc.call("crm.lead", "search_count", [["stage_id.is_won", "=", True]]) > 5
    assert {
        await rpc.call("mail.activity", "search_count", [["date_deadline", op, today]]) > 0
        for op in ("<", "=", ">")
    } == {True}
