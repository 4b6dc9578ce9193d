"""The gateway's operations as one ASGI endpoint, without the framework: the hot path.

token → admission (limits, suspension, revocation in one round trip) → policy → cache, flight or
Odoo → answer bytes
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog
from starlette.types import Receive, Scope, Send

from bridgecore.domains.gateway import schemas as s
from bridgecore.domains.gateway.service import batches
from bridgecore.domains.gateway.service.calls import Caller, Calls, Wanted
from bridgecore.domains.gateway.service.clients import CallLimits
from bridgecore.domains.gateway.service.operations import (
    OPERATIONS,
    Access,
    OdooCall,
    Operation,
    encode,
)
from bridgecore.domains.gateway.service.policy import check_feature
from bridgecore.domains.identity.service import Principal, TokenAuthenticator
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import Feature, TenantSnapshot
from bridgecore.infra.asgi import RequestRecord, record_of
from bridgecore.infra.auth import ActorKind
from bridgecore.infra.idempotency import check_key
from bridgecore.infra.problems import (
    MEDIA_TYPE,
    BadRequest,
    Code,
    Forbidden,
    ProblemError,
    Unauthorized,
    UnsupportedMediaType,
    ValidationFailed,
    body_of,
)
from bridgecore.infra.resources import Resources
from bridgecore.infra.telemetry import correlation_id
from bridgecore.kit import rate_limits
from bridgecore.kit.rate_limits import Decision, TenantState
from bridgecore.kit.validation import validation_errors

log = structlog.get_logger(__name__)

PREFIX = "/api/v1/odoo/"
BATCH = "/api/v1/batch"
_JSON = (b"content-type", b"application/json")
_SERVED = (ActorKind.MEMBER, ActorKind.API_KEY)

Handler = Callable[["_Exchange", bytes], Awaitable[bytes]]

_LARGEST_KNOWN = 4 * 1024  # bytes of a request
_MOST_KNOWN = 512  # of each operation


class MethodNotAllowed(ProblemError):
    """This address takes POST."""

    status = 405
    code = Code.METHOD_NOT_ALLOWED


class _Exchange:
    """One request on its way: what its headers said, and who turned out to send it."""

    __slots__ = ("idempotency_key", "path", "principal", "record", "token")

    def __init__(self, scope: Scope, record: RequestRecord | None) -> None:
        """Raises Unauthorized without a token, and for headers that do not fit."""
        self.path: str = scope["path"]
        self.record = record
        self.token = ""
        self.idempotency_key: str | None = None
        self.principal: Principal
        for name, value in scope["headers"]:
            if name == b"authorization":
                scheme, _, token = value.partition(b" ")
                if scheme.lower() == b"bearer":
                    self.token = token.strip().decode("latin-1")
            elif name == b"idempotency-key":
                self.idempotency_key = value.decode("latin-1")
                check_key(self.idempotency_key)
            elif name == b"content-type" and not _is_json(value):
                raise UnsupportedMediaType
        if not self.token:
            raise Unauthorized

    def wanted(self, request: s.GatewayRequest) -> Wanted:
        return Wanted(request.connection, request.fresh, self.idempotency_key, self.path)


def _is_json(value: bytes) -> bool:
    if value == b"application/json":
        return True
    kind = value.partition(b";")[0].strip().lower()
    return kind == b"application/json" or kind.endswith(b"+json")


class GatewayEndpoint:
    """Serves every operation at `/api/v1/odoo/…` and `/api/v1/batch`.

    Built before its process's resources are there; `open` hands them over.
    """

    def __init__(self, limits: CallLimits | None = None) -> None:
        self._limits = limits
        self._authenticator: TokenAuthenticator
        self.calls: Calls
        self._snapshots: dict[str, tuple[int, TenantSnapshot]] = {}
        self._handlers: dict[str, Handler] = {
            PREFIX + name: self._single(operation) for name, operation in OPERATIONS.items()
        }
        self._handlers[PREFIX + "web_save"] = self._web_save
        self._handlers[PREFIX + "batch_create"] = self._batch_create
        self._handlers[PREFIX + "batch_write"] = self._batch_write
        self._handlers[PREFIX + "batch_unlink"] = self._batch_unlink
        self._handlers[PREFIX + "batch_execute"] = self._batch_execute
        self._handlers[BATCH] = self._batch

    async def open(self, resources: Resources, authenticator: TokenAuthenticator) -> None:
        self._authenticator = authenticator
        self.calls = Calls(resources, self._limits)
        resources.extensions["gateway"] = self

    async def close(self) -> None:
        await self.calls.close()

    def serves(self, path: str) -> bool:
        return path in self._handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        record = record_of(scope)
        if record is not None:
            record.route = path
            record.operation = path.rpartition("/")[2]
        status = 200
        headers = [_JSON]
        try:
            if scope["method"] != "POST":
                raise MethodNotAllowed(headers={"Allow": "POST"})
            exchange = _Exchange(scope, record)
            exchange.principal = self._authenticator.remembered(
                exchange.token
            ) or await self._authenticator.principal(exchange.token)
            _attribute(exchange.principal, record)
        except Exception as error:
            status, headers, body = _refusal(scope, error)
        else:
            # why a body can't be read is told by whoever gave us `receive`
            given = await _read_body(receive)
            try:
                body = await self._handlers[path](exchange, given)
            except Exception as error:
                status, headers, body = _refusal(scope, error)
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def caller(self, scope: Scope, token: str) -> Caller:
        """The admitted caller of a route outside this endpoint. Raises ProblemError."""
        record = record_of(scope)
        principal = await self._identify(token, record)
        return await self._admit_as(principal, record, 1)

    async def identified(self, token: str) -> Caller:
        """The caller behind a token that was admitted already. Raises ProblemError."""
        principal = await self._identify(token, None)
        assert principal.tenant_id is not None
        state = await tenancy.read_state(self.calls.resources.database, principal.tenant_id)
        permissions = await self._authenticator.permissions(principal, state.version)
        return self._known(principal, state, permissions, degraded=False)

    async def _identify(self, token: str, record: RequestRecord | None) -> Principal:
        if not token:
            raise Unauthorized
        principal = await self._authenticator.principal(token)
        _attribute(principal, record)
        return principal

    async def _admit(self, exchange: _Exchange, calls: int = 1) -> Caller:
        """Ask for `calls` calls at once, and learn what the tenant may do."""
        caller = await self._admit_as(exchange.principal, exchange.record, calls)
        check_feature(caller.snapshot, Feature.GATEWAY)
        return caller

    async def _admit_as(
        self, principal: Principal, record: RequestRecord | None, calls: int
    ) -> Caller:
        decision: Decision = await self._authenticator.admit(principal, weight=calls)
        state = decision.state
        if state is None:
            raise Unauthorized
        if record is not None:
            record.headers = rate_limits.wire_headers(decision)
        permissions = self._authenticator.built_in(principal)
        if permissions is None:
            permissions = await self._authenticator.permissions(principal, state.version)
        return self._known(principal, state, permissions, degraded=decision.degraded)

    def _known(
        self,
        principal: Principal,
        state: TenantState,
        permissions: frozenset[str],
        *,
        degraded: bool,
    ) -> Caller:
        return Caller(
            principal,
            state,
            self._snapshot(state),
            permissions,
            correlation_id.get(),
            degraded,
        )

    def _snapshot(self, state: TenantState) -> TenantSnapshot:
        known = self._snapshots.get(state.tenant_id)
        if known is not None and known[0] == state.version:
            return known[1]
        snapshot = tenancy.snapshot_of(state)
        if len(self._snapshots) > 10_000:
            self._snapshots.clear()
        self._snapshots[state.tenant_id] = (state.version, snapshot)
        return snapshot

    # ── single operations ──────────────────────────────────────────────────────────────────────

    def _single(self, operation: Operation) -> Handler:
        # what is asked for again and again, and answered from the cache, is read once
        known: dict[bytes, tuple[Any, OdooCall]] = {}

        def understood(body: bytes) -> tuple[Any, OdooCall]:
            request = _decode(operation.decoder, body)
            call = operation.build(request)
            if call.cacheable and self.calls.cache.enabled and len(body) <= _LARGEST_KNOWN:
                if len(known) >= _MOST_KNOWN:
                    known.clear()
                call = call._replace(digests={})
                known[body] = request, call
            return request, call

        async def handle(exchange: _Exchange, body: bytes) -> bytes:
            caller = await self._admit(exchange)
            request, call = known.get(body) or understood(body)
            if exchange.record is not None:
                exchange.record.model = call.model
            wanted = exchange.wanted(request)
            kept = self.calls.kept(caller, call, wanted, exchange.record)
            if kept is not None:
                return self.calls.cache.body(kept, operation.name, operation.answer)
            return operation.answer(await self.calls.call(caller, call, wanted, exchange.record))

        return handle

    async def _web_save(self, exchange: _Exchange, body: bytes) -> bytes:
        request = _decode(OPERATIONS["web_save"].decoder, body)
        if request.records is None:
            return await self._single(OPERATIONS["web_save"])(exchange, body)
        saves = batches.saves_of(request)
        raws = await self._all(exchange, request, saves)
        saved = [row for raw in raws for row in msgspec.json.decode(raw, type=list[msgspec.Raw])]
        return encode({"success": True, "records": saved, "result": True})

    # ── batches ────────────────────────────────────────────────────────────────────────────────

    async def _batch_create(self, exchange: _Exchange, body: bytes) -> bytes:
        request = _decode(_BATCH_CREATE, body)
        call = OdooCall(
            request.model, "create", [request.values_list], _context(request), Access.WRITE
        )
        (raw,) = await self._all(exchange, request, [call])
        return b'{"success":true,"ids":' + raw + b',"result":' + raw + b"}"

    async def _batch_write(self, exchange: _Exchange, body: bytes) -> bytes:
        request = _decode(_BATCH_WRITE, body)
        await self._all(exchange, request, batches.writes_of(request))
        return b'{"success":true,"result":true}'

    async def _batch_unlink(self, exchange: _Exchange, body: bytes) -> bytes:
        request = _decode(_BATCH_UNLINK, body)
        call = OdooCall(request.model, "unlink", [request.ids], _context(request), Access.DELETE)
        await self._all(exchange, request, [call])
        return b'{"success":true,"result":true}'

    async def _all(
        self, exchange: _Exchange, request: s.GatewayRequest, calls: list[OdooCall]
    ) -> list[msgspec.Raw]:
        caller = await self._admit(exchange, max(1, len(calls)))
        if exchange.record is not None:
            exchange.record.model = request.model
        items = [
            batches.Item(call, _no_answer, request.connection, request.fresh) for call in calls
        ]
        return await batches.execute_all(
            self.calls, caller, items, exchange.wanted(request), exchange.record
        )

    async def _batch_execute(self, exchange: _Exchange, body: bytes) -> bytes:
        request = _decode(_BATCH_EXECUTE, body)
        items = [batches.decode_item(raw, index) for index, raw in enumerate(request.operations)]
        caller = await self._admit(exchange, len(items))
        wanted = Wanted(idempotency_key=exchange.idempotency_key, route=exchange.path)
        results = await batches.execute_all(self.calls, caller, items, wanted, exchange.record)
        return encode({"success": True, "results": results, "result": results})

    async def _batch(self, exchange: _Exchange, body: bytes) -> bytes:
        request = _decode(_BATCH, body)
        items = [batches.decode_item(raw, index) for index, raw in enumerate(request.operations)]
        caller = await self._admit(exchange, len(items))
        wanted = Wanted(idempotency_key=exchange.idempotency_key, route=exchange.path)
        results = await batches.execute(
            self.calls,
            caller,
            items,
            wanted,
            exchange.record,
            stop_on_error=request.stop_on_error,
        )
        done = all(result["success"] for result in results)
        return encode({"success": done, "results": results, "result": results})


_BATCH_CREATE = msgspec.json.Decoder(s.BatchCreate)
_BATCH_WRITE = msgspec.json.Decoder(s.BatchWrite)
_BATCH_UNLINK = msgspec.json.Decoder(s.BatchUnlink)
_BATCH_EXECUTE = msgspec.json.Decoder(s.BatchExecute)
_BATCH = msgspec.json.Decoder(s.Batch)


def _context(request: s.GatewayRequest) -> dict[str, Any]:
    return {"context": request.context} if request.context else {}


def _no_answer(raw: bytes) -> bytes:
    return raw


def _decode(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    """The request. Raises BadRequest for no JSON, ValidationFailed for what does not fit."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        entries = validation_errors(error)
        raise ValidationFailed(
            f"{entries[0]['pointer'] or 'body'}: {entries[0]['detail']}", errors=entries
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("The body is not valid JSON.") from None


def _attribute(principal: Principal, record: RequestRecord | None) -> None:
    """Note whose request it is. Raises Forbidden for those the gateway is not for."""
    if principal.kind not in _SERVED:
        raise Forbidden("The gateway is for people and keys of a tenant; sign in as one.")
    if record is not None:
        record.tenant_id = principal.tenant_id
        record.actor_id = principal.user_id
        record.actor_kind = principal.kind


def _refusal(scope: Scope, error: Exception) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """The answer to a request that failed, whatever failed."""
    record = record_of(scope)
    if isinstance(error, ProblemError):
        problem = error
    else:
        log.error("gateway_failed", path=scope["path"], exc_info=error)
        if record is not None:
            record.exception = type(error).__name__
        problem = ProblemError("Something failed on our side; of a write, see the list of writes.")
    if record is not None:
        record.code, record.detail = problem.code, problem.detail
    headers = [(b"content-type", MEDIA_TYPE.encode())]
    headers += [
        (name.lower().encode(), value.encode("latin-1")) for name, value in problem.headers.items()
    ]
    return problem.status, headers, body_of(problem, correlation_id.get())


async def _read_body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body
    parts = [body]
    while message.get("more_body", False):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)
