"""What all ways to call Odoo have in common once signed in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import msgspec

from bridgecore.connectors.odoo.arguments import Args, Kwargs
from bridgecore.connectors.odoo.errors import Kind, OdooError, odoo_error
from bridgecore.connectors.odoo.identity import TransportName
from bridgecore.connectors.odoo.wire import Wire
from bridgecore.kit.http import HttpResponse

_MAJOR = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """An Odoo version: its own text (`17.0+e`, `saas~18.2`) and its major number."""

    text: str
    major: int

    @classmethod
    def parse(cls, text: str) -> ServerVersion:
        found = _MAJOR.search(text)
        return cls(text, int(found[1]) if found else 0)


@dataclass(frozen=True, slots=True)
class Account:
    """Who a signed-in channel is. `user_context` is what the sign-in told of it, if anything."""

    uid: int
    version: ServerVersion
    transport: TransportName
    user_context: Mapping[str, Any] = field(default_factory=dict)


class CreateRequest(NamedTuple):
    """A POST that creates one record."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Channel(Protocol):
    """A signed-in way to call Odoo. Raises `OdooError`; session_expired where it has ended."""

    @property
    def account(self) -> Account: ...

    async def call(
        self, model: str, method: str, args: Args, kwargs: Kwargs, *, timeout: float
    ) -> bytes: ...

    def create_request(self, model: str, values: Mapping[str, Any]) -> CreateRequest:
        """The request that creates one record, for a body that is streamed."""
        ...

    def created(self, response: HttpResponse, model: str) -> int:
        """The id in the answer to a `create_request`. Raises `OdooError`."""
        ...

    async def close(self, *, timeout: float) -> None: ...


class _VersionInfo(msgspec.Struct):
    server_version: str


async def server_version(wire: Wire, *, timeout: float) -> ServerVersion:
    """The server's version, without signing in. Raises `OdooError`; not_odoo if it is none."""
    try:
        raw, _ = await wire.rpc("/web/webclient/version_info", {}, timeout=timeout)
    except OdooError as error:
        if error.kind is not Kind.NOT_ODOO or error.status not in (404, 405):
            raise
        params = {"service": "common", "method": "version", "args": []}
        raw, _ = await wire.rpc("/jsonrpc", params, timeout=timeout)
    try:
        return ServerVersion.parse(msgspec.json.decode(raw, type=_VersionInfo).server_version)
    except msgspec.ValidationError:
        raise odoo_error(Kind.NOT_ODOO, "The server does not tell an Odoo version.") from None


def created_id(result: bytes) -> int:
    """The id of the one record that was created. Raises `OdooError`."""
    value = msgspec.json.decode(result)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, int) or isinstance(value, bool):
        raise odoo_error(Kind.SERVER_ERROR, "Odoo answered a create without an id.", sent=True)
    return value
