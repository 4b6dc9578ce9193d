"""Odoo's JSON over HTTP: envelopes in and out, every failure as an `OdooError`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from bridgecore.connectors.odoo.errors import OdooError
from bridgecore.connectors.odoo.faults import from_http, from_rpc, from_transport
from bridgecore.kit.http import HttpClient, HttpResponse, TransportError

JSON_HEADERS: Mapping[str, str] = {
    "content-type": "application/json",
    "accept": "application/json",
}
NULL = b"null"

_encode = msgspec.json.Encoder().encode


class _Envelope(msgspec.Struct):
    jsonrpc: str
    result: msgspec.Raw = msgspec.Raw(NULL)
    error: msgspec.Raw = msgspec.Raw(b"")


_ENVELOPE = msgspec.json.Decoder(_Envelope)
# How every Odoo from 15 on begins the answer to `rpc_body` when the result is a list.
_LIST_BEGINS = b'{"jsonrpc": "2.0", "id": 1, "result": ['


def rpc_body(params: Any) -> bytes:
    """A JSON-RPC request as Odoo reads it; `id` is only echoed, so it is always 1."""
    return b'{"jsonrpc":"2.0","method":"call","id":1,"params":' + _encode(params) + b"}"


class Wire:
    """HTTP to one Odoo server. Keeps nothing between requests."""

    def __init__(self, http: HttpClient, url: str, *, secret: str) -> None:
        self.url = url
        self.http = http
        self._secret = secret

    async def request(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        timeout: float,
    ) -> HttpResponse:
        """One exchange of any status. `timeout` in seconds. Raises `OdooError` without answer."""
        try:
            return await self.http.request(
                method, self.url + path, headers=headers, body=body, timeout=timeout
            )
        except TransportError as error:
            raise from_transport(error) from error

    async def rpc(
        self,
        path: str,
        params: Any,
        *,
        timeout: float,
        headers: Mapping[str, str] = JSON_HEADERS,
        model: str = "",
        method: str = "",
    ) -> tuple[bytes, HttpResponse]:
        """One JSON-RPC call: the result's bytes and the answer they came in.

        `model` and `method` say what was called, to read errors by. Raises `OdooError`.
        """
        response = await self.request("POST", path, rpc_body(params), headers, timeout=timeout)
        return self.rpc_result(response, model=model, method=method), response

    def rpc_result(self, response: HttpResponse, *, model: str = "", method: str = "") -> bytes:
        """The result's bytes in a JSON-RPC answer. Raises `OdooError`."""
        body = response.body
        # Rows are what the most bytes are: an answer known to be whole need not be read through
        # to find where they end.
        if (
            body.startswith(_LIST_BEGINS)
            and body.endswith(b"]}")
            and "content-length" in response.headers
        ):
            return body[len(_LIST_BEGINS) - 1 : -1]
        try:
            envelope = _ENVELOPE.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise from_http(response) from None
        if envelope.error:
            error = from_rpc(
                bytes(envelope.error), model=model, method=method, status=response.status
            )
            raise self.redacted(error)
        return bytes(envelope.result)

    def redacted(self, error: OdooError) -> OdooError:
        """The error without the secret, should Odoo have quoted the call it came with."""
        if self._secret and (
            self._secret in error.message or self._secret in repr(error.arguments)
        ):
            error.message = error.message.replace(self._secret, "***")
            error.args = (error.message,)
            error.arguments = ()
        return error
