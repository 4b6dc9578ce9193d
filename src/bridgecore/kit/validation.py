"""Turns msgspec's validation messages into the field errors of a problem."""

from __future__ import annotations

import re

import msgspec

_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_INDEX = re.compile(r"\[(\d+|\.\.\.)\]")


def validation_errors(error: msgspec.ValidationError, *, prefix: str = "") -> list[dict[str, str]]:
    """One entry with `pointer`, `code` and `detail`; msgspec stops at the first fault."""
    text = str(error)
    path = ""
    if match := _PATH.search(text):
        path = _INDEX.sub(r".\1", match["path"]).replace(".", "/")
        text = text[: match.start()]
    return [{"pointer": f"{prefix}{path}", "code": "invalid", "detail": text}]
