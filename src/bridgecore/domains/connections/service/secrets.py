"""Sealing and opening what a connection must not show.

Associated data ties each secret to its tenant and row, so one copied elsewhere does not open.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from bridgecore.domains.connections.models import Connection, MemberCredential
from bridgecore.infra.crypto import SecretBox, associated_data


async def seal(
    cipher: SecretBox, tenant_id: UUID, connection_id: UUID, secrets: Mapping[str, str]
) -> bytes:
    """The secret properties of a configuration, sealed for this connection alone."""
    return await cipher.encrypt(
        msgspec.json.encode(secrets), _connection_place(tenant_id, connection_id)
    )


async def secrets_of(cipher: SecretBox, connection: Connection) -> dict[str, str]:
    """The secret properties, empty where none is stored. Raises DecryptionFailed."""
    if connection.secret is None:
        return {}
    place = _connection_place(connection.tenant_id, connection.id)
    return msgspec.json.decode(await cipher.decrypt(connection.secret, place), type=dict[str, str])


async def seal_own(cipher: SecretBox, credential: MemberCredential, password: str) -> bytes:
    return await cipher.encrypt(password.encode(), _own_place(credential))


async def own_password(cipher: SecretBox, credential: MemberCredential) -> str:
    """Raises DecryptionFailed."""
    return (await cipher.decrypt(credential.secret, _own_place(credential))).decode()


async def rewrap(cipher: SecretBox, row: Connection | MemberCredential) -> bool:
    """Seal the row's secret under the current key. Returns whether it was not yet."""
    if row.secret is None or not cipher.needs_rotation(row.secret):
        return False
    place = (
        _connection_place(row.tenant_id, row.id) if isinstance(row, Connection) else _own_place(row)
    )
    row.secret = await cipher.rewrap(row.secret, place)
    return True


def _connection_place(tenant_id: UUID, connection_id: UUID) -> bytes:
    return associated_data("connections.secret", str(tenant_id), str(connection_id))


def _own_place(credential: MemberCredential) -> bytes:
    return associated_data(
        "member_credentials.secret",
        str(credential.tenant_id),
        str(credential.membership_id),
        str(credential.connection_id),
    )
