"""Calls over JSON-2 (Odoo 19 on): named arguments, an API key as bearer, bare answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from bridgecore.connectors.odoo.arguments import (
    Args,
    Kwargs,
    keywords,
    plain,
    positional,
    record_ids,
    single,
)
from bridgecore.connectors.odoo.channel import (
    Account,
    CreateRequest,
    ServerVersion,
    created_id,
)
from bridgecore.connectors.odoo.errors import Kind, OdooError, odoo_error
from bridgecore.connectors.odoo.faults import Refusal, from_http, from_refusal
from bridgecore.connectors.odoo.identity import OdooIdentity, TransportName
from bridgecore.connectors.odoo.signatures import SIGNATURES, Signature
from bridgecore.connectors.odoo.wire import JSON_HEADERS, Wire
from bridgecore.kit.http import HttpResponse

FIRST_VERSION = 19

_MODEL = re.compile(r"\w+(\.\w+)*", re.ASCII)
_METHOD = re.compile(r"\w+", re.ASCII)
_encode = msgspec.json.Encoder().encode


class _Documented(msgspec.Struct):
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    api: list[str] = msgspec.field(default_factory=list)


class _ModelDocument(msgspec.Struct):
    methods: dict[str, _Documented] = msgspec.field(default_factory=dict)


class Json2:
    """One API key's calls. Translates positional arguments; answers `create` in kind."""

    def __init__(self, wire: Wire, account: Account, headers: dict[str, str]) -> None:
        self._wire = wire
        self.account = account
        self._headers = headers
        self._documented: dict[str, dict[str, Signature]] = {}

    async def call(
        self, model: str, method: str, args: Args, kwargs: Kwargs, *, timeout: float
    ) -> bytes:
        given = positional(args)
        named = keywords(kwargs)
        signature = SIGNATURES.get(method)
        if signature is None and given:
            signature = await self._signature(model, method, given, timeout=timeout)
        finish: Callable[[bytes], bytes] | None = None
        if method == "create":
            finish = _wrap_values(given, named)
        body = _encode(_named(model, method, signature, given, named))
        result = await self._post(model, method, body, timeout=timeout)
        return finish(result) if finish is not None else result

    def create_request(self, model: str, values: Mapping[str, Any]) -> CreateRequest:
        body = _encode({"vals_list": [values]})
        return CreateRequest(f"/json/2/{model}/create", self._headers, body)

    def created(self, response: HttpResponse, model: str) -> int:
        return created_id(self._result(response, model, "create"))

    async def close(self, *, timeout: float) -> None:
        """Nothing is kept open."""

    async def _post(self, model: str, method: str, body: bytes, *, timeout: float) -> bytes:
        if not _MODEL.fullmatch(model):
            raise odoo_error(Kind.UNKNOWN_MODEL, f"There is no model {model!r}.")
        if not _METHOD.fullmatch(method):
            raise odoo_error(Kind.UNKNOWN_METHOD, f"There is no method {method!r}.")
        response = await self._wire.request(
            "POST", f"/json/2/{model}/{method}", body, self._headers, timeout=timeout
        )
        return self._result(response, model, method)

    def _result(self, response: HttpResponse, model: str, method: str) -> bytes:
        if response.status == 200 and "json" in response.headers.get("content-type", ""):
            return response.body
        raise self._wire.redacted(_refused(response, model, method))

    async def _signature(
        self, model: str, method: str, given: list[Any], *, timeout: float
    ) -> Signature:
        """How an unknown method names its arguments, by Odoo's generated documentation."""
        if len(given) == 1 and _are_ids(given[0]):
            return Signature(())
        documented = self._documented.get(model)
        if documented is None:
            documented = await self._read_documentation(model, timeout=timeout)
            self._documented[model] = documented
        signature = documented.get(method)
        if signature is None:
            raise odoo_error(
                Kind.BAD_REQUEST,
                f"Call {model}.{method} with named arguments: JSON-2 takes no positional ones"
                " and this Odoo does not document the method's parameters.",
            )
        return signature

    async def _read_documentation(self, model: str, *, timeout: float) -> dict[str, Signature]:
        if not _MODEL.fullmatch(model):
            raise odoo_error(Kind.UNKNOWN_MODEL, f"There is no model {model!r}.")
        response = await self._wire.request(
            "GET", f"/doc-bearer/{model}.json", None, self._headers, timeout=timeout
        )
        if response.status != 200:
            return {}
        try:
            document = msgspec.json.decode(response.body, type=_ModelDocument)
        except msgspec.DecodeError:
            return {}
        return {
            name: Signature(
                tuple(parameter for parameter in method.parameters if parameter != "self"),
                on_model="model" in method.api,
            )
            for name, method in document.methods.items()
        }


async def sign_in(
    wire: Wire, identity: OdooIdentity, version: ServerVersion, *, timeout: float
) -> Json2:
    """Try the key and learn its user. Raises `OdooError`; access_denied for a bad key."""
    if version.major < FIRST_VERSION:
        raise odoo_error(Kind.UNSUPPORTED, f"Odoo {version.text} has no JSON-2; 19 is the first.")
    headers = {
        **JSON_HEADERS,
        "authorization": f"bearer {identity.secret}",
        "x-odoo-database": identity.database,
    }
    response = await wire.request(
        "POST", "/json/2/res.users/context_get", b"{}", headers, timeout=timeout
    )
    if response.status != 200:
        raise wire.redacted(_refused(response, "res.users", "context_get"))
    try:
        context = msgspec.json.decode(response.body, type=dict[str, Any])
    except msgspec.DecodeError:
        raise from_http(response) from None
    uid = context.get("uid")
    if not isinstance(uid, int):
        raise odoo_error(Kind.NOT_ODOO, "The sign-in answer is not Odoo's.")
    return Json2(wire, Account(uid, version, TransportName.JSON2, context), headers)


def _refused(response: HttpResponse, model: str, method: str) -> OdooError:
    if response.status == 404 and "html" in response.headers.get("content-type", ""):
        return odoo_error(
            Kind.DATABASE_MISSING, "Odoo does not serve that database here.", status=404
        )
    try:
        refusal = msgspec.json.decode(response.body, type=Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return from_http(response)
    if not refusal.name:
        return from_http(response)
    return from_refusal(refusal, model=model, method=method, status=response.status)


def _are_ids(value: Any) -> bool:
    ids = plain(value)
    if isinstance(ids, list):
        return all(isinstance(each, int) and not isinstance(each, bool) for each in ids)
    return isinstance(ids, int) and not isinstance(ids, bool)


def _named(
    model: str,
    method: str,
    signature: Signature | None,
    given: list[Any],
    named: dict[str, Any],
) -> dict[str, Any]:
    """The body of a call. Raises `Rejected` where an argument has no name or two values."""
    if signature is None:
        return named
    body = dict(named)
    if not signature.on_model and given:
        body["ids"] = record_ids(given[0])
        given = given[1:]
    if len(given) > len(signature.parameters):
        raise odoo_error(
            Kind.BAD_REQUEST,
            f"{model}.{method} takes {len(signature.parameters)} positional arguments,"
            f" {len(given)} were given.",
        )
    for name, value in zip(signature.parameters, given, strict=False):
        if name in named:
            raise odoo_error(
                Kind.BAD_REQUEST, f"{model}.{method} was given {name!r} twice.", arguments=[name]
            )
        body[name] = value
    return body


def _wrap_values(given: list[Any], named: dict[str, Any]) -> Callable[[bytes], bytes] | None:
    """Make `create`'s values a list, as JSON-2 wants; one record's answer becomes one id again."""
    values = plain(given[0]) if given else plain(named.get("vals_list"))
    if not isinstance(values, dict):
        return None
    if given:
        given[0] = [values]
    else:
        named["vals_list"] = [values]
    return single
