"""Domains and the comparison of times, where the versions differ most."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import OdooError, Rpc


async def names(rpc: Rpc, domain: list[Any], **options: Any) -> list[str]:
    found = await rpc.call("res.partner", "search_read", domain, fields=["name"], **options)
    return [row["name"] for row in found]


@pytest.mark.parametrize(
    ("operator", "in_17", "in_19"),
    [
        (">", True, False),
        (">=", True, True),
        ("=", False, True),
        ("<=", False, True),
        ("<", False, False),
    ],
)
async def test_a_time_read_back_compares_as_the_version_does(
    rpc: Rpc, operator: str, in_17: bool, in_19: bool
) -> None:
    key = await rpc.call("res.partner", "create", {"name": "Boundary"})
    stored = rpc.simulator.databases["acme"].store.tables["res.partner"].rows[key]["write_date"]
    assert not stored.endswith(".000000"), "the odds are one in a million"
    [row] = await rpc.call("res.partner", "read", [key], fields=["write_date"])
    domain = [["id", "=", key], ["write_date", operator, row["write_date"]]]
    expected = in_19 if rpc.simulator.version == 19 else in_17
    assert bool(await rpc.call("res.partner", "search", domain)) is expected


async def test_prefix_notation_and_paths(rpc: Rpc) -> None:
    parent = await rpc.call(
        "res.partner",
        "create",
        {
            "name": "Quartz",
            "is_company": True,
            "country_id": 57,
            "child_ids": [[0, 0, {"name": "Ann"}], [0, 0, {"name": "Bob", "active": False}]],
        },
    )
    family = [["id", "child_of", parent]]
    assert await names(rpc, family, order="id") == ["Quartz", "Ann"]
    assert await names(rpc, [*family, ["active", "in", [True, False]]], order="id") == [
        "Quartz",
        "Ann",
        "Bob",
    ]
    assert await names(rpc, [["parent_id.country_id.code", "=", "DE"]]) == ["Ann"]
    assert await names(rpc, ["|", ["name", "=", "Ann"], ["name", "=", "Quartz"]]) == [
        "Quartz",
        "Ann",
    ]
    assert await names(rpc, ["&", ["id", "child_of", parent], "!", ["is_company", "=", True]]) == [
        "Ann"
    ]
    assert await names(rpc, [["parent_id", "ilike", "quart"]]) == ["Ann"]
    assert await names(rpc, [["child_ids", "any", [["name", "=", "Ann"]]]]) == ["Quartz"]
    assert await names(rpc, [["id", "parent_of", parent + 1]], order="id") == ["Quartz", "Ann"]


async def test_unset_values_and_lists(rpc: Rpc) -> None:
    ids = await rpc.call(
        "res.partner", "create", [{"name": "A", "ref": "one"}, {"name": "B"}, {"name": "C"}]
    )
    base = [["id", "in", ids]]
    assert await names(rpc, [*base, ["ref", "=", False]]) == ["B", "C"]
    assert await names(rpc, [*base, ["ref", "in", ["one", False]]]) == ["A", "B", "C"]
    assert await names(rpc, [*base, ["ref", "not in", ["one"]]]) == ["B", "C"]
    assert await names(rpc, [*base, ["ref", "!=", "one"]]) == ["B", "C"]
    assert await names(rpc, [*base, ["ref", "not ilike", "ON"]]) == ["B", "C"]
    assert await names(rpc, [*base, ["name", "=ilike", "a"]]) == ["A"]
    assert await names(rpc, [*base, ["ref", "=?", False]]) == ["A", "B", "C"]
    assert await names(rpc, base, order="ref desc, id desc") == ["C", "B", "A"]
    assert await names(rpc, base, order="ref desc nulls last, id", limit=1) == ["A"]


async def test_a_scalar_for_in_is_an_error_before_19(rpc: Rpc) -> None:
    if rpc.simulator.version == 19:
        assert await rpc.call("res.partner", "search_count", [["id", "in", 1]]) == 1
    else:
        with pytest.raises(OdooError) as caught:
            await rpc.call("res.partner", "search_count", [["id", "in", 1]])
        assert caught.value.name == "builtins.ValueError"


async def test_relative_dates_in_19(rpc: Rpc) -> None:
    if rpc.simulator.version == 17:
        with pytest.raises(OdooError):
            await rpc.call("res.partner", "search_count", [["create_date", ">", "-1d"]])
        return
    everyone = await rpc.call("res.partner", "search_count", [])
    recent = await rpc.call("res.partner", "search_count", [["write_date", ">=", "today -1y"]])
    none = await rpc.call("res.partner", "search_count", [["write_date", ">", "now +1d"]])
    assert 0 < recent <= everyone
    assert none == 0
