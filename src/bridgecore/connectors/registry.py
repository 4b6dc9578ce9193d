"""Which connectors there are: our own, and those that installed packages add."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from bridgecore.connectors.contract import ConnectorSpec

ENTRY_POINT_GROUP = "bridgecore.connectors"

log = logging.getLogger(__name__)


class ConnectorConflict(Exception):
    """Two connectors share a name, or an entry point does not lead to a ConnectorSpec."""


def built_in() -> tuple[ConnectorSpec, ...]:
    """The connectors of this package."""
    from bridgecore.connectors.n8n import SPEC as N8N
    from bridgecore.connectors.odoo import SPEC as ODOO

    return (ODOO, N8N)


def load() -> Mapping[str, ConnectorSpec]:
    """Every connector by name; imports the packages that add some.

    A package that can't be loaded, or takes a name that is taken, is logged and left out: what
    somebody installed beside the platform must not keep it from starting.
    """
    specs = {spec.name: spec for spec in built_in()}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        try:
            spec = _loaded(point)
            if spec.name in specs:
                raise ConnectorConflict(f"a connector is called {spec.name!r} already")
        except Exception:
            log.exception("connector_not_loaded: %s = %s", point.name, point.value)
            continue
        specs[spec.name] = spec
    return MappingProxyType(specs)


def _loaded(point: EntryPoint) -> ConnectorSpec:
    spec = point.load()
    if not isinstance(spec, ConnectorSpec):
        raise ConnectorConflict(f"{point.value} is not a ConnectorSpec")
    return spec
