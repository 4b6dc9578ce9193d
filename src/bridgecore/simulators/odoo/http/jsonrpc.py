"""`POST /jsonrpc`: the external services in a JSON-RPC envelope."""

from __future__ import annotations

from aiohttp import web

from bridgecore.simulators.odoo.errors import OdooError, type_error

from . import envelope
from .gate import Answered
from .services import Services


class JsonRpc:
    """The `/jsonrpc` address."""

    def __init__(self, services: Services):
        self.services = services
        self.version = services.installation.version

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is answered here."""
        return [web.route("*", "/jsonrpc", self.handle)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call; errors are answered with HTTP 200."""
        body = await envelope.read(request, self.version)
        if isinstance(body, web.Response):
            return body
        number = body.get("id")
        try:
            given = envelope.params(body)
            missing = [name for name in ("service", "method", "args") if name not in given]
            if missing:
                raise self._missing(missing)
            value = await self.services.call(
                request, str(given["service"]), str(given["method"]), list(given["args"] or [])
            )
        except Answered as answered:
            return answered.response
        except OdooError as error:
            return envelope.failure(number, error, self.version)
        except Exception as error:
            return envelope.failure(number, envelope.from_bug(error), self.version)
        return envelope.result(number, value)

    def _missing(self, names: list[str]) -> OdooError:
        owner = "JSONRPC" if self.version >= 19 else "RPC"
        shown = [repr(name) for name in names]
        listed = shown[0]
        if len(shown) == 2:
            listed = " and ".join(shown)
        elif len(shown) > 2:
            listed = ", ".join(shown[:-1]) + f", and {shown[-1]}"
        plural = "" if len(names) == 1 else "s"
        return type_error(
            f"{owner}.jsonrpc() missing {len(names)} required positional argument{plural}: {listed}"
        )
