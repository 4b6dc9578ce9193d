"""The gateway's part of the OpenAPI document, made from the same request types that decode."""

from __future__ import annotations

from typing import Any

import msgspec

from bridgecore.domains.gateway import schemas as s
from bridgecore.domains.gateway.router.endpoint import BATCH, PREFIX
from bridgecore.domains.gateway.service.operations import OPERATIONS
from bridgecore.infra.idempotency import documented

_BATCHES: dict[str, tuple[type[msgspec.Struct], str]] = {
    PREFIX + "batch_create": (s.BatchCreate, "Create many records in one call of Odoo"),
    PREFIX + "batch_write": (s.BatchWrite, "Change many records, each with values of its own"),
    PREFIX + "batch_unlink": (s.BatchUnlink, "Delete many records"),
    PREFIX + "batch_execute": (s.BatchExecute, "Several operations; ends at the first failure"),
    BATCH: (s.Batch, "Several operations, each with its own answer"),
}
_ANY: dict[str, Any] = {"description": "What Odoo answered"}
_ANSWER: dict[str, Any] = {
    "title": "GatewayAnswer",
    "type": "object",
    "description": "`result` as Odoo gave it, and the same under the operation's own name.",
    "required": ["success", "result"],
    "properties": {"success": {"type": "boolean"}, "result": _ANY},
    "additionalProperties": True,
}


def schemas() -> dict[str, Any]:
    """Component schemas of every request, and of the answer."""
    types = [operation.request for operation in OPERATIONS.values()]
    types += [request for request, _ in _BATCHES.values()]  # type: ignore[misc]
    _, components = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )
    return {**components, "GatewayAnswer": _ANSWER}


def paths() -> dict[str, Any]:
    """Path items of every operation."""
    found = {
        PREFIX + name: _item(name, operation.request, operation.summary)
        for name, operation in OPERATIONS.items()
    }
    for path, (request, summary) in _BATCHES.items():
        found[path] = _item(path.rpartition("/")[2], request, summary)
    return found


def _item(name: str, request: type[msgspec.Struct], summary: str) -> dict[str, Any]:
    return {
        "post": {
            "tags": ["gateway"],
            "summary": summary,
            "operationId": f"odoo_{name}",
            "security": [{"tenant": []}],
            "parameters": [documented()],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"$ref": f"#/components/schemas/{request.__name__}"}
                    }
                },
            },
            "responses": {
                "200": {
                    "description": "Odoo's answer",
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/GatewayAnswer"}
                        }
                    },
                }
            },
        }
    }
