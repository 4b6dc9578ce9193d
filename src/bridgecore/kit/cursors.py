"""Opaque page cursors of feeds: the sort key of the last row, not a promise about its shape."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec


class InvalidCursor(ValueError):
    """The cursor was not made by this server, or for another list."""


def encode_cursor(kind: str, key: Sequence[Any]) -> str:
    """Text that may travel in a URL. `kind` names the list, so a cursor fits no other."""
    packed = msgspec.msgpack.encode([kind, *key])
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode_cursor(kind: str, text: str, types: Sequence[Any]) -> list[Any]:
    """The sort key, each part checked against `types`. Raises InvalidCursor."""
    try:
        packed = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        parts = msgspec.msgpack.decode(packed, type=list[Any])
        if not parts or parts[0] != kind or len(parts) != len(types) + 1:
            raise InvalidCursor("this cursor belongs to another list")
        return [
            msgspec.convert(part, wanted, strict=False)
            for part, wanted in zip(parts[1:], types, strict=True)
        ]
    except (binascii.Error, UnicodeEncodeError, msgspec.MsgspecError) as error:
        raise InvalidCursor("this cursor was not made by this server") from error
