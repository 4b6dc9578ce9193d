"""The JSON-RPC 2.0 envelope as Odoo fills it, which is not quite as the standard says."""

from __future__ import annotations

import html
import json
import logging
import traceback
from typing import Any

import orjson
from aiohttp import web

from bridgecore.simulators.odoo.errors import (
    NotFound,
    OdooError,
    PythonError,
    SessionExpired,
    value_error,
)

log = logging.getLogger(__name__)
_OPTIONS = orjson.OPT_NON_STR_KEYS
_JSON = "application/json; charset=utf-8"


def dumps(value: Any) -> bytes:
    """JSON bytes; tuples and number keys are allowed, as in Python's own encoder."""
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except TypeError:
        return json.dumps(value, default=str).encode()


def reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer without envelope."""
    merged = {"Content-Type": _JSON, **(headers or {})}
    return web.Response(body=dumps(value), status=status, headers=merged)


def result(request_id: Any, value: Any) -> web.Response:
    """Success; a None result leaves the `result` key out."""
    body: dict[str, Any] = {"jsonrpc": "2.0", "id": request_id}
    if value is not None:
        body["result"] = value
    return reply(body)


def failure(request_id: Any, error: OdooError, version: int) -> web.Response:
    """An error, with HTTP status 200 all the same."""
    code, message = (0 if version >= 19 else 200), "Odoo Server Error"
    if isinstance(error, SessionExpired):
        code, message, request_id = 100, "Odoo Session Expired", None
    elif isinstance(error, NotFound):
        code, message, request_id = 404, "404: Not Found", None
    data = serialized(error, version)
    body = {
        "jsonrpc": "2.0",
        "id": request_id,
        "error": {"code": code, "message": message, "data": data},
    }
    return reply(body)


def serialized(error: OdooError, version: int) -> dict[str, Any]:
    """Name, message, arguments, context and debug, in the order of the version."""
    head = "Traceback (most recent call last):\n  ...\n"
    if version >= 19 and error.name == "odoo.exceptions.AccessDenied":
        head = ""
    debug = f"{head}{error.name.removeprefix('builtins.')}: {error.message}"
    if not head:
        debug = f"{error.name}: {error.message}"
    if version >= 19:
        return {
            "name": error.name,
            "message": error.message,
            "arguments": error.arguments,
            "context": error.context,
            "debug": debug,
        }
    return {
        "name": error.name,
        "debug": debug,
        "message": error.message,
        "arguments": error.arguments,
        "context": error.context,
    }


def from_bug(error: Exception) -> OdooError:
    """An exception of ours, shown as the server would show one of its own."""
    log.error("call failed\n%s", "".join(traceback.format_exception(error)))
    kind = type(error)
    module = "builtins" if kind.__module__ == "builtins" else kind.__module__
    return PythonError(f"{module}.{kind.__qualname__}", str(error))


def page(status: int, title: str, text: str) -> web.Response:
    """One of werkzeug's error pages."""
    body = f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n"
    body += f"<p>{text}</p>\n"
    return web.Response(status=status, text=body, content_type="text/html", charset="utf-8")


def wrong_type(path: str, version: int, method: str) -> web.Response:
    """The refusal of a body that is not declared as JSON."""
    kind = "jsonrpc" if version >= 19 else "json"
    others = "['http', 'json2']" if version >= 19 and method == "GET" else "['http']"
    text = html.escape(f"Request inferred type is compatible with {others} but {path!r} ")
    text += html.escape(f"is type={kind!r}.")
    if version >= 19:
        text += "<br><br>Please verify the Content-Type request header and try again."
        return page(415, "Unsupported Media Type", text)
    return page(400, "Bad Request", text)


async def read(request: web.Request, version: int) -> dict[str, Any] | web.Response:
    """The JSON-RPC request body, or the answer to a bad one."""
    if request.content_type not in ("application/json", "application/json-rpc"):
        return wrong_type(request.path, version, request.method)
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        return web.Response(status=400, text="Invalid JSON data", content_type="text/html")
    if not isinstance(body, dict):
        return web.Response(status=400, text="Invalid JSON-RPC data", content_type="text/html")
    return body


def params(body: dict[str, Any]) -> dict[str, Any]:
    """The `params` object; raises what `dict()` raises for something else."""
    given = body.get("params") or {}
    if isinstance(given, dict):
        return given
    first = given[0] if isinstance(given, list | str) and given else ""
    raise value_error(
        f"dictionary update sequence element #0 has length {len(str(first))}; 2 is required"
    )
