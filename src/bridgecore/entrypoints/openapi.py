"""The OpenAPI document, and the pages that show it, with assets of our own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from fastapi.routing import iter_route_contexts
from fastapi.staticfiles import StaticFiles

from bridgecore import __version__
from bridgecore.infra.idempotency import IdempotentRoute, documented
from bridgecore.infra.problems import MEDIA_TYPE, Code

ASSETS = "/docs/assets"

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457 problem details. `message` repeats `detail`.",
    "type": "object",
    "required": [
        "type",
        "title",
        "status",
        "detail",
        "message",
        "code",
        "correlation_id",
        "timestamp",
    ],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "message": {"type": "string"},
        "code": {"type": "string", "enum": sorted(Code)},
        "correlation_id": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}

_PROBLEM_ANSWER = {
    "description": "A problem; `code` tells which",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def build_openapi(app: FastAPI, extra_paths: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """The whole document: FastAPI's routes, `extra_paths` beside them, problems everywhere."""
    document = get_openapi(
        title="BridgeCore API",
        version=__version__,
        summary="One safe API between business systems and the apps and people that need them.",
        routes=app.routes,
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    components = document.setdefault("components", {})
    known = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        known.pop(name, None)
    known["Problem"] = PROBLEM_SCHEMA
    known.update(schemas)
    for path, operations in extra_paths.items():
        document["paths"].setdefault(path, {}).update(operations)
    for operations in document["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            responses.pop("422", None)
            responses.setdefault("default", _PROBLEM_ANSWER)
    for path in _keyed(app):
        operation = document["paths"][path]["post"]
        # sign-in routes have nobody to scope a key by
        if operation.get("security"):
            operation.setdefault("parameters", []).append(documented())
    document["paths"] = dict(sorted(document["paths"].items()))
    return document


def _keyed(app: FastAPI) -> set[str]:
    """Paths whose POST honours `Idempotency-Key`."""
    return {
        str(context.path_format)
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, IdempotentRoute)
        and "POST" in (context.original_route.methods or ())
        and context.original_route.include_in_schema
    }


def add_documentation(app: FastAPI) -> None:
    """Serve `/docs`, `/redoc` and `/api/v1/docs` without asking any other host."""
    assets = Path(str(files("fastapi_offline"))) / "static"
    app.mount(ASSETS, StaticFiles(directory=assets), name="documentation")

    async def swagger(_: Request) -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="BridgeCore API",
            swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{ASSETS}/favicon.png",
        )

    async def redoc(_: Request) -> HTMLResponse:
        return get_redoc_html(
            openapi_url="/openapi.json",
            title="BridgeCore API",
            redoc_js_url=f"{ASSETS}/redoc.standalone.js",
            redoc_favicon_url=f"{ASSETS}/favicon.png",
            with_google_fonts=False,
        )

    app.add_route("/docs", swagger, include_in_schema=False)
    app.add_route("/api/v1/docs", swagger, include_in_schema=False)
    app.add_route("/redoc", redoc, include_in_schema=False)
