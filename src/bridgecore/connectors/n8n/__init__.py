"""n8n 1.x and 2.x over its public API."""

from bridgecore.connectors.n8n.client import N8nClient
from bridgecore.connectors.n8n.connector import SPEC, N8nConnector, open_connector
from bridgecore.connectors.n8n.errors import Kind, N8nError
from bridgecore.connectors.n8n.failures import Failure
from bridgecore.connectors.n8n.server import N8nServer

__all__ = [
    "SPEC",
    "Failure",
    "Kind",
    "N8nClient",
    "N8nConnector",
    "N8nError",
    "N8nServer",
    "open_connector",
]
