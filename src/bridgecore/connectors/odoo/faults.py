"""Reads Odoo's refusals: exception names and HTTP answers to kinds of `OdooError`.

The names are those of Odoo 14 to 19. The numeric `code` of an error says nothing reliable (200
up to 18, 0 in 19) and is not looked at.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bridgecore.connectors.odoo.errors import Kind, OdooError, odoo_error
from bridgecore.connectors.odoo.signatures import SIGNATURES
from bridgecore.kit.http import (
    AddressRefused,
    ConnectFailed,
    HttpResponse,
    ResponseTooLarge,
    TimedOut,
    TransportError,
)

LOGIN_COOLDOWN = 60.0
"""Seconds Odoo ignores logins from an address after too many failures (its default)."""

_BY_NAME = {
    "odoo.http.SessionExpiredException": Kind.SESSION_EXPIRED,
    "odoo.http.AuthenticationError": Kind.SESSION_EXPIRED,
    "odoo.exceptions.AccessError": Kind.ACCESS_ERROR,
    "odoo.exceptions.MissingError": Kind.MISSING_RECORD,
    "odoo.exceptions.ValidationError": Kind.VALIDATION,
    "odoo.exceptions.UserError": Kind.USER_ERROR,
    "odoo.exceptions.Warning": Kind.USER_ERROR,
    "odoo.exceptions.except_orm": Kind.USER_ERROR,
    "odoo.exceptions.RedirectWarning": Kind.REDIRECT_WARNING,
    "odoo.exceptions.LockError": Kind.CONCURRENCY,
    "odoo.exceptions.ConcurrencyError": Kind.CONCURRENCY,
    "odoo.sql_db.PoolError": Kind.UNAVAILABLE,
    "psycopg2.errors.SerializationFailure": Kind.CONCURRENCY,
    "psycopg2.errors.DeadlockDetected": Kind.CONCURRENCY,
    "psycopg2.errors.LockNotAvailable": Kind.CONCURRENCY,
    "psycopg2.extensions.TransactionRollbackError": Kind.CONCURRENCY,
    "psycopg2.pool.PoolError": Kind.UNAVAILABLE,
    "psycopg2.InterfaceError": Kind.UNAVAILABLE,
    "psycopg2.errors.AdminShutdown": Kind.UNAVAILABLE,
    "psycopg2.errors.CannotConnectNow": Kind.UNAVAILABLE,
    "psycopg2.errors.TooManyConnections": Kind.UNAVAILABLE,
    "psycopg2.DataError": Kind.BAD_REQUEST,
    "psycopg2.errors.InvalidTextRepresentation": Kind.BAD_REQUEST,
    "psycopg2.errors.InvalidDatetimeFormat": Kind.BAD_REQUEST,
    "psycopg2.errors.DatetimeFieldOverflow": Kind.BAD_REQUEST,
    "psycopg2.errors.NumericValueOutOfRange": Kind.BAD_REQUEST,
    "psycopg2.errors.UndefinedFunction": Kind.BAD_REQUEST,
    "psycopg2.errors.InvalidRowCountInLimitClause": Kind.BAD_REQUEST,
    "binascii.Error": Kind.BAD_REQUEST,
    "werkzeug.exceptions.BadRequest": Kind.BAD_REQUEST,
    "werkzeug.exceptions.UnprocessableEntity": Kind.BAD_REQUEST,
    "werkzeug.exceptions.RequestEntityTooLarge": Kind.BAD_REQUEST,
    "werkzeug.exceptions.UnsupportedMediaType": Kind.BAD_REQUEST,
    "werkzeug.exceptions.Unauthorized": Kind.ACCESS_DENIED,
    "werkzeug.exceptions.Forbidden": Kind.ACCESS_ERROR,
    "werkzeug.exceptions.Conflict": Kind.CONCURRENCY,
    "werkzeug.exceptions.TooManyRequests": Kind.RATE_LIMITED,
    "werkzeug.exceptions.ServiceUnavailable": Kind.UNAVAILABLE,
}
# Where a method's own bug and a caller's wrong arguments raise the same Python exception, only a
# call of a well-known method is blamed on the caller.
_CALLER_OR_BUG = frozenset(
    {
        "builtins.TypeError",
        "builtins.IndexError",
        "builtins.AssertionError",
        "builtins.KeyError",
        "builtins.AttributeError",
        "builtins.OverflowError",
    }
)
_BREAKS_OFF = frozenset(
    {
        "psycopg2.OperationalError",
        "psycopg2.InterfaceError",
        "psycopg2.errors.AdminShutdown",
    }
)
_WRONG_ARGUMENTS = re.compile(r"positional argument|unexpected keyword argument|^Domain\(\)")
_UNKNOWN_OBJECT = re.compile(r"Object \S+ doesn't exist")
_NO_MODEL = re.compile(r"the model '.*' does not exist")
_NO_METHOD = re.compile(r"The method '.*' does not exist")
_USER_GONE = re.compile(r"\(Record: res\.users\((\d+),\), User: (\d+)\)")
_NEVER_MADE = ("connection to server", "could not connect")
_GATEWAY_STATUSES = frozenset({502, 503, 504, 520, 521, 522, 523, 524})


class Refusal(msgspec.Struct):
    """The part of an error that Odoo reports alike in JSON-RPC (`error.data`) and JSON-2."""

    name: str = ""
    message: Any = ""
    arguments: Any = None


class _RpcError(msgspec.Struct):
    message: str = ""
    data: Refusal | None = None


def from_rpc(error: bytes, *, model: str = "", method: str = "", status: int = 200) -> OdooError:
    """The error that the `error` member of a JSON-RPC answer means."""
    try:
        parsed = msgspec.json.decode(error, type=_RpcError)
    except msgspec.ValidationError:
        return odoo_error(
            Kind.SERVER_ERROR, "Odoo reported an error in a form of its own.", status=status
        )
    refusal = parsed.data or Refusal(message=parsed.message)
    return from_refusal(refusal, model=model, method=method, status=status)


def from_refusal(
    refusal: Refusal, *, model: str = "", method: str = "", status: int = 200
) -> OdooError:
    """The error that an Odoo exception means for a call of `model.method`."""
    message = refusal.message if isinstance(refusal.message, str) else str(refusal.message)
    arguments = refusal.arguments if isinstance(refusal.arguments, list) else []
    kind = _classify(refusal.name, message, model, method)
    if refusal.name.startswith("psycopg2"):
        # What follows the first line quotes SQL.
        message = message.partition("\n")[0]
        arguments = [message]
    elif kind is Kind.UNKNOWN_MODEL and (message == model or message.startswith("404")):
        message = f"The model '{model}' does not exist."
    elif kind is Kind.INVALID_FIELD and refusal.name == "builtins.KeyError":
        message = f"Invalid field {message} on '{model}'"
    # A database connection that breaks may have committed; one never made has not.
    broke = refusal.name in _BREAKS_OFF and not message.startswith(_NEVER_MADE)
    return odoo_error(
        kind,
        message or refusal.name or "Odoo reported an error without a message.",
        exception=refusal.name,
        arguments=arguments,
        status=status,
        sent=kind is Kind.UNAVAILABLE and broke,
        retry_after=LOGIN_COOLDOWN if kind is Kind.RATE_LIMITED else None,
    )


def _classify(name: str, message: str, model: str, method: str) -> Kind:
    if name == "odoo.exceptions.AccessDenied":
        throttled = message.startswith("Too many login failures")
        return Kind.RATE_LIMITED if throttled else Kind.ACCESS_DENIED
    if name == "odoo.exceptions.AccessError" and message.startswith("Database not found"):
        return Kind.DATABASE_MISSING
    if name == "odoo.exceptions.UserError" and _UNKNOWN_OBJECT.fullmatch(message):
        return Kind.UNKNOWN_MODEL
    if name == "odoo.exceptions.MissingError":
        gone = _USER_GONE.search(message)
        if gone is not None and gone[1] == gone[2]:
            return Kind.ACCESS_DENIED
    if name == "werkzeug.exceptions.NotFound":
        return _not_found(message, method)
    if name == "psycopg2.OperationalError":
        missing = "database" in message and "does not exist" in message
        return Kind.DATABASE_MISSING if missing else Kind.UNAVAILABLE
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name.startswith("builtins."):
        return _python_fault(name, message, model, method)
    return Kind.SERVER_ERROR


def _not_found(message: str, method: str) -> Kind:
    if _NO_METHOD.match(message):
        return Kind.UNKNOWN_METHOD
    if _NO_MODEL.match(message) or method:
        return Kind.UNKNOWN_MODEL
    return Kind.NOT_ODOO


def _python_fault(name: str, message: str, model: str, method: str) -> Kind:
    if name == "builtins.ValueError":
        return Kind.INVALID_FIELD if message.startswith("Invalid field ") else Kind.BAD_REQUEST
    if name == "builtins.AttributeError" and (
        _NO_METHOD.match(message)
        or (method and message.endswith(f"has no attribute '{method}'") and model in message)
    ):
        return Kind.UNKNOWN_METHOD
    if name == "builtins.KeyError":
        key = message.strip("'")
        if key == model:
            return Kind.UNKNOWN_MODEL
        if method in ("create", "write", "web_save") and key.isidentifier():
            return Kind.INVALID_FIELD
    if name in _CALLER_OR_BUG and (method in SIGNATURES or _WRONG_ARGUMENTS.search(message)):
        return Kind.BAD_REQUEST
    return Kind.SERVER_ERROR


def from_http(response: HttpResponse) -> OdooError:
    """The error that an answer outside Odoo's JSON means: a proxy's page, a wrong address."""
    status = response.status
    if status == 429:
        return odoo_error(
            Kind.RATE_LIMITED,
            "Odoo asks for fewer requests.",
            status=status,
            retry_after=retry_after(response),
        )
    if status in _GATEWAY_STATUSES:
        return odoo_error(
            Kind.UNAVAILABLE,
            f"The server in front of Odoo answered {status}: Odoo is down or restarting.",
            status=status,
            sent=True,
            retry_after=retry_after(response),
        )
    if status >= 500:
        return odoo_error(
            Kind.SERVER_ERROR, f"Odoo's server failed (HTTP {status}).", status=status, sent=True
        )
    if status == 413:
        return odoo_error(
            Kind.BAD_REQUEST, "The request is larger than Odoo accepts.", status=status
        )
    if status == 400 and response.body.startswith(b"Invalid JSON"):
        return odoo_error(Kind.BAD_REQUEST, "Odoo could not read the request.", status=status)
    if 300 <= status < 400:
        target = urlsplit(response.headers.get("location", ""))
        where = f" to {target.scheme}://{target.netloc}" if target.netloc else ""
        return odoo_error(
            Kind.NOT_ODOO,
            f"The address redirects{where}; give the address Odoo itself answers at.",
            status=status,
        )
    if status in (401, 403):
        return odoo_error(
            Kind.NOT_ODOO,
            f"Something in front of Odoo refused the request (HTTP {status}).",
            status=status,
        )
    looks_like_page = "html" in response.headers.get("content-type", "")
    return odoo_error(
        Kind.NOT_ODOO,
        f"The answer is not Odoo's (HTTP {status}); check the address.",
        status=status,
        sent=status == 200 and not looks_like_page,
    )


def from_transport(error: TransportError) -> OdooError:
    """The error that a failed HTTP exchange means."""
    match error:
        case TimedOut():
            return odoo_error(Kind.TIMED_OUT, "Odoo did not answer in time.", sent=error.sent)
        case ResponseTooLarge():
            return odoo_error(
                Kind.ANSWER_TOO_LARGE,
                "Odoo's answer is too large; ask for fewer records or fields.",
                sent=True,
            )
        case AddressRefused():
            return odoo_error(
                Kind.UNSUPPORTED, f"This platform may not call that address ({error})."
            )
        case ConnectFailed():
            return odoo_error(Kind.UNREACHABLE, f"No connection to Odoo could be made ({error}).")
        case _:
            return odoo_error(
                Kind.UNREACHABLE, "The connection to Odoo broke off.", sent=error.sent
            )


def retry_after(response: HttpResponse) -> float | None:
    """Seconds that a Retry-After header asks for, given as a number or as a date."""
    value = response.headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
