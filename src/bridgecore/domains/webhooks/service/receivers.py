"""Who sends: signatures, bearer tokens and unguessable addresses, each leading to a connection.

What is found is kept for a few seconds. It may be revoked meanwhile: the statement that stores
the events asks again, so nothing is accepted after a revocation has committed.
"""

from __future__ import annotations

import hmac
import time
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import Row

from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.errors import ConnectionMissing, ConnectionNotFound
from bridgecore.domains.connections.schemas import ConnectionFilter
from bridgecore.domains.identity.service import TokenAuthenticator
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.webhooks.errors import (
    AddressUnknown,
    ReceiverClosed,
    SignatureInvalid,
    SignatureMissing,
    TimestampOutside,
)
from bridgecore.domains.webhooks.repository import credentials
from bridgecore.domains.webhooks.repository.intake import Sender
from bridgecore.domains.webhooks.schemas import Trust
from bridgecore.domains.webhooks.service.forgeries import Forgeries
from bridgecore.domains.webhooks.service.secrets import ADDRESS_PREFIX, opened
from bridgecore.infra.auth import ActorKind
from bridgecore.infra.crypto import DecryptionFailed, hash_token, same_secret, token_prefix
from bridgecore.infra.problems import Forbidden, ValidationFailed
from bridgecore.infra.resources import Resources

log = structlog.get_logger(__name__)

WINDOW_SECONDS = 300
KEPT_SECONDS = 5.0
KEPT = 10_000
PUSH_PERMISSION = "webhooks:push"
_MOST_SIGNATURES = 10

Found = TypeVar("Found")


class Signed(NamedTuple):
    """What a signed request says in its headers, as they came."""

    connection: str | None
    timestamp: str
    signature: str


class _Key(NamedTuple):
    """One secret that opens, with the id it can be revoked by."""

    secret: bytes
    id: UUID | None


class _Receiver(NamedTuple):
    """A connection that takes events, as it was a moment ago."""

    tenant_id: UUID
    connection_id: UUID
    keys: tuple[_Key, ...]


class Receivers:
    """Finds senders. One per process."""

    def __init__(self, resources: Resources, authenticator: TokenAuthenticator) -> None:
        self._resources = resources
        self._authenticator = authenticator
        self._kept: OrderedDict[Hashable, tuple[float, object]] = OrderedDict()
        self._single = resources.settings.secret("odoo_webhook_secret").encode()
        self._forgeries = Forgeries(resources.redis)

    def forget(self, sender: Sender) -> None:
        """Look a sender up again, after the database knew better."""
        self._kept = OrderedDict(
            (key, kept)
            for key, kept in self._kept.items()
            if not (isinstance(kept[1], Sender) and kept[1] == sender)
            and not (
                isinstance(kept[1], _Receiver) and kept[1].connection_id == sender.connection_id
            )
        )

    async def signed(self, said: Signed, body: bytes) -> Sender:
        """The sender of a signed request. Counts as one call, once the signature is known to fit.

        Raises SignatureMissing, TimestampOutside, SignatureInvalid, SenderThrottled,
        ReceiverClosed and what `admit_system` raises.
        """
        if not said.timestamp or not said.signature:
            raise SignatureMissing
        if not (said.timestamp.isascii() and said.timestamp.isdigit()) or (
            abs(time.time() - int(said.timestamp[:15])) > WINDOW_SECONDS
        ):
            raise TimestampOutside
        target = said.connection or ""
        self._forgeries.check(target)
        message = said.timestamp.encode() + b"." + body
        given = _signatures(said.signature)
        if said.connection is not None:
            connection_id = _uuid(said.connection)
            single = b""
        else:
            connection_id = await self._only()
            single = self._single
        receiver = None
        if connection_id is not None:
            receiver = await self._receiver(connection_id)
            if receiver is None or not _matching(receiver.keys, given, message, single):
                # a secret made a moment ago is not among those kept
                self._kept.pop(connection_id, None)
                receiver = await self._receiver(connection_id)
        key = _matching(receiver.keys, given, message, single) if receiver is not None else None
        if receiver is None or key is None:
            await self._forgeries.failed(target, exists=receiver is not None)
            raise SignatureInvalid
        await self._authenticator.admit_system(receiver.tenant_id)
        return Sender(receiver.tenant_id, receiver.connection_id, Trust.SIGNED.value, key.id)

    async def at_address(self, token: str) -> Sender:
        """The sender at an unguessable address. Counts as one call.

        Raises AddressUnknown, SenderThrottled, ReceiverClosed and what `admit_system` raises.
        """
        if token_prefix(token) != ADDRESS_PREFIX:
            raise AddressUnknown
        hashed = hash_token(token)
        kept = self._remembered(hashed, Sender)
        if kept is not None:
            await self._authenticator.admit_system(kept.tenant_id)
            return kept
        self._forgeries.check(token)
        async with self._resources.database.anonymous() as session:
            row = await credentials.address(session, hashed)
        if row is None:
            await self._forgeries.failed(token, exists=False)
            raise AddressUnknown
        _admit(row)
        sender = Sender(row.tenant_id, row.connection_id, Trust.ADDRESS.value, row.id)
        self._remember(hashed, sender)
        await self._authenticator.admit_system(sender.tenant_id)
        return sender

    async def bearer(self, token: str, connection: str | None) -> Sender:
        """The sender with a tenant's token or API key, at a connection or the primary Odoo.

        Counts as one call. Raises Unauthorized, Forbidden, ConnectionMissing,
        ConnectionNotFound, ValidationFailed, ReceiverClosed and what `admit` raises.
        """
        principal = await self._authenticator.principal(token)
        if principal.kind not in (ActorKind.MEMBER, ActorKind.API_KEY):
            raise Forbidden("Events are pushed by people and keys of a tenant; sign in as one.")
        decision = await self._authenticator.admit(principal)
        version = decision.state.version if decision.state is not None else 0
        held = await self._authenticator.permissions(principal, version)
        if not {"*", "webhooks:*", PUSH_PERMISSION} & held:
            raise Forbidden(f"This needs the permission {PUSH_PERMISSION}.")
        assert principal.tenant_id is not None
        connection_id = await self._connection_of(principal.tenant_id, connection)
        receiver = await self._receiver(connection_id)
        if receiver is None or receiver.tenant_id != principal.tenant_id:
            raise ConnectionNotFound
        return Sender(receiver.tenant_id, connection_id, Trust.TOKEN.value, None)

    async def _connection_of(self, tenant_id: UUID, named: str | None) -> UUID:
        if named is not None:
            connection_id = _uuid(named)
            if connection_id is None:
                fault = "X-BridgeCore-Connection holds the id of a connection, a UUID."
                entry = {
                    "pointer": "/header/x-bridgecore-connection",
                    "code": "uuid_parsing",
                    "detail": fault,
                }
                raise ValidationFailed(fault, errors=[entry])
            return connection_id
        kept = self._remembered(("primary", tenant_id), UUID)
        if kept is not None:
            return kept
        async with self._resources.database.tenant(tenant_id) as session:
            wanted = ConnectionFilter(tenant_id=tenant_id, connector="odoo")
            rows, _ = await connections.list_connections(session, wanted, 0, 1_000)
        found = next((row.id for row in rows if row.is_primary), None)
        if found is None:
            raise ConnectionMissing(
                "Missing Odoo credentials: this company has no primary Odoo connection yet; add"
                " one, or name another connection in X-BridgeCore-Connection."
            )
        self._remember(("primary", tenant_id), found)
        return found

    async def _only(self) -> UUID | None:
        if not self._single:
            raise SignatureMissing
        kept = self._remembered("only", UUID)
        if kept is None:
            async with self._resources.database.anonymous() as session:
                kept = await credentials.only_connection(session)
            if kept is not None:
                self._remember("only", kept)
        return kept

    async def _receiver(self, connection_id: UUID) -> _Receiver | None:
        """None where there is no such connection. Raises ReceiverClosed, the tenant's refusal."""
        kept = self._remembered(connection_id, _Receiver)
        if kept is not None:
            return kept
        async with self._resources.database.anonymous() as session:
            row = await credentials.receiver(session, connection_id)
        if row is None:
            return None
        _admit(row)
        keys = []
        for secret_id, sealed in zip(row.secret_ids, row.secrets, strict=True):
            try:
                secret = await opened(
                    self._resources.cipher, row.tenant_id, connection_id, secret_id, sealed
                )
            except DecryptionFailed as error:
                log.error("webhook_secret_unreadable", secret=str(secret_id), error=str(error))
                continue
            keys.append(_Key(secret, secret_id))
        receiver = _Receiver(row.tenant_id, connection_id, tuple(keys))
        self._remember(connection_id, receiver)
        return receiver

    def _remembered(self, key: Hashable, kind: type[Found]) -> Found | None:
        kept = self._kept.get(key)
        if kept is None or kept[0] < time.monotonic():
            return None
        return kept[1] if isinstance(kept[1], kind) else None

    def _remember(self, key: Hashable, value: object) -> None:
        self._kept[key] = (time.monotonic() + KEPT_SECONDS, value)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def _admit(row: Row[Any]) -> None:
    refused = tenancy.refusal(row.tenant_status, trial_ends_at=row.trial_ends)
    if refused is not None:
        raise refused
    if not row.allowed:
        raise ReceiverClosed


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _signatures(header: str) -> Sequence[bytes]:
    """The version 1 signatures of a header such as `v1=<hex>,v1=<hex>`."""
    found = []
    for part in header.split(",")[:_MOST_SIGNATURES]:
        version, _, digits = part.strip().partition("=")
        if version == "v1":
            try:
                found.append(bytes.fromhex(digits))
            except ValueError:
                continue
    return found


def _matching(
    keys: Sequence[_Key], given: Sequence[bytes], message: bytes, single: bytes
) -> _Key | None:
    for key in (*keys, _Key(single, None)) if single else keys:
        expected = hmac.digest(key.secret, message, "sha256")
        # every signature is compared, so that time tells nothing of which one fits
        if any(list(map(partial(same_secret, expected), given))):
            return key
    return None
