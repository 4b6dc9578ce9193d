"""What Odoo refuses and why: one error, told apart by kind and by what a caller does about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import msgspec

from bridgecore.connectors.errors import ConnectorError, Reauthorise, Rejected, RetryAfter


class Kind(StrEnum):
    """Why a call did not succeed."""

    ACCESS_DENIED = "access_denied"
    MFA_REQUIRED = "mfa_required"
    SESSION_EXPIRED = "session_expired"
    ACCESS_ERROR = "access_error"
    MISSING_RECORD = "missing_record"
    UNKNOWN_MODEL = "unknown_model"
    UNKNOWN_METHOD = "unknown_method"
    INVALID_FIELD = "invalid_field"
    BAD_REQUEST = "bad_request"
    VALIDATION = "validation"
    USER_ERROR = "user_error"
    REDIRECT_WARNING = "redirect_warning"
    DATABASE_MISSING = "database_missing"
    NOT_ODOO = "not_odoo"
    SERVER_ERROR = "server_error"
    ANSWER_TOO_LARGE = "answer_too_large"
    UNSUPPORTED = "unsupported"
    CONCURRENCY = "concurrency"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"


_REAUTHORISE = frozenset({Kind.ACCESS_DENIED, Kind.MFA_REQUIRED, Kind.SESSION_EXPIRED})
_RETRY = frozenset(
    {
        Kind.CONCURRENCY,
        Kind.RATE_LIMITED,
        Kind.UNAVAILABLE,
        Kind.UNREACHABLE,
        Kind.TIMED_OUT,
    }
)


class OdooError(ConnectorError):
    """A call to Odoo did not succeed.

    `message` is Odoo's own where it gave one, `exception` the name of its exception class,
    `arguments` that exception's arguments (a RedirectWarning's action among them), `status` the
    HTTP status if there was an answer. `sent`: Odoo may have acted; an exception that Odoo
    reports rolled its transaction back, so there it is False.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        exception: str = "",
        arguments: Sequence[Any] = (),
        status: int | None = None,
        sent: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, sent=sent, retry_after=retry_after)
        self.kind = kind
        self.exception = exception
        self.arguments = tuple(arguments)
        self.status = status

    @property
    def retryable(self) -> bool:
        """The same call may succeed later. Whether repeating it is safe, `sent` tells."""
        return isinstance(self, RetryAfter)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.kind.value}, {self.message!r})"


class OdooBusy(OdooError, RetryAfter):
    """Odoo can't be reached or can't answer now."""


class OdooReauthorise(OdooError, Reauthorise):
    """Odoo does not accept the stored credentials."""


class OdooRejected(OdooError, Rejected):
    """Odoo refuses this call."""


def odoo_error(
    kind: Kind,
    message: str,
    *,
    exception: str = "",
    arguments: Sequence[Any] = (),
    status: int | None = None,
    sent: bool = False,
    retry_after: float | None = None,
) -> OdooError:
    """The error of the class that fits its kind."""
    error_class: type[OdooError] = OdooRejected
    if kind in _REAUTHORISE:
        error_class = OdooReauthorise
    elif kind in _RETRY:
        error_class = OdooBusy
    return error_class(
        kind,
        message,
        exception=exception,
        arguments=arguments,
        status=status,
        sent=sent,
        retry_after=retry_after,
    )


@contextmanager
def understood(model: str) -> Iterator[None]:
    """Answers about a model are taken apart here: one that can't be is the other side's fault."""
    try:
        yield
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise odoo_error(
            Kind.NOT_ODOO,
            f"The answer about {model} is not what an Odoo answers ({error}).",
            sent=True,
        ) from error
