"""Cache keys: equal only for what may share an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import Raw

from bridgecore.domains.gateway.service.cache import CacheKey, cache_key
from bridgecore.domains.gateway.service.operations import Access, OdooCall


def key(
    tenant: str = "t1",
    generation: int = 1,
    identity: str = "robot",
    model: str = "res.partner",
    method: str = "search_read",
    args: list[Any] | Raw | None = None,
    kwargs: Mapping[str, Any] | Raw | None = None,
) -> CacheKey:
    call = OdooCall(
        model,
        method,
        [] if args is None else args,
        kwargs if isinstance(kwargs, Raw) else dict(kwargs or {}),
        Access.READ,
    )
    return cache_key(tenant, generation, identity, call)


def test_the_same_question_has_the_same_key() -> None:
    assert key(kwargs={"domain": [["a", "=", 1]]}) == key(kwargs={"domain": [["a", "=", 1]]})
    assert key(kwargs={"domain": Raw(b"[]")}) == key(kwargs={"domain": []})


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant": "t2"},
        {"generation": 2},
        {"identity": "seller"},
        {"model": "res.users"},
        {"method": "search"},
        {"args": [[1]]},
        {"kwargs": {"limit": 1}},
        {"kwargs": {"context": {"lang": "ru_RU"}}},
        {"kwargs": {"context": {"allowed_company_ids": [1]}}},
        {"kwargs": {"context": {"allowed_company_ids": [2]}}},
        {"kwargs": Raw(b'{"limit":2}')},
    ],
)
def test_another_question_has_another_key(changes: dict[str, Any]) -> None:
    assert key(**changes) != key()
    assert key(**changes).text() != key().text()


def test_parts_do_not_run_into_each_other() -> None:
    assert key(model="ab", method="c") != key(model="a", method="bc")
    assert key(args=[["1", "2"]]) != key(args=[["1,2"]])
    assert key(args=[[1]]) != key(args=[["1"]])
    assert key(args=[[True]]) != key(args=[[1]])


def test_the_name_in_redis_shows_no_arguments() -> None:
    text = key(kwargs={"domain": [["email", "=", "private@example.com"]]}).text()
    assert text.startswith("cache:{t1}:1:")
    assert "private" not in text
