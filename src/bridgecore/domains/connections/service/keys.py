"""Bringing every sealed secret of this domain under the current key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.connections import repository
from bridgecore.domains.connections.models import Connection, MemberCredential
from bridgecore.domains.connections.service import secrets
from bridgecore.infra.crypto import DecryptionFailed
from bridgecore.infra.resources import Resources

_BATCH = 200

log = structlog.get_logger(__name__)

Row = TypeVar("Row", Connection, MemberCredential)
Read = Callable[[AsyncSession, UUID | None, int], Awaitable[Sequence[Row]]]


async def rotate_secrets(resources: Resources) -> int:
    """Seal what lies under an earlier key under the current one. Returns how many it were.

    A transaction a batch, so it can be ended and begun again at any time. A secret that does not
    open is lost with or without rotation: it is logged, and does not hold up the others.
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
                try:
                    rotated += await secrets.rewrap(resources.cipher, row)
                except DecryptionFailed as error:
                    log.error(
                        "secret_not_rotated",
                        table=row.__tablename__,
                        row=str(row.id),
                        error=str(error),
                    )
        if len(rows) < _BATCH:
            return rotated
        after = rows[-1].id
