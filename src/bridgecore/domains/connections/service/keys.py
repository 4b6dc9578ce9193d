"""Bringing every sealed secret of this domain under the current key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.connections import repository
from bridgecore.domains.connections.models import Connection, MemberCredential
from bridgecore.domains.connections.service import secrets
from bridgecore.infra.resources import Resources

_BATCH = 200

Row = TypeVar("Row", Connection, MemberCredential)
Read = Callable[[AsyncSession, UUID | None, int], Awaitable[Sequence[Row]]]


async def rotate_secrets(resources: Resources) -> int:
    """Seal what lies under an earlier key under the current one. Returns how many it were.

    A transaction a batch, so it can be ended and begun again at any time. Raises
    DecryptionFailed for a secret whose key this process was not given.
    """
    return await _rotate(resources, repository.sealed_connections) + await _rotate(
        resources, repository.sealed_credentials
    )


async def _rotate(resources: Resources, read: Read[Row]) -> int:
    rotated = 0
    after: UUID | None = None
    while True:
        async with resources.database.platform() as session:
            rows = await read(session, after, _BATCH)
            for row in rows:
                rotated += await secrets.rewrap(resources.cipher, row)
        if len(rows) < _BATCH:
            return rotated
        after = rows[-1].id
