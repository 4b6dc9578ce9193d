"""What existing apps send through `call_kw` and `call_method`, and the exact types they read."""

from __future__ import annotations

from typing import Any

from tests.factories.odoo import Company

PARTNER = "res.partner"


async def result(company: Company, method: str, *args: Any, **kwargs: Any) -> Any:
    answer = await company.call_kw(PARTNER, method, args, **kwargs)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert set(told) == {"success", "result"}
    assert told["success"] is True
    return told["result"]


async def test_search_read_keeps_the_domain_in_kwargs(everywhere: Company) -> None:
    created = await result(everywhere, "create", {"name": "Only me", "ref": "kw-domain"})
    rows = await result(
        everywhere,
        "search_read",
        domain=[["ref", "=", "kw-domain"]],
        fields=["name", "parent_id", "email", "partner_latitude"],
        limit=80,
        offset=0,
        order="id desc",
    )
    # values of Odoo as they are: false for an empty char or many2one, floats as floats
    assert rows == [
        {"id": created, "name": "Only me", "parent_id": False, "email": False}
        | {"partner_latitude": 0.0}
    ]
    assert type(rows[0]["partner_latitude"]) is float


async def test_the_life_of_a_record(everywhere: Company) -> None:
    created = await result(everywhere, "create", {"name": "Life", "is_company": True})
    assert type(created) is int
    assert await result(everywhere, "write", [created], {"city": "Riga"}) is True
    rows = await result(everywhere, "read", [created], fields=["name", "city", "country_id"])
    assert rows == [{"id": created, "name": "Life", "city": "Riga", "country_id": False}]
    assert await result(everywhere, "name_get", [created]) == [[created, "Life"]]
    copied = await result(everywhere, "copy", [created])
    assert type(copied) is int
    assert copied != created
    assert await result(everywhere, "unlink", [created, copied]) is True
    assert await result(everywhere, "search", [["id", "in", [created, copied]]]) == []


async def test_many_records_at_once(everywhere: Company) -> None:
    created = await result(everywhere, "create", [{"name": "One"}, {"name": "Two"}])
    assert [type(each) for each in created] == [int, int]


async def test_searching(everywhere: Company) -> None:
    ids = await result(everywhere, "search", [["is_company", "=", True]], limit=3, order="id")
    assert len(ids) == 3
    assert ids == sorted(ids)
    count = await result(everywhere, "search_count", [["is_company", "=", True]])
    assert type(count) is int
    assert count >= 3


async def test_describing(everywhere: Company) -> None:
    fields = await result(everywhere, "fields_get", allfields=["name", "parent_id"])
    assert set(fields) >= {"name", "parent_id"}
    assert fields["parent_id"]["relation"] == PARTNER


async def test_name_search_with_its_filter_called_args(everywhere: Company) -> None:
    created = await result(everywhere, "create", {"name": "Findable Ltd", "is_company": True})
    other = await result(everywhere, "create", {"name": "Findable Person"})
    found = await result(
        everywhere, "name_search", "Findable", args=[["is_company", "=", True]], limit=10
    )
    assert [created, "Findable Ltd"] in found
    assert other not in [pair[0] for pair in found]


async def test_nothing_is_written_out_as_null(everywhere: Company) -> None:
    created = await result(everywhere, "create", {"name": "To archive"})
    answer = await everywhere.call_kw(PARTNER, "action_archive", [[created]])
    assert answer.status_code == 200, answer.text
    told = answer.json()
    # presence of the key decides success in existing apps
    assert "result" in told
    rows = await result(everywhere, "read", [created], fields=["active"])
    assert rows[0]["active"] is False


async def test_an_action_passes_through(everywhere: Company) -> None:
    ids = await result(everywhere, "search", [["is_company", "=", True]], limit=1)
    action = await result(everywhere, "open_commercial_entity", ids)
    assert action["type"] == "ir.actions.act_window"
    assert action["res_id"] == ids[0]


async def test_context_travels_in_kwargs_or_beside_them(everywhere: Company) -> None:
    created = await result(
        everywhere, "create", {"name": "Mail", "email": "m@example.com", "ref": "ctx"}
    )
    shown = {"show_email": True}
    domain = [["id", "=", created]]
    within = await result(
        everywhere, "search_read", domain=domain, fields=["display_name"], context=shown
    )
    body = {
        "model": PARTNER,
        "method": "search_read",
        "args": [],
        "kwargs": {"domain": domain, "fields": ["display_name"]},
        "context": shown,
    }
    beside = await everywhere.ask("call_kw", body)
    without = await result(everywhere, "search_read", domain=domain, fields=["display_name"])
    assert within == beside == [{"id": created, "display_name": "Mail <m@example.com>"}]
    assert without[0]["display_name"] == "Mail"


async def test_call_method_puts_ids_before_the_arguments(everywhere: Company) -> None:
    created = await result(everywhere, "create", {"name": "Button"})
    body = {"model": PARTNER, "method": "write", "ids": [created], "args": [{"city": "Oslo"}]}
    assert await everywhere.ask("call_method", body) is True
    read = {
        "model": PARTNER,
        "method": "read",
        "ids": [created],
        "kwargs": {"fields": ["city", "display_name"]},
        "context": {"show_email": True},
    }
    assert await everywhere.ask("call_method", read) == [
        {"id": created, "city": "Oslo", "display_name": "Button"}
    ]


async def test_buttons_of_a_document(everywhere: Company) -> None:
    partner = await result(everywhere, "create", {"name": "Buyer"})
    values = {"partner_id": partner}
    order = await everywhere.ask("create", {"model": "sale.order", "values": values})
    await everywhere.ask("action_confirm", {"model": "sale.order", "ids": [order]})
    read = {"model": "sale.order", "ids": [order], "fields": ["state"]}
    assert (await everywhere.ask("read", read))[0]["state"] == "sale"
    body = {"model": "sale.order", "method": "action_cancel", "ids": [order]}
    await everywhere.ask("call_method", body)
    assert (await everywhere.ask("read", read))[0]["state"] == "cancel"
