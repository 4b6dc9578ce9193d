"""A connection's configuration: checked against its connector's schema, its secrets set apart.

The catalogue's schemas use a small part of JSON Schema. A schema that uses more is refused as a
whole, so that nothing in one is ever silently left unchecked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import structlog

from bridgecore.connectors import registry
from bridgecore.connectors.contract import ConnectorSpec
from bridgecore.connectors.errors import Rejected
from bridgecore.connectors.odoo.identity import server_address
from bridgecore.domains.connections.errors import AddressNotAllowed, ConnectorUnknown
from bridgecore.infra.http import AddressGuard
from bridgecore.infra.problems import ValidationFailed
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from bridgecore.kit.addresses import AddressPolicy
from bridgecore.kit.http import AddressRefused

log = structlog.get_logger(__name__)

ODOO = "odoo"
LONGEST_TEXT = 2_000

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}
_OBJECT_KEYWORDS = frozenset(
    {"$schema", "type", "title", "description", "required", "properties", "additionalProperties"}
)
_PROPERTY_KEYWORDS = frozenset(
    {
        *("type", "title", "description", "examples", "default", "format", "writeOnly"),
        *("enum", "pattern", "minLength", "maxLength", "minimum", "maximum"),
    }
)


class UnsupportedSchema(Exception):
    """A connector's schema uses more of JSON Schema than is checked here."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A checked configuration in its two parts."""

    settings: dict[str, Any]
    secrets: dict[str, str] = field(repr=False)

    @property
    def whole(self) -> dict[str, Any]:
        return {**self.settings, **self.secrets}


@cache
def connectors() -> Mapping[str, ConnectorSpec]:
    """Every connector by name, found once a process.

    One whose schema could not be checked as a whole is logged and left out.
    """
    found = {}
    for name, spec in registry.load().items():
        try:
            check_schema(spec)
        except UnsupportedSchema as error:
            log.error("connector_left_out", connector=name, error=str(error))
            continue
        found[name] = spec
    return MappingProxyType(found)


def connector(name: str) -> ConnectorSpec:
    """Raises ConnectorUnknown."""
    spec = connectors().get(name)
    if spec is None:
        raise ConnectorUnknown
    return spec


def check_schema(spec: ConnectorSpec) -> None:
    """Raises UnsupportedSchema for a schema that `configure` could not check as a whole."""
    schema = spec.config_schema
    unknown = set(schema) - _OBJECT_KEYWORDS
    if schema.get("type") != "object" or not isinstance(
        schema.get("additionalProperties", True), bool
    ):
        unknown.add("type or additionalProperties")
    for name, rules in schema.get("properties", {}).items():
        unknown |= {f"{name}.{word}" for word in set(rules) - _PROPERTY_KEYWORDS}
        if rules.get("type") not in _TYPES or (
            rules.get("writeOnly") and rules["type"] != "string"
        ):
            unknown.add(f"{name}.type")
    if unknown:
        raise UnsupportedSchema(f"{spec.name}: {', '.join(sorted(unknown))}")


def configure(
    resources: Resources,
    spec: ConnectorSpec,
    given: Mapping[str, Any],
    *,
    pointer: str = "/config/",
) -> Configuration:
    """The configuration in its stored form; sends nothing.

    `pointer` is what the properties' names begin with in the caller's body. Raises
    ValidationFailed that names every fault, AddressNotAllowed.
    """
    config = {name: value for name, value in given.items() if value is not None}
    faults = list(faults_of(spec.config_schema, config))
    if faults:
        name, detail = faults[0]
        more = f" (and {len(faults) - 1} more, see errors)" if len(faults) > 1 else ""
        raise ValidationFailed(
            f"{pointer}{name}: {detail}{more}",
            errors=[
                {"pointer": f"{pointer}{name}", "code": "config_invalid", "detail": text}
                for name, text in faults
            ],
        )
    try:
        if spec.name == ODOO:
            # people paste the address of whatever page they are on
            config["url"] = server_address(config["url"])
        spec.open(config, resources.http)
    except Rejected as error:
        raise ValidationFailed(error.message) from None
    for name in _addresses(spec):
        if name in config:
            refuse_address(address_policy(resources.settings), config[name])
    return Configuration(
        settings={name: value for name, value in config.items() if name not in spec.secrets},
        secrets={name: value for name, value in config.items() if name in spec.secrets},
    )


def address_policy(settings: Settings) -> AddressPolicy:
    """The operator's rules about addresses that tenants give."""
    return AddressPolicy.of(
        settings.outbound_allow,
        allow_http=settings.outbound_allow_http,
        allow_private=settings.outbound_allow_private,
    )


def refuse_address(policy: AddressPolicy, url: str) -> None:
    """Raises AddressNotAllowed for what the rules refuse by its look.

    Where a name leads is decided, and checked, when a connection to it is made.
    """
    try:
        target = AddressGuard(policy).check_url(url)
    except AddressRefused as error:
        raise _not_allowed(str(error)) from None
    host, port = (target.host or "").rstrip("."), target.port or 0
    if host == "localhost" or host.endswith(".localhost"):
        refusal = policy.refuses_address(host, port, "127.0.0.1")
        if refusal is not None:
            raise _not_allowed(f"{host}: {refusal}")


def _not_allowed(refusal: str) -> AddressNotAllowed:
    return AddressNotAllowed(
        f"The platform may not call {refusal}. Give an address that can be reached from the"
        " internet, or ask whoever runs the platform to allow this one (OUTBOUND_ALLOW)."
    )


def same_place(spec: ConnectorSpec, left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Whether two configurations lead to the same servers, so that a secret may go along."""
    return all(_origin(left.get(name)) == _origin(right.get(name)) for name in _addresses(spec))


def _addresses(spec: ConnectorSpec) -> list[str]:
    """The properties that say where to call."""
    properties: Mapping[str, Mapping[str, Any]] = spec.config_schema.get("properties", {})
    return [
        name
        for name, rules in properties.items()
        if name == "url" or rules.get("format") in ("uri", "url")
    ]


def _origin(url: Any) -> tuple[str, str, int | None]:
    parts = urlsplit(str(url or ""))
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port


def faults_of(schema: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each property of `config` that the schema does not accept, and what is wrong with it."""
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in config:
            yield name, "is missing"
    for name, value in config.items():
        rules = properties.get(name)
        if rules is None:
            if schema.get("additionalProperties") is False:
                yield name, "is not a setting of this connector"
        elif (fault := _fault(rules, value)) is not None:
            yield name, fault


def _fault(rules: Mapping[str, Any], value: Any) -> str | None:
    kind = rules["type"]
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return f"is not of type {kind}"
    if "enum" in rules and value not in rules["enum"]:
        return f"is not one of {', '.join(str(each) for each in rules['enum'])}"
    if isinstance(value, str):
        if len(value) < rules.get("minLength", 0):
            return "is too short" if value else "is empty"
        if len(value) > rules.get("maxLength", LONGEST_TEXT):
            return "is too long"
        if "pattern" in rules and re.search(rules["pattern"], value) is None:
            return f"does not match {rules['pattern']}"
    elif not isinstance(value, bool):
        if value < rules.get("minimum", value):
            return f"is less than {rules['minimum']}"
        if value > rules.get("maximum", value):
            return f"is more than {rules['maximum']}"
    return None
