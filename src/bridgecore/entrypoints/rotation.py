"""Bringing every sealed secret under the current key, domain by domain."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from importlib.util import find_spec

from bridgecore.entrypoints.rooms import DOMAINS
from bridgecore.infra.resources import Resources

Rotation = Callable[[Resources], Awaitable[int]]


def rotations() -> Mapping[str, Rotation]:
    """By domain: what seals its secrets anew and returns how many they were.

    A domain that keeps sealed secrets has `rotate_secrets` in its service. Answers that are kept
    for a repeated request are sealed too, and are gone within a day.
    """
    found: dict[str, Rotation] = {}
    for domain in DOMAINS:
        name = f"bridgecore.domains.{domain}.service"
        if find_spec(name) is None:
            continue
        rotate: Rotation | None = getattr(import_module(name), "rotate_secrets", None)
        if rotate is not None:
            found[domain] = rotate
    return found
