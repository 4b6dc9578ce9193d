"""What n8n refuses and why: one error, told apart by kind and by what a caller does about it."""

from __future__ import annotations

from enum import StrEnum

from bridgecore.connectors.errors import ConnectorError, Reauthorise, Rejected, RetryAfter


class Kind(StrEnum):
    """Why a request did not succeed."""

    BAD_KEY = "bad_key"
    MISSING_SCOPE = "missing_scope"
    UNLICENSED = "unlicensed"
    NOT_FOUND = "not_found"
    NOT_N8N = "not_n8n"
    API_DISABLED = "api_disabled"
    STARTING = "starting"
    BAD_REQUEST = "bad_request"
    BAD_CURSOR = "bad_cursor"
    UNKNOWN_ENTITY = "unknown_entity"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    ANSWER_TOO_LARGE = "answer_too_large"
    ADDRESS_REFUSED = "address_refused"


_REAUTHORISE = frozenset({Kind.BAD_KEY, Kind.MISSING_SCOPE})
_RETRY = frozenset(
    {Kind.STARTING, Kind.RATE_LIMITED, Kind.UNAVAILABLE, Kind.UNREACHABLE, Kind.TIMED_OUT}
)


class N8nError(ConnectorError):
    """A request to n8n did not succeed. `status` is the HTTP status, if there was an answer.

    Only reads are sent, so `sent` never means that something was changed.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, retry_after=retry_after)
        self.kind = kind
        self.status = status

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.kind.value}, {self.message!r})"


class N8nBusy(N8nError, RetryAfter):
    """n8n can't be reached or can't answer now."""


class N8nReauthorise(N8nError, Reauthorise):
    """n8n does not accept the stored API key, or the key may not do what is needed."""


class N8nRejected(N8nError, Rejected):
    """n8n refuses this request."""


def n8n_error(
    kind: Kind, message: str, *, status: int | None = None, retry_after: float | None = None
) -> N8nError:
    """The error of the class that fits its kind."""
    error_class: type[N8nError] = N8nRejected
    if kind in _REAUTHORISE:
        error_class = N8nReauthorise
    elif kind in _RETRY:
        error_class = N8nBusy
    return error_class(kind, message, status=status, retry_after=retry_after)
