"""Many operations in one request. Odoo has no transaction over calls: what is done is done."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Raw

from bridgecore.domains.gateway import schemas as s
from bridgecore.domains.gateway.service.calls import Caller, Calls, Wanted
from bridgecore.domains.gateway.service.operations import OPERATIONS, Access, OdooCall, encode
from bridgecore.infra.asgi import RequestRecord
from bridgecore.infra.problems import ProblemError, ServiceUnavailable, ValidationFailed
from bridgecore.kit.validation import validation_errors

# Nothing more is begun after this many seconds: the answer has to leave within 25.
BEGIN_WITHIN = 12.0

Step = Callable[[int], Awaitable[bytes]]


class _Named(msgspec.Struct):
    """The part of an operation of a batch that tells which it is."""

    operation: str | None = None
    method: str | None = None


class Stopped(ProblemError):
    """An operation failed; those behind it were not tried."""

    def __init__(self, problem: ProblemError, *, completed: int) -> None:
        super().__init__(
            problem.detail,
            errors=problem.errors,
            headers=problem.headers,
            **{**problem.extra, "completed": completed},
        )
        self.status = problem.status
        self.code = problem.code


class Item(msgspec.Struct):
    """One operation of a batch, ready to be called."""

    call: OdooCall
    answer: Callable[[bytes], bytes]
    connection: str | None
    fresh: bool


def decode_item(raw: Raw, index: int) -> Item:
    """An operation out of a batch. Raises ValidationFailed naming its place."""
    pointer = f"/operations/{index}"
    try:
        named = msgspec.json.decode(raw, type=_Named)
        name = named.operation or named.method or ""
        operation = OPERATIONS.get(name)
        if operation is None:
            # a method of Odoo that is no operation of its own
            if named.operation is not None or not named.method:
                raise ValidationFailed(
                    f"{pointer}: {name or 'nothing'} is not an operation.",
                    errors=[
                        {
                            "pointer": f"{pointer}/operation",
                            "code": "unknown_operation",
                            "detail": "is not an operation",
                        }
                    ],
                )
            operation = OPERATIONS["call_method"]
        request = operation.decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise ValidationFailed(
            f"{pointer}: {error}", errors=validation_errors(error, prefix=pointer)
        ) from None
    except msgspec.DecodeError:
        raise ValidationFailed(f"{pointer} is not valid JSON.") from None
    return Item(operation.build(request), operation.answer, request.connection, request.fresh)


async def execute(
    calls: Calls,
    caller: Caller,
    items: list[Item],
    wanted: Wanted,
    record: RequestRecord | None,
    *,
    stop_on_error: bool,
) -> list[dict[str, Any]]:
    """Carry out `items` in order; each gets its own answer, as the single operation would."""
    started = time.monotonic()
    results: list[dict[str, Any]] = []
    stopped = False
    for index, item in enumerate(items):
        if stopped or time.monotonic() - started > BEGIN_WITHIN:
            reason = (
                "Not tried: an operation before it failed."
                if stopped
                else "Not tried: the operations before it took too long; send it again."
            )
            results.append(_failure(ServiceUnavailable(reason), tried=False))
            continue
        try:
            raw = await calls.call(caller, item.call, _of(wanted, item, index), record)
        except ProblemError as problem:
            results.append(_failure(problem, tried=True))
            stopped = stop_on_error
        else:
            results.append({"status": 200, **msgspec.json.decode(item.answer(raw))})
    return results


async def execute_all(
    calls: Calls,
    caller: Caller,
    items: list[Item],
    wanted: Wanted,
    record: RequestRecord | None,
) -> list[Raw]:
    """Carry out `items` in order; the raw results. The first failure ends it and is raised.

    The problem then tells in `completed` how many were done.
    """
    started = time.monotonic()
    results: list[Raw] = []
    for index, item in enumerate(items):
        try:
            if time.monotonic() - started > BEGIN_WITHIN:
                raise ServiceUnavailable("The operations take too long together; send fewer.")
            raw = await calls.call(caller, item.call, _of(wanted, item, index), record)
        except ProblemError as problem:
            # callers who shared the call share the problem, each with a batch of their own
            raise Stopped(problem, completed=index) from problem
        results.append(Raw(raw))
    return results


def _of(wanted: Wanted, item: Item, index: int) -> Wanted:
    key = wanted.idempotency_key
    return Wanted(
        connection=item.connection,
        fresh=item.fresh or wanted.fresh,
        idempotency_key=None if key is None else f"{key}:{index}",
        route=f"{wanted.route}#{index}",
    )


def _failure(problem: ProblemError, *, tried: bool) -> dict[str, Any]:
    return {
        "success": False,
        "status": problem.status,
        "tried": tried,
        "error": {"code": problem.code, "detail": problem.detail, **problem.extra},
    }


def writes_of(request: s.BatchWrite) -> list[OdooCall]:
    """One write for each different set of values, in the order they first appear."""
    groups: dict[bytes, tuple[dict[str, Raw], list[int]]] = {}
    for update in request.updates:
        groups.setdefault(encode(update.values), (update.values, []))[1].append(update.id)
    named: dict[str, Any] = {"context": request.context} if request.context else {}
    return [
        OdooCall(request.model, "write", [ids, values], named, Access.WRITE)
        for values, ids in groups.values()
    ]


def saves_of(request: s.WebSave) -> list[OdooCall]:
    """One save for each of the `records`: with an id it changes that one, else it creates."""
    calls: list[OdooCall] = []
    for index, values in enumerate(request.records or []):
        values = dict(values)
        try:
            record_id = msgspec.json.decode(values.pop("id", Raw(b"0")), type=int | bool | None)
        except msgspec.ValidationError:
            raise ValidationFailed(f"/records/{index}/id is not a number.") from None
        specification = request.specification or {name: {} for name in values}
        named: dict[str, Any] = {"specification": specification}
        if request.context:
            named["context"] = request.context
        ids = [record_id] if record_id else []
        calls.append(OdooCall(request.model, "web_save", [ids, values], named, Access.WRITE))
    return calls
