"""Where senders post, without the framework: verify, store, answer.

Thousands of small requests a second come here, and the framework would cost more than the work.
An answer of 200 is sent after the commit, so what is accepted survives whatever happens next.
"""

from __future__ import annotations

from typing import cast

import msgspec
import structlog
from starlette.types import Receive, Scope, Send

from bridgecore.domains.identity.service import TokenAuthenticator
from bridgecore.domains.webhooks.errors import (
    AddressUnknown,
    MethodNotAllowed,
    ReceiverClosed,
    SignatureMissing,
)
from bridgecore.domains.webhooks.repository.intake import Sender
from bridgecore.domains.webhooks.schemas import Receipt
from bridgecore.domains.webhooks.service.intake import Intake
from bridgecore.domains.webhooks.service.reading import read
from bridgecore.domains.webhooks.service.receivers import Receivers, Signed
from bridgecore.domains.webhooks.service.secrets import ADDRESS_PATH
from bridgecore.infra.asgi import RequestRecord, record_of
from bridgecore.infra.problems import (
    MEDIA_TYPE,
    ProblemError,
    Unauthorized,
    ValidationFailed,
    body_of,
)
from bridgecore.infra.resources import Resources
from bridgecore.infra.telemetry import correlation_id

log = structlog.get_logger(__name__)

PUSH = "/api/v1/webhooks/push"
SIGNED = "/api/webhooks/odoo"
ADDRESS = f"{ADDRESS_PATH}{{token}}"
_JSON = (b"content-type", b"application/json")
_encode = msgspec.json.Encoder().encode


class _Headers:
    """The headers of a push."""

    __slots__ = ("connection", "signature", "timestamp", "token")

    def __init__(self, scope: Scope) -> None:
        self.connection: str | None = None
        self.timestamp = self.signature = self.token = ""
        for name, value in scope["headers"]:
            if name == b"x-bridgecore-connection":
                self.connection = value.decode("latin-1")
            elif name == b"x-bridgecore-timestamp":
                self.timestamp = value.decode("latin-1")
            elif name == b"x-bridgecore-signature":
                self.signature = value.decode("latin-1")
            elif name == b"authorization":
                scheme, _, token = value.partition(b" ")
                if scheme.lower() == b"bearer":
                    self.token = token.strip().decode("latin-1")


class WebhookEndpoint:
    """Serves the three addresses of senders.

    Built before its process's resources are there; `open` hands them over.
    """

    _receivers: Receivers
    intake: Intake

    async def open(self, resources: Resources, authenticator: TokenAuthenticator) -> None:
        self._receivers = Receivers(resources, authenticator)
        self.intake = Intake(resources)
        await self.intake.start()

    async def close(self) -> None:
        await self.intake.close()

    def serves(self, path: str) -> bool:
        return path in (SIGNED, PUSH) or (
            path.startswith(ADDRESS_PATH) and "/" not in path[len(ADDRESS_PATH) :]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 200
        headers = [_JSON]
        try:
            body = await self._answer(scope, receive)
        except ProblemError as problem:
            status, headers, body = _problem(scope, problem)
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        path = scope["path"]
        record = record_of(scope)
        if record is not None:
            record.operation = "webhook"
            if path in (SIGNED, PUSH):
                record.route = path
            else:
                # the address is a secret: no log shall hold it
                record.route = record.path = ADDRESS
        if scope["method"] != "POST":
            raise MethodNotAllowed(headers={"Allow": "POST"})
        # why a body can't be read is told by whoever gave us `receive`
        body = await _read_body(receive)
        try:
            return await self._take(scope, path, body, record)
        except ProblemError:
            raise
        except Exception as error:
            log.error("webhook_failed", exc_info=error)
            if record is not None:
                record.exception = type(error).__name__
            raise ProblemError("Something failed on our side; send the events again.") from error

    async def _take(
        self, scope: Scope, path: str, body: bytes, record: RequestRecord | None
    ) -> bytes:
        sender = await self._sender(scope, path, body)
        if record is not None:
            record.tenant_id = sender.tenant_id
            record.actor_kind = record.actor_kind or "webhook"
        reading = read(body)
        if reading.single and reading.rejected:
            fault = reading.rejected[0]
            self.intake.tell(sender, new=0, duplicates=0, rejected=1)
            entry = {"pointer": "", "code": "value_error", "detail": fault.detail}
            raise ValidationFailed(fault.detail, errors=[entry])
        try:
            new = await self.intake.store(sender, reading.events)
        except ReceiverClosed:
            self._receivers.forget(sender)
            raise
        accepted: list[str] = []
        duplicates: list[str] = []
        for event, is_new in zip(reading.events, new, strict=True):
            (accepted if is_new else duplicates).append(event.source_event_id)
        self.intake.tell(
            sender,
            new=len(accepted),
            duplicates=len(duplicates),
            rejected=len(reading.rejected),
        )
        return _encode(Receipt(not reading.rejected, accepted, duplicates, reading.rejected))

    async def _sender(self, scope: Scope, path: str, body: bytes) -> Sender:
        if path not in (SIGNED, PUSH):
            token = path[len(ADDRESS_PATH) :]
            if not token:
                raise AddressUnknown
            return await self._receivers.at_address(token)
        headers = _Headers(scope)
        if path == SIGNED or headers.signature:
            said = Signed(headers.connection, headers.timestamp, headers.signature)
            if path == SIGNED and not headers.signature:
                raise SignatureMissing
            return await self._receivers.signed(said, body)
        if not headers.token:
            raise Unauthorized
        return await self._receivers.bearer(headers.token, headers.connection)


def _problem(scope: Scope, problem: ProblemError) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    if (record := record_of(scope)) is not None:
        record.code, record.detail = problem.code, problem.detail
    headers = [(b"content-type", MEDIA_TYPE.encode())]
    headers += [
        (name.lower().encode(), value.encode("latin-1")) for name, value in problem.headers.items()
    ]
    return problem.status, headers, body_of(problem, correlation_id.get())


async def _read_body(receive: Receive) -> bytes:
    message = await receive()
    body = cast(bytes, message.get("body", b""))
    if not message.get("more_body", False):
        return body
    parts = [body]
    while message.get("more_body", False):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)
