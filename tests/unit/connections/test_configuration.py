"""Configurations against the schemas of their connectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bridgecore.connectors import registry
from bridgecore.connectors.contract import ConnectorSpec
from bridgecore.domains.connections.errors import AddressNotAllowed
from bridgecore.domains.connections.service.configuration import (
    UnsupportedSchema,
    address_policy,
    check_schema,
    connectors,
    faults_of,
    refuse_address,
    same_place,
)
from bridgecore.infra.settings import Settings


def spec(**schema: Any) -> ConnectorSpec:
    def never(config: Mapping[str, Any], http: object) -> Any:
        raise AssertionError("nothing is opened here")

    return ConnectorSpec("some", "Some", {"type": "object", **schema}, never)


def test_every_connector_in_the_catalogue_can_be_checked_whole() -> None:
    for found in registry.load().values():
        check_schema(found)


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [{"required": ["a"]}]},
        {"additionalProperties": {"type": "string"}},
        {"properties": {"a": {"type": "string", "not": {"const": "x"}}}},
        {"properties": {"a": {"type": "array"}}},
        {"properties": {"a": {}}},
        {"properties": {"a": {"type": "integer", "writeOnly": True}}},
    ],
)
def test_a_schema_that_would_be_checked_in_part_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedSchema):
        check_schema(spec(**schema))


@pytest.mark.parametrize(
    ("rules", "good", "bad"),
    [
        ({"type": "string", "minLength": 2, "maxLength": 3}, ["ab", "abc"], ["a", "abcd", 1]),
        ({"type": "string", "pattern": "^a"}, ["ab"], ["ba"]),
        ({"type": "string", "enum": ["x", "y"]}, ["x"], ["z"]),
        ({"type": "integer", "minimum": 1, "maximum": 9}, [1, 9], [0, 10, True, 1.5, "1"]),
        ({"type": "number"}, [1, 1.5], ["1", False]),
        ({"type": "boolean"}, [True, False], [0, "true"]),
        ({"type": "string"}, ["", "x" * 2_000], ["x" * 2_001, ["x"], {"x": 1}]),
    ],
)
def test_rules_of_a_property(rules: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    schema = {"properties": {"value": rules}}
    for value in good:
        assert list(faults_of(schema, {"value": value})) == []
    for value in bad:
        assert [name for name, _ in faults_of(schema, {"value": value})] == ["value"]


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("https://odoo.example.com", "https://odoo.example.com/", True),
        ("https://odoo.example.com", "https://ODOO.example.com:443/odoo", True),
        ("https://odoo.example.com", "http://odoo.example.com", False),
        ("https://odoo.example.com", "https://odoo.example.com:8443", False),
        ("https://odoo.example.com", "https://odoo.example.com.evil.example", False),
        ("https://odoo.example.com", None, False),
    ],
)
def test_a_place_is_scheme_host_and_port(left: str, right: str | None, same: bool) -> None:
    for name, rules in (("url", {"type": "string"}), ("api", {"type": "string", "format": "uri"})):
        some = spec(properties={name: rules, "note": {"type": "string"}})
        assert same_place(some, {name: left, "note": "a"}, {name: right, "note": "b"}) is same


@pytest.mark.parametrize(
    ("url", "allow", "allowed"),
    [
        ("https://odoo.example.com", [], True),
        ("http://localhost:8069", [], False),
        ("http://odoo.localhost:8069", [], False),
        ("http://localhost:8069", ["127.0.0.1:8069"], True),
        ("http://localhost:8070", ["127.0.0.1:8069"], False),
        ("http://192.168.1.5", [], False),
        ("http://192.168.1.5", ["192.168.0.0/16"], True),
        ("file:///etc/passwd", [], False),
    ],
)
def test_addresses_by_their_look(url: str, allow: list[str], allowed: bool) -> None:
    policy = address_policy(Settings(outbound_allow=allow))
    if allowed:
        refuse_address(policy, url)
    else:
        with pytest.raises(AddressNotAllowed):
            refuse_address(policy, url)


def test_a_schema_that_can_not_be_checked_leaves_its_connector_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = {"odoo": registry.load()["odoo"], "some": spec(oneOf=[])}
    monkeypatch.setattr(registry, "load", lambda: both)
    connectors.cache_clear()
    try:
        assert set(connectors()) == {"odoo"}
    finally:
        connectors.cache_clear()
