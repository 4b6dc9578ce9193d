"""Bringing every sealed secret under the current key, domain by domain, and seeing that it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from importlib.util import find_spec

from sqlalchemy import column as named
from sqlalchemy import func, literal, select, table
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.entrypoints.rooms import DOMAINS
from bridgecore.infra.resources import Resources

Rotation = Callable[[Resources], Awaitable[int]]

# Sealed for as long as their row lives. What is sealed for a day at most (kept answers, successors
# of refresh tokens) is not rotated: it is gone before the old key is.
SEALED = (
    ("connections", "secret"),
    ("member_credentials", "secret"),
    ("users", "totp_secret"),
    ("webhook_secrets", "secret"),
)


def rotations() -> Mapping[str, Rotation]:
    """By domain: what seals its secrets anew and returns how many they were.

    A domain that keeps sealed secrets has `rotate_secrets` in its service.
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


async def remaining(session: AsyncSession, key_id: str) -> Mapping[str, int]:
    """By column: how many secrets lie under another key than this. Needs a platform session.

    Reads the key's id where `infra.crypto` writes it: version, length of the id, the id.
    """
    found = {}
    for place, name in SEALED:
        sealed = named(name, BYTEA)
        theirs = func.substring(sealed, 3, func.get_byte(sealed, 1))
        counted = await session.scalar(
            select(func.count())
            .select_from(table(place, sealed))
            .where(sealed.is_not(None), theirs != literal(key_id.encode(), BYTEA))
        )
        if counted:
            found[f"{place}.{name}"] = counted
    return found
