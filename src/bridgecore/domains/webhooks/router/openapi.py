"""The senders' part of the OpenAPI document, beside the framework's."""

from __future__ import annotations

from typing import Any

from bridgecore.domains.webhooks.router.endpoint import ADDRESS, PUSH, SIGNED
from bridgecore.domains.webhooks.schemas import MOST_EVENTS

_TEXT = {"type": "string"}
_ID = {
    "anyOf": [
        {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[^\x00]*$"},
        {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
        {"type": "null"},
    ],
    "description": "The same whenever the event is sent again: what is known is not stored twice.",
}
_EVENT: dict[str, Any] = {
    "title": "PushedEvent",
    "type": "object",
    "description": "One change of one record. Names of the older documents are read as well: "
    "`event` for `operation`, `timestamp` for `occurred_at`, `data` or `payload` for `values`.",
    "required": ["model", "record_id"],
    "properties": {
        "id": _ID,
        "model": {
            "type": "string",
            "maxLength": 100,
            "pattern": r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$",
        },
        "record_id": {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 2**53 - 1},
                {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[^\x00]*$"},
            ]
        },
        "operation": {
            "anyOf": [_TEXT, {"type": "null"}],
            "description": "`create`, `write` (also where left out) or `unlink`.",
        },
        "changed_fields": {"anyOf": [{"type": "array", "items": _TEXT}, {"type": "null"}]},
        "occurred_at": {
            "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}],
        },
        "values": {"description": "The whole record; believed of signed events only."},
        "origin": {
            "anyOf": [_TEXT, {"type": "null"}],
            "description": "`bridgecore:<id>` of a write of ours.",
        },
    },
    "additionalProperties": True,
}
# what the events hold is read one by one: one that is wrong is rejected in the receipt
_BATCH: dict[str, Any] = {
    "title": "PushedEvents",
    "type": "object",
    "required": ["events"],
    "properties": {
        "source": {"description": "What sends, such as `odoo`."},
        "database": {"description": "Of the sender."},
        "sent_at": {"description": "When the sender sent it."},
        "events": {
            "type": "array",
            "items": {"description": "Each a PushedEvent."},
            "maxItems": MOST_EVENTS,
        },
    },
    "additionalProperties": True,
}
_RECEIPT: dict[str, Any] = {
    "title": "PushReceipt",
    "type": "object",
    "description": "What is accepted or a duplicate is stored. What is rejected never will be.",
    "required": ["success", "accepted", "duplicates", "rejected"],
    "properties": {
        "success": {"type": "boolean"},
        "accepted": {"type": "array", "items": _TEXT},
        "duplicates": {"type": "array", "items": _TEXT},
        "rejected": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "code", "detail", "id"],
                "properties": {
                    "index": {"type": "integer"},
                    "id": {"anyOf": [_TEXT, {"type": "null"}]},
                    "code": _TEXT,
                    "detail": _TEXT,
                },
            },
        },
    },
}
_CONNECTION = {
    "name": "X-BridgeCore-Connection",
    "in": "header",
    "description": "Id of the connection the events are of; the primary Odoo where left out.",
    "schema": {"type": "string", "format": "uuid"},
}
_SIGNATURE = (
    _CONNECTION,
    {
        "name": "X-BridgeCore-Timestamp",
        "in": "header",
        "description": "Unix seconds, within five minutes of our clock.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,15}$"},
    },
    {
        "name": "X-BridgeCore-Signature",
        "in": "header",
        "description": "`v1=` and the hex HMAC-SHA256 of timestamp, a dot and the raw body; "
        "several with commas between.",
        "schema": {"type": "string", "pattern": "^[!-~]+$"},
    },
)
_TOKEN = {
    "name": "token",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_]+$"},
}


def schemas() -> dict[str, Any]:
    """Component schemas of pushes and of their receipt."""
    return {"PushedEvent": _EVENT, "PushedEvents": _BATCH, "PushReceipt": _RECEIPT}


def paths() -> dict[str, Any]:
    """Path items of the senders' addresses."""
    return {
        PUSH: _item(
            "webhook_push", "Push events with a token or API key", _CONNECTION, security="tenant"
        ),
        SIGNED: _item("webhook_signed", "Push signed events", *_SIGNATURE),
        ADDRESS: _item("webhook_address", "Push events to an unguessable address", _TOKEN),
    }


def _item(operation: str, summary: str, *parameters: object, security: str = "") -> dict[str, Any]:
    one_or_many = [
        {"$ref": "#/components/schemas/PushedEvents"},
        {"$ref": "#/components/schemas/PushedEvent"},
        {"type": "array", "items": {}, "maxItems": MOST_EVENTS},
    ]
    return {
        "post": {
            "tags": ["webhooks"],
            "summary": summary,
            "operationId": operation,
            **({"security": [{security: []}]} if security else {}),
            "parameters": [{"required": False, **parameter} for parameter in parameters],  # type: ignore[dict-item]
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"anyOf": one_or_many}}},
            },
            "responses": {
                "200": {
                    "description": "Committed",
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/PushReceipt"}}
                    },
                }
            },
        }
    }
