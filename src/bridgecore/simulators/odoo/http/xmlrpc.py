"""`/xmlrpc/2/<service>` and the older `/xmlrpc/<service>`."""

from __future__ import annotations

import re
import xmlrpc.client as xml
from collections.abc import Mapping
from typing import Any
from xml.parsers.expat import ExpatError

from aiohttp import web

from bridgecore.simulators.odoo.errors import (
    AccessDenied,
    AccessError,
    OdooError,
    PythonError,
    RedirectWarning,
    UserError,
)

from . import envelope
from .gate import Answered
from .services import Services

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_WARNINGS = {
    "odoo.exceptions.MissingError": "MissingError",
    "odoo.exceptions.AccessError": "AccessError",
    "odoo.exceptions.RedirectWarning": "RedirectWarning",
}


class XmlRpc:
    """The XML-RPC addresses."""

    def __init__(self, services: Services):
        self.services = services
        self.version = services.installation.version

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is answered here."""
        return [
            web.post("/xmlrpc/2/{service}", self.current),
            web.post("/xmlrpc/{service}", self.legacy),
            web.get("/xmlrpc{rest:.*}", self.refused),
        ]

    async def refused(self, request: web.Request) -> web.StreamResponse:
        """GET is not allowed."""
        text = "The method is not allowed for the requested URL."
        return envelope.page(405, "Method Not Allowed", text)

    async def current(self, request: web.Request) -> web.StreamResponse:
        """Numbered faults."""
        return await self._handle(request, self._numbered)

    async def legacy(self, request: web.Request) -> web.StreamResponse:
        """Faults whose code is text."""
        return await self._handle(request, self._worded)

    async def _handle(self, request: web.Request, fault_of: Any) -> web.StreamResponse:
        try:
            try:
                args, method = _parsed(await request.read())
                value = await self.services.call(
                    request, request.match_info["service"], method, list(_plain(args))
                )
                body = xml.dumps((self._marshalled(value),), methodresponse=True)
            except (Answered, OdooError):
                raise
            except Exception as error:
                raise envelope.from_bug(error) from error
        except Answered as answered:
            return answered.response
        except OdooError as error:
            body = xml.dumps(fault_of(error))
        return web.Response(text=body, content_type="text/xml", charset="utf-8")

    def _marshalled(self, value: Any) -> Any:
        if value is None:
            if self.version == 15:
                return False
            raise OdooTypeError("cannot marshal None unless allow_none is enabled")
        if isinstance(value, str):
            return _CONTROL.sub("", value)
        if isinstance(value, Mapping):
            return {str(k): self._nested(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self._nested(v) for v in value]
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) > xml.MAXINT:
            return float(value)
        return value

    def _nested(self, value: Any) -> Any:
        return False if value is None else self._marshalled(value)

    def _trace(self, error: OdooError) -> str:
        name = error.name.removeprefix("builtins.")
        return f"Traceback (most recent call last):\n  ...\n{name}: {error.message}\n"

    def _numbered(self, error: OdooError) -> xml.Fault:
        if isinstance(error, AccessDenied):
            return xml.Fault(3, error.message)
        if isinstance(error, AccessError):
            return xml.Fault(4, error.message)
        if isinstance(error, UserError | RedirectWarning):
            return xml.Fault(2, error.message)
        return xml.Fault(1, self._trace(error))

    def _worded(self, error: OdooError) -> xml.Fault:
        if isinstance(error, AccessDenied):
            return _text_fault("AccessDenied", error.message)
        if isinstance(error, UserError | RedirectWarning):
            kind = _WARNINGS.get(error.name, "UserError")
            return _text_fault(f"warning -- {kind}\n\n{error.message}", "")
        return _text_fault(error.message, self._trace(error))


def _parsed(body: bytes) -> tuple[tuple[Any, ...], str]:
    try:
        args, method = xml.loads(body)
    except ExpatError as error:
        raise PythonError("xml.parsers.expat.ExpatError", str(error)) from None
    return args, str(method)


class OdooTypeError(OdooError):
    """A result XML-RPC cannot carry; the transaction is already committed."""

    name = "builtins.TypeError"


def _text_fault(code: str, text: str) -> xml.Fault:
    fault = xml.Fault(0, text)
    fault.faultCode = code  # type: ignore[assignment]
    return fault


def _plain(value: Any) -> Any:
    if isinstance(value, xml.DateTime):
        text = str(value)
        return f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[9:]}"
    if isinstance(value, xml.Binary):
        return value.data.decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value
