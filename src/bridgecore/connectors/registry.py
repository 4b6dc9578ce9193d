"""Which connectors there are: our own, and those that installed packages add."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from types import MappingProxyType

from bridgecore.connectors.contract import ConnectorSpec

ENTRY_POINT_GROUP = "bridgecore.connectors"


class ConnectorConflict(Exception):
    """Two connectors share a name, or an entry point does not lead to a ConnectorSpec."""


def built_in() -> tuple[ConnectorSpec, ...]:
    """The connectors of this package."""
    from bridgecore.connectors.n8n import SPEC as N8N
    from bridgecore.connectors.odoo import SPEC as ODOO

    return (ODOO, N8N)


def load() -> Mapping[str, ConnectorSpec]:
    """Every connector by name. Raises `ConnectorConflict`; imports the packages that add some."""
    specs = {spec.name: spec for spec in built_in()}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        spec = point.load()
        if not isinstance(spec, ConnectorSpec):
            raise ConnectorConflict(f"{point.value} is not a ConnectorSpec")
        if spec.name in specs:
            raise ConnectorConflict(f"two connectors are called {spec.name!r}")
        specs[spec.name] = spec
    return MappingProxyType(specs)
