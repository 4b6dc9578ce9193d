"""Calls over the external JSON-RPC service: login and secret travel with every call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from bridgecore.connectors.odoo.arguments import Args, Kwargs
from bridgecore.connectors.odoo.channel import (
    Account,
    CreateRequest,
    ServerVersion,
    created_id,
)
from bridgecore.connectors.odoo.errors import Kind, odoo_error
from bridgecore.connectors.odoo.identity import OdooIdentity, TransportName
from bridgecore.connectors.odoo.wire import JSON_HEADERS, Wire, rpc_body
from bridgecore.kit.http import HttpResponse


class JsonRpc:
    """`execute_kw` as one user, by password or API key."""

    def __init__(self, wire: Wire, account: Account, identity: OdooIdentity) -> None:
        self._wire = wire
        self.account = account
        self._who = (identity.database, account.uid, identity.secret)

    async def call(
        self, model: str, method: str, args: Args, kwargs: Kwargs, *, timeout: float
    ) -> bytes:
        params = self._params(model, method, args, kwargs)
        result, _ = await self._wire.rpc(
            "/jsonrpc", params, model=model, method=method, timeout=timeout
        )
        return result

    def create_request(self, model: str, values: Mapping[str, Any]) -> CreateRequest:
        params = self._params(model, "create", [values], {})
        return CreateRequest("/jsonrpc", JSON_HEADERS, rpc_body(params))

    def created(self, response: HttpResponse, model: str) -> int:
        return created_id(self._wire.rpc_result(response, model=model, method="create"))

    async def close(self, *, timeout: float) -> None:
        """Nothing is kept open."""

    def _params(self, model: str, method: str, args: Args, kwargs: Kwargs) -> dict[str, Any]:
        return {
            "service": "object",
            "method": "execute_kw",
            "args": (*self._who, model, method, args, kwargs),
        }


async def sign_in(
    wire: Wire, identity: OdooIdentity, version: ServerVersion, *, timeout: float
) -> JsonRpc:
    """Learn the user's id. Raises `OdooError`; access_denied for a wrong login or secret."""
    params = {
        "service": "common",
        "method": "authenticate",
        "args": [identity.database, identity.login, identity.secret, {}],
    }
    raw, _ = await wire.rpc("/jsonrpc", params, timeout=timeout)
    uid = msgspec.json.decode(raw)
    if isinstance(uid, bool) or not isinstance(uid, int):
        raise odoo_error(
            Kind.ACCESS_DENIED,
            "Odoo does not accept the login and password (or API key).",
        )
    return JsonRpc(wire, Account(uid, version, TransportName.JSONRPC), identity)
