"""The gate every request passes: here the injected faults strike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from aiohttp import web

from bridgecore.simulators.odoo.errors import (
    AccessDenied,
    AccessError,
    OdooError,
    PythonError,
    UserError,
    ValidationError,
)
from bridgecore.simulators.odoo.faults import Fault
from bridgecore.simulators.odoo.installation import Installation, no_database

Result = TypeVar("Result")

_BAD_GATEWAY = """<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>nginx</center>
</body>
</html>
"""
_TOO_MANY = """<html>
<head><title>429 Too Many Requests</title></head>
<body>
<center><h1>429 Too Many Requests</h1></center>
<hr><center>nginx</center>
</body>
</html>
"""
_MAINTENANCE = """<html>
<head><title>We'll be back soon</title></head>
<body><h1>Scheduled maintenance</h1></body>
</html>
"""
_NAMED: dict[str, type[OdooError]] = {
    kind.name: kind for kind in (UserError, ValidationError, AccessError)
}


class Answered(Exception):
    """A fault has already decided the answer."""

    def __init__(self, response: web.StreamResponse):
        super().__init__(response.status)
        self.response = response


class Gate:
    """Runs calls, after, before or instead of which the faults in force strike."""

    def __init__(self, installation: Installation):
        self.installation = installation

    async def call(
        self,
        request: web.Request,
        database: str,
        model: str,
        method: str,
        run: Callable[[], Result],
    ) -> Result:
        """The result of `run`; raises `Answered` where a fault answers instead."""
        faults = self.installation.faults
        struck = faults.strike(request.path, database, model, method) if faults else []
        for fault in struck:
            await self._before(request, fault, database)
        result = run()
        if any(fault.kind == "drop_answer" for fault in struck):
            raise Answered(cut(request))
        return result

    async def _before(self, request: web.Request, fault: Fault, database: str) -> None:
        kind = fault.kind
        if kind == "latency":
            await asyncio.sleep(self.installation.faults.delay(fault))
        elif kind == "hang":
            # A disconnect cancels nothing here, as in Odoo, so it has to be looked for.
            while request.transport and not request.transport.is_closing():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            raise Answered(web.Response(status=500))
        elif kind == "down":
            raise Answered(web.Response(status=502, text=_BAD_GATEWAY, content_type="text/html"))
        elif kind == "page":
            raise Answered(web.Response(text=_MAINTENANCE, content_type="text/html"))
        elif kind == "half":
            half = '{"jsonrpc": "2.0", "id": 1, "result": [{"id": 1, "na'
            raise Answered(web.Response(text=half, content_type="application/json"))
        elif kind == "nonsense":
            told = '{"jsonrpc": "2.0", "id": 1, "result": {"status": "ok"}}'
            raise Answered(web.Response(text=told, content_type="application/json"))
        elif kind == "close":
            raise Answered(cut(request))
        elif kind == "rate_limit":
            headers = {"Retry-After": str(max(1, round(fault.seconds)))}
            raise Answered(
                web.Response(status=429, text=_TOO_MANY, content_type="text/html", headers=headers)
            )
        elif kind == "serialization":
            await asyncio.sleep(fault.seconds)
            raise PythonError(
                "psycopg2.errors.SerializationFailure",
                "could not serialize access due to concurrent update\n",
            )
        elif kind == "error":
            named = _NAMED.get(fault.error)
            raise named(fault.message) if named else PythonError(fault.error, fault.message)
        elif kind == "database_missing":
            raise no_database(database or "?")
        elif kind == "access_denied":
            raise AccessDenied


def cut(request: web.Request) -> web.Response:
    """Abort the connection; the response returned is for nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
