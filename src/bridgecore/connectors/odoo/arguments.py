"""Call arguments: already encoded or Python objects, looked into no deeper than needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bridgecore.connectors.odoo.errors import Kind, odoo_error

Args = Sequence[Any] | msgspec.Raw
Kwargs = Mapping[str, Any] | msgspec.Raw

NO_KWARGS: Mapping[str, Any] = {}

_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def positional(args: Args) -> list[Any]:
    """The arguments one by one; encoded ones stay encoded. Raises `Rejected` if no list."""
    if not isinstance(args, msgspec.Raw):
        return list(args)
    try:
        return list(_LIST.decode(args))
    except msgspec.DecodeError:
        raise odoo_error(Kind.BAD_REQUEST, "`args` must be a list.") from None


def keywords(kwargs: Kwargs) -> dict[str, Any]:
    """The named arguments one by one; encoded ones stay encoded. Raises `Rejected` if no object."""
    if not isinstance(kwargs, msgspec.Raw):
        return dict(kwargs)
    try:
        return dict(_OBJECT.decode(kwargs))
    except msgspec.DecodeError:
        raise odoo_error(Kind.BAD_REQUEST, "`kwargs` must be an object.") from None


def plain(value: Any) -> Any:
    """The value as Python objects. Raises `Rejected` for what is no JSON."""
    if not isinstance(value, msgspec.Raw):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        raise odoo_error(Kind.BAD_REQUEST, "An argument is not valid JSON.") from None


def record_ids(value: Any) -> list[Any]:
    """The ids in a first argument: Odoo takes one id, a list of them, or false for none."""
    ids = plain(value)
    if ids is None or ids is False:
        return []
    return list(ids) if isinstance(ids, (list, tuple)) else [ids]


def single(result: bytes) -> bytes:
    """The only element of a one-element list; any other value as it is."""
    try:
        elements = msgspec.json.decode(result, type=list[msgspec.Raw])
    except msgspec.ValidationError:
        return result
    return bytes(elements[0]) if len(elements) == 1 else result
