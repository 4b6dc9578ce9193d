"""Odoo's results as the bodies that apps expect: `success`, the documented key, and `result`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw

encode = msgspec.json.Encoder().encode


def under(*keys: str) -> Callable[[bytes], bytes]:
    """`success`, then the result under each of `keys` and under `result`."""
    parts = [f'"{key}":'.encode() for key in (*keys, "result")]
    first, rest = b'{"success":true,' + parts[0], [b"," + part for part in parts[1:]]

    def answer(raw: bytes) -> bytes:
        body = [first, raw]
        for part in rest:
            body += (part, raw)
        body.append(b"}")
        return b"".join(body)

    return answer


def created(raw: bytes) -> bytes:
    value = msgspec.json.decode(raw)
    if isinstance(value, list):
        return encode({"success": True, "ids": value, "result": value})
    return encode({"success": True, "id": value, "ids": [value], "result": value})


def named_created(raw: bytes) -> bytes:
    value = msgspec.json.decode(raw)
    found = {"success": True, "result": value}
    if isinstance(value, list) and len(value) == 2:
        found |= {"id": value[0], "display_name": value[1]}
    return encode(found)


def spread(*keys: str) -> Callable[[bytes], bytes]:
    """The result under `result`, and its members named `keys` beside it."""

    def answer(raw: bytes) -> bytes:
        try:
            members = msgspec.json.decode(raw, type=dict[str, Raw])
        except msgspec.ValidationError:
            members = {}
        body: dict[str, Any] = {"success": True}
        body |= {key: members[key] for key in keys if key in members}
        body["result"] = Raw(raw)
        return encode(body)

    return answer


def view(raw: bytes) -> bytes:
    view = msgspec.json.decode(raw, type=dict[str, Any])
    if "id" in view:
        view.setdefault("view_id", view["id"])
    return encode({"success": True, "view": view, **view, "result": view})


def loaded_views(raw: bytes) -> bytes:
    loaded = msgspec.json.decode(raw, type=dict[str, Any])
    if "fields_views" in loaded:
        loaded["views"] = loaded["fields_views"]
    filters = loaded.get("filters") or next(
        (view["filters"] for view in (loaded.get("views") or {}).values() if "filters" in view),
        None,
    )
    result = {
        "views": loaded.get("views"),
        "fields": loaded.get("fields"),
        "filters": filters,
    }
    return encode({"success": True, **result, "result": result})


def found_records(raw: bytes) -> bytes:
    found = msgspec.json.decode(raw, type=dict[str, Raw])
    records = found.get("records", Raw(b"[]"))
    return encode(
        {
            "success": True,
            "records": records,
            "length": found.get("length", Raw(b"0")),
            "result": records,
        }
    )


def saved_records(raw: bytes) -> bytes:
    return b'{"success":true,"records":' + raw + b',"result":true}'
