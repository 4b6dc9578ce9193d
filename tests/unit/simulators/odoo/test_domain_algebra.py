"""Any domain selects what set algebra over its terms says, in every version."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgecore.simulators.odoo import OdooSimulator
from bridgecore.simulators.odoo.database import SUPERUSER, Database

TERMS: list[list[Any]] = [
    ["is_company", "=", True],
    ["name", "ilike", "a"],
    ["name", "not ilike", "e"],
    ["email", "=like", "info@%"],
    ["parent_id", "=", False],
    ["parent_id.is_company", "=", True],
    ["country_id.code", "in", ["US", "RU"]],
    ["country_id", "ilike", "states"],
    ["category_id", "in", [1, 2]],
    ["id", ">", 20],
    ["id", "child_of", 1],
    ["write_date", ">=", "2000-01-01 00:00:00"],
    ["customer_rank", ">", 0],
    ["ref", "!=", False],
    ["lang", "not in", ["en_US", False]],
    ["child_ids", "=", False],
    ["active", "in", [True, False]],
]
Tree = Any
trees: st.SearchStrategy[Tree] = st.recursive(
    st.integers(0, len(TERMS) - 1),
    lambda inner: st.one_of(
        st.tuples(st.just("!"), inner), st.tuples(st.sampled_from("&|"), inner, inner)
    ),
    max_leaves=8,
)


def flat(tree: Tree) -> list[Any]:
    """Prefix notation."""
    if isinstance(tree, int):
        return [TERMS[tree]]
    head, *parts = tree
    return [head, *(item for part in parts for item in flat(part))]


@pytest.fixture(scope="module", params=(15, 17, 19))
def database(request: pytest.FixtureRequest) -> Database:
    return OdooSimulator(request.param, "acme", size=60).databases["acme"]


@settings(max_examples=150, deadline=None)
@given(tree=trees)
def test_operators_combine_sets(database: Database, tree: Tree) -> None:
    with database.transaction(SUPERUSER, {"active_test": False}, su=True) as env:
        model = env.model("res.partner")
        everything = set(env.rows("res.partner"))

        def expected(node: Tree) -> set[int]:
            if isinstance(node, int):
                return env.matching(model, [TERMS[node]])
            head, *parts = node
            found = [expected(part) for part in parts]
            if head == "!":
                return everything - found[0]
            return found[0] & found[1] if head == "&" else found[0] | found[1]

        assert set(env.search(model, flat(tree))) == expected(tree)


def test_the_terms_tell_records_apart(database: Database) -> None:
    with database.transaction(SUPERUSER, su=True) as env:
        model = env.model("res.partner")
        sizes = [len(env.matching(model, [term])) for term in TERMS]
    assert all(sizes), sizes
    assert len(set(sizes)) > len(TERMS) / 2
