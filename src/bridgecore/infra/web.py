"""What every HTTP answer of the control plane shares: transactions, problems, lists, inputs.

A request is one transaction. The session dependencies have function scope, so they commit before
the answer leaves; with FastAPI's default scope a client could read before its own write.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import structlog
from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from bridgecore.infra.asgi import note_problem, record_of
from bridgecore.infra.auth import ActorKind, current_actor
from bridgecore.infra.problems import (
    MEDIA_TYPE,
    BadRequest,
    Code,
    Conflict,
    ProblemError,
    Repeated,
    ServiceUnavailable,
    ValidationFailed,
    body_of,
)
from bridgecore.infra.resources import resources_of
from bridgecore.infra.telemetry import correlation_id
from bridgecore.kit.cursors import InvalidCursor

log = structlog.get_logger(__name__)
Item = TypeVar("Item")


class Input(BaseModel):
    """A body that changes something: fields it does not know are refused, not dropped."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Output(BaseModel):
    """An answer; may be read straight from a row."""

    model_config = ConfigDict(from_attributes=True)


class Page(BaseModel, Generic[Item]):
    """A list of the control plane, with its whole count."""

    items: Sequence[Item]
    total: int


class Feed(BaseModel, Generic[Item]):
    """A list that grows while it is read. `next_cursor` is None at its end."""

    items: Sequence[Item]
    next_cursor: str | None = None


class Paging(BaseModel):
    skip: int
    limit: int


def paging(
    skip: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Paging:
    return Paging(skip=skip, limit=limit)


PagingDep = Annotated[Paging, Depends(paging)]


async def session_of(request: Request) -> AsyncIterator[AsyncSession]:
    """The one transaction of this request, opened for the caller's side.

    Members and API keys see their tenant; staff see the platform; people without a tenant see
    what the look-up functions give.
    """
    ready: AsyncSession | None = getattr(request.state, "session", None)
    if ready is not None:  # an idempotent request opened it to hold its key and its effect
        yield ready
        return
    actor = await current_actor(request)
    database = resources_of(request).database
    if actor.kind is ActorKind.STAFF:
        opened = database.platform()
    elif actor.tenant_id is not None:
        opened = database.tenant(actor.tenant_id)
    else:
        opened = database.anonymous()
    async with opened as session:
        request.state.session = session
        try:
            yield session
        finally:
            request.state.session = None


async def anonymous_session_of(request: Request) -> AsyncIterator[AsyncSession]:
    """The transaction of a request nobody is signed in for."""
    async with resources_of(request).database.anonymous() as session:
        yield session


async def platform_session_of(request: Request) -> AsyncIterator[AsyncSession]:
    """A transaction across tenants, for sign-in flows that write before a tenant is known."""
    async with resources_of(request).database.platform() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(session_of, scope="function")]
AnonymousSessionDep = Annotated[AsyncSession, Depends(anonymous_session_of, scope="function")]
PlatformSessionDep = Annotated[AsyncSession, Depends(platform_session_of, scope="function")]


def problem_response(error: ProblemError) -> Response:
    return Response(
        body_of(error, correlation_id.get()),
        status_code=error.status,
        media_type=MEDIA_TYPE,
        headers=error.headers,
    )


_HTTP_CODES = {
    400: Code.BAD_REQUEST,
    401: Code.UNAUTHORIZED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    406: Code.NOT_ACCEPTABLE,
    413: Code.BODY_TOO_LARGE,
    415: Code.UNSUPPORTED_MEDIA_TYPE,
}


def install_problem_handlers(
    app: FastAPI, unexpected: Callable[[Request, Exception], None] | None = None
) -> None:
    """Make every error of `app` a problem. `unexpected` is told of those that are our fault."""

    def answered(request: Request, error: ProblemError) -> Response:
        note_problem(request.scope, error)
        return problem_response(error)

    async def problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemError)
        return answered(request, error)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = _HTTP_CODES.get(error.status_code, Code.BAD_REQUEST)
        detail = "There is nothing at this address." if code is Code.NOT_FOUND else error.detail
        headers = dict(error.headers or {})
        if code is Code.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_methods_at(request))
        return answered(request, Repeated(error.status_code, code, str(detail), headers=headers))

    async def validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answered(request, validation_problem(error.errors()))

    async def database(request: Request, error: Exception) -> Response:
        return answered(request, database_problem(request, error, unexpected))

    async def cursor(request: Request, error: Exception) -> Response:
        return answered(request, BadRequest(f"`cursor` is not valid: {error}."))

    async def unknown(request: Request, error: Exception) -> Response:
        log.error("request_failed", path=request.url.path, exc_info=error)
        if unexpected is not None:
            unexpected(request, error)
        if (record := record_of(request.scope)) is not None:
            record.exception = type(error).__name__
        return answered(
            request,
            ProblemError(
                "Something failed on our side. Nothing was changed. If it happens again, tell "
                f"support this id: {correlation_id.get()}"
            ),
        )

    app.add_exception_handler(ProblemError, problem)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(DBAPIError, database)
    app.add_exception_handler(PoolTimeout, database)
    app.add_exception_handler(InvalidCursor, cursor)
    app.add_exception_handler(Exception, unknown)


def _methods_at(request: Request) -> list[str]:
    """Every method this path takes; the router itself names those of one route alone."""
    here = [
        route
        for route in iter_route_contexts(request.app.routes)
        if route.methods and route.path_regex.match(request.scope["path"])
    ]
    return sorted(
        {
            method
            for route in here
            if route.path_format == here[0].path_format
            for method in route.methods or ()
        }
    )


def validation_problem(errors: Sequence[Any]) -> ProblemError:
    """One problem for all the fields that were wrong. Values sent are not repeated."""
    if any(entry["type"] == "json_invalid" for entry in errors):
        return BadRequest("The body is not valid JSON.")
    entries = []
    for entry in errors:
        where, *path = entry["loc"]
        prefix = "" if where == "body" else f"/{where}"
        pointer = prefix + "".join(f"/{part}" for part in path)
        entries.append({"pointer": pointer, "code": entry["type"], "detail": entry["msg"]})
    first = entries[0]
    detail = f"{first['pointer'] or 'body'}: {first['detail']}"
    if len(entries) > 1:
        detail += f" (and {len(entries) - 1} more, see errors)"
    return ValidationFailed(detail, errors=entries)


def database_problem(
    request: Request,
    error: Exception,
    unexpected: Callable[[Request, Exception], None] | None,
) -> ProblemError:
    """A database error in words that carry no SQL."""
    if isinstance(error, IntegrityError):
        sqlstate = getattr(error.orig, "sqlstate", None)
        if sqlstate == "23505":
            return Conflict("Something with this name or key exists already.")
        if sqlstate == "23503":
            return Conflict("This refers to something that does not exist, or is still in use.")
    if isinstance(error, DataError) and getattr(error.orig, "sqlstate", None) in (
        None,  # the driver itself refused it
        "22021",  # a NUL byte or broken character
        "22P05",
        "22003",  # number out of range
        "22008",  # date out of range
    ):
        return ValidationFailed("A value can't be stored: it is out of range or not text.")
    if isinstance(error, OperationalError | PoolTimeout) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        log.error("database_unavailable", error=type(error).__name__)
        return ServiceUnavailable(
            "The database does not answer right now; try again shortly.",
            headers={"Retry-After": "2"},
        )
    log.error("database_failed", path=request.url.path, exc_info=error)
    if unexpected is not None:
        unexpected(request, error)
    return ProblemError("Something failed on our side. Nothing was changed.")
