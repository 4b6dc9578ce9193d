"""Renews the API key a connection signs in with, before Odoo lets it expire.

Odoo's own documentation of 19 describes `generate` and `revoke`; older versions make keys by hand
only and answer unknown_method.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from bridgecore.connectors.odoo.client import OdooClient
from bridgecore.connectors.odoo.errors import Kind, odoo_error

_MODEL = "res.users.apikeys"


async def generate(client: OdooClient, name: str, expires: datetime, *, timeout: float) -> str:
    """A new key for the user of the client's key, which stays valid. Raises `OdooError`.

    Store it, sign in with it, and only then `revoke` the old one with the new client.
    """
    raw = await client.call(
        _MODEL,
        "generate",
        (),
        {
            "key": client.identity.secret,
            "scope": "rpc",
            "name": name,
            "expiration_date": expires.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        },
        timeout=timeout,
    )
    key = msgspec.json.decode(raw)
    if not isinstance(key, str) or not key:
        raise odoo_error(Kind.SERVER_ERROR, "Odoo answered without a new key.", sent=True)
    return key


async def revoke(client: OdooClient, key: str, *, timeout: float) -> None:
    """End a key of the client's user. Raises `OdooError`."""
    await client.call(_MODEL, "revoke", (), {"key": key}, timeout=timeout)
