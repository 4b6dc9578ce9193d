"""Errors as clients see them: RFC 9457 problem details, one base class, one registry of codes.

A subclass's docstring is its default message, so an error reads the same in code and on the wire.
`detail` is always a string and `message` repeats it: existing mobile apps read either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson

from bridgecore.kit.clock import isoformat, utcnow

MEDIA_TYPE = "application/problem+json"


class Code(StrEnum):
    """Every `code` a client can meet. Names marked (doc) come from the requirement documents."""

    UNAUTHORIZED = "UNAUTHORIZED"  # (doc)
    FORBIDDEN = "FORBIDDEN"  # (doc)
    TENANT_NOT_FOUND = "TENANT_NOT_FOUND"  # (doc)
    TENANT_LIMIT_EXCEEDED = "TENANT_LIMIT_EXCEEDED"  # (doc)
    INVALID_SUBDOMAIN = "INVALID_SUBDOMAIN"  # (doc)
    PROVISIONING_FAILED = "PROVISIONING_FAILED"  # (doc)
    BACKUP_FAILED = "BACKUP_FAILED"  # (doc)
    BILLING_ERROR = "BILLING_ERROR"  # (doc)
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"  # (doc)
    MAINTENANCE_MODE = "MAINTENANCE_MODE"  # (doc)

    BAD_REQUEST = "BAD_REQUEST"
    VALIDATION_FAILED = "VALIDATION_FAILED"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    CONFLICT = "CONFLICT"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"

    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    PASSWORD_CHANGE_REQUIRED = "PASSWORD_CHANGE_REQUIRED"
    SECOND_FACTOR_REQUIRED = "SECOND_FACTOR_REQUIRED"
    LOGIN_THROTTLED = "LOGIN_THROTTLED"
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED"
    EMAIL_NOT_VERIFIED = "EMAIL_NOT_VERIFIED"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"
    TOKEN_REVOKED = "TOKEN_REVOKED"
    INVITATION_USED = "INVITATION_USED"
    INVITATION_REVOKED = "INVITATION_REVOKED"
    INVITATION_EXPIRED = "INVITATION_EXPIRED"
    TENANT_SUSPENDED = "TENANT_SUSPENDED"
    TENANT_DELETED = "TENANT_DELETED"
    PAYMENT_REQUIRED = "PAYMENT_REQUIRED"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"

    IDEMPOTENCY_IN_PROGRESS = "IDEMPOTENCY_IN_PROGRESS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"

    CONNECTION_MISSING = "CONNECTION_MISSING"
    CONNECTION_REFUSED = "CONNECTION_REFUSED"
    ADDRESS_NOT_ALLOWED = "ADDRESS_NOT_ALLOWED"
    MODEL_NOT_ALLOWED = "MODEL_NOT_ALLOWED"
    METHOD_NOT_PERMITTED = "METHOD_NOT_PERMITTED"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    FEATURE_NOT_ALLOWED = "FEATURE_NOT_ALLOWED"

    UPSTREAM_REJECTED = "UPSTREAM_REJECTED"
    UPSTREAM_ACCESS_DENIED = "UPSTREAM_ACCESS_DENIED"
    UPSTREAM_NOT_FOUND = "UPSTREAM_NOT_FOUND"
    UPSTREAM_CREDENTIALS = "UPSTREAM_CREDENTIALS"
    UPSTREAM_UNREACHABLE = "UPSTREAM_UNREACHABLE"
    UPSTREAM_ERROR = "UPSTREAM_ERROR"
    UPSTREAM_TIMEOUT = "UPSTREAM_TIMEOUT"
    UPSTREAM_RATE_LIMITED = "UPSTREAM_RATE_LIMITED"
    UPSTREAM_OUTCOME_UNKNOWN = "UPSTREAM_OUTCOME_UNKNOWN"
    CIRCUIT_OPEN = "CIRCUIT_OPEN"
    TENANT_BUSY = "TENANT_BUSY"


class ProblemError(Exception):
    """Something went wrong."""

    status: int = 500
    code: Code = Code.INTERNAL_ERROR

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip().splitlines()[0]
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.extra = extra
        super().__init__(self.detail)


class Repeated(ProblemError):
    """A refusal that is known by status and code only: one stored, or one of the framework's."""

    def __init__(self, status: int, code: Code, detail: str, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.status = status
        self.code = code


class BadRequest(ProblemError):
    """The request can't be understood."""

    status = 400
    code = Code.BAD_REQUEST


class Unauthorized(ProblemError):
    """Sign in first: this call needs a valid access token."""

    status = 401
    code = Code.UNAUTHORIZED

    def __init__(self, detail: str | None = None, **options: Any) -> None:
        options.setdefault("headers", {"WWW-Authenticate": "Bearer"})
        super().__init__(detail, **options)


class Forbidden(ProblemError):
    """You are not allowed to do this."""

    status = 403
    code = Code.FORBIDDEN


class NotFound(ProblemError):
    """There is nothing at this address."""

    status = 404
    code = Code.NOT_FOUND


class Conflict(ProblemError):
    """This contradicts what is stored already."""

    status = 409
    code = Code.CONFLICT


class ValidationFailed(ProblemError):
    """Some fields are not valid; see `errors`."""

    status = 422
    code = Code.VALIDATION_FAILED


class BodyTooLarge(ProblemError):
    """The request body is larger than this server accepts."""

    status = 413
    code = Code.BODY_TOO_LARGE


class UnsupportedMediaType(ProblemError):
    """Send the body as application/json."""

    status = 415
    code = Code.UNSUPPORTED_MEDIA_TYPE


class ServiceUnavailable(ProblemError):
    """A part this call needs is not available right now; try again shortly."""

    status = 503
    code = Code.SERVICE_UNAVAILABLE


TITLES = {
    400: "Bad request",
    401: "Not signed in",
    402: "Payment required",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    410: "Gone",
    413: "Too large",
    415: "Unsupported media type",
    422: "Not valid",
    429: "Too many requests",
    500: "Internal error",
    502: "Upstream failed",
    503: "Not available",
    504: "Upstream timed out",
}


def problem_body(
    *,
    status: int,
    code: Code,
    detail: str,
    correlation_id: str,
    errors: Sequence[Mapping[str, str]] = (),
    extra: Mapping[str, Any] | None = None,
) -> bytes:
    """The JSON of one problem."""
    body: dict[str, Any] = {
        "type": f"urn:bridgecore:problem:{code.lower().replace('_', '-')}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "message": detail,
        "code": code.value,
        "correlation_id": correlation_id,
        "timestamp": isoformat(utcnow()),
    }
    if errors:
        body["errors"] = [dict(entry) for entry in errors]
    if extra:
        body.update(extra)
    return orjson.dumps(body)


def body_of(error: ProblemError, correlation_id: str) -> bytes:
    return problem_body(
        status=error.status,
        code=error.code,
        detail=error.detail,
        correlation_id=correlation_id,
        errors=error.errors,
        extra=error.extra,
    )
