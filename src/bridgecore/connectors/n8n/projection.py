"""Takes the wanted fields out of a record without reading what is in them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def projected(record: bytes, fields: Sequence[str]) -> bytes:
    """Those of the record's fields, in the order asked for."""
    found = _OBJECT.decode(record)
    return msgspec.json.encode({name: found[name] for name in fields if name in found})
