"""Odoo 15 to 19 over its web session, external JSON-RPC or JSON-2."""

from bridgecore.connectors.odoo.client import OdooClient
from bridgecore.connectors.odoo.connector import SPEC, OdooConnector, open_connector
from bridgecore.connectors.odoo.errors import Kind, OdooError
from bridgecore.connectors.odoo.identity import OdooIdentity, TransportName
from bridgecore.connectors.odoo.status import OdooStatus

__all__ = [
    "SPEC",
    "Kind",
    "OdooClient",
    "OdooConnector",
    "OdooError",
    "OdooIdentity",
    "OdooStatus",
    "TransportName",
    "open_connector",
]
