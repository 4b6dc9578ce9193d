"""What the gateway refuses, and Odoo's faults by name."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from bridgecore.connectors.odoo import Kind, OdooError
from bridgecore.infra.problems import Code, Conflict, ProblemError


class ModelNotAllowed(ProblemError):
    """Your tenant does not allow this model over the API."""

    status = 403
    code = Code.MODEL_NOT_ALLOWED


class MethodNotPermitted(ProblemError):
    """This method can't be called over the API."""

    status = 403
    code = Code.METHOD_NOT_PERMITTED


class TenantBusy(ProblemError):
    """Too many calls of your tenant wait for its Odoo already; try again shortly."""

    status = 503
    code = Code.TENANT_BUSY


class CircuitOpen(ProblemError):
    """Your Odoo failed several times in a row; it is given a pause before it is tried again."""

    status = 503
    code = Code.CIRCUIT_OPEN


class UpstreamRejected(ProblemError):
    """Odoo refused this call."""

    status = 400
    code = Code.UPSTREAM_REJECTED


class UpstreamConflict(ProblemError):
    """Other work on the same records was in the way; nothing was changed. Try again."""

    status = 409
    code = Code.UPSTREAM_REJECTED


class AnswerLost(Conflict):
    """This was carried out, but what Odoo answered was lost; look for the record in Odoo."""


class UpstreamAccessDenied(ProblemError):
    """Odoo does not let this user do that."""

    status = 403
    code = Code.UPSTREAM_ACCESS_DENIED


class UpstreamNotFound(ProblemError):
    """Odoo does not have this record or model."""

    status = 404
    code = Code.UPSTREAM_NOT_FOUND


class UpstreamCredentials(ProblemError):
    """Odoo does not accept the stored credentials; an administrator must renew them."""

    status = 502
    code = Code.UPSTREAM_CREDENTIALS


class UpstreamUnreachable(ProblemError):
    """Your Odoo can't be reached right now."""

    status = 502
    code = Code.UPSTREAM_UNREACHABLE


class UpstreamFault(ProblemError):
    """Your Odoo failed on this call."""

    status = 502
    code = Code.UPSTREAM_ERROR


class UpstreamTimeout(ProblemError):
    """Your Odoo did not answer in time."""

    status = 504
    code = Code.UPSTREAM_TIMEOUT


class UpstreamRateLimited(ProblemError):
    """Your Odoo asks for fewer calls right now."""

    status = 503
    code = Code.UPSTREAM_RATE_LIMITED


class OutcomeUnknown(ProblemError):
    """Odoo may or may not have carried this out; it is being checked. Do not send it again."""

    status = 502
    code = Code.UPSTREAM_OUTCOME_UNKNOWN


_QUOTED_FIELD = re.compile(r"Invalid field ['\"]([^'\"]+)['\"]")
# Apps read the word as "this tenant is suspended", wherever it comes from.
_SUSPEND = re.compile(r"suspend\w*", re.IGNORECASE)

_REJECTED: dict[Kind, type[ProblemError]] = {
    Kind.ACCESS_ERROR: UpstreamAccessDenied,
    Kind.MISSING_RECORD: UpstreamNotFound,
    Kind.UNKNOWN_MODEL: UpstreamNotFound,
    Kind.UNKNOWN_METHOD: UpstreamRejected,
    Kind.INVALID_FIELD: UpstreamRejected,
    Kind.BAD_REQUEST: UpstreamRejected,
    Kind.VALIDATION: UpstreamRejected,
    Kind.USER_ERROR: UpstreamRejected,
    Kind.REDIRECT_WARNING: UpstreamRejected,
    Kind.UNSUPPORTED: UpstreamRejected,
}
_CREDENTIALS = frozenset({Kind.ACCESS_DENIED, Kind.MFA_REQUIRED, Kind.SESSION_EXPIRED})
FAILING = frozenset({Kind.UNREACHABLE, Kind.TIMED_OUT, Kind.UNAVAILABLE})


def problem_of(
    error: OdooError, *, writes: bool, fields: Collection[str] | None = None
) -> ProblemError:
    """Odoo's fault as a client sees it.

    `fields` are the names a read asked for: apps drop a field that Odoo calls invalid and ask
    again, so an error that blames another name is reworded, or they would ask for ever.
    """
    extra: dict[str, Any] = {}
    if error.exception:
        extra["odoo_exception"] = error.exception
    if writes and error.sent and error.kind not in _REJECTED:
        return OutcomeUnknown(**extra)
    if (rejection := _REJECTED.get(error.kind)) is not None:
        if error.kind is Kind.REDIRECT_WARNING:
            extra["odoo_arguments"] = list(error.arguments)
        return rejection(_worded(error, fields), **extra)
    if error.kind in _CREDENTIALS:
        return UpstreamCredentials(**extra)
    headers = {"Retry-After": str(max(1, round(error.retry_after or 5)))}
    match error.kind:
        case Kind.CONCURRENCY if writes:
            return UpstreamConflict(**extra)
        case Kind.CONCURRENCY:
            return TenantBusy("Odoo was busy with the same records; try again.", headers=headers)
        case Kind.RATE_LIMITED:
            return UpstreamRateLimited(headers=headers)
        case Kind.TIMED_OUT:
            return UpstreamTimeout()
        case Kind.UNREACHABLE | Kind.UNAVAILABLE:
            return UpstreamUnreachable()
        case Kind.ANSWER_TOO_LARGE:
            return UpstreamFault("Odoo's answer is too large; ask for fewer records or fields.")
        case Kind.DATABASE_MISSING:
            return UpstreamFault("Your Odoo server does not have the configured database.")
        case Kind.NOT_ODOO:
            return UpstreamFault("What answers at the configured address is not Odoo.")
        case _:
            return UpstreamFault(_worded(error, fields), **extra)


def _worded(error: OdooError, fields: Collection[str] | None) -> str:
    text = _SUSPEND.sub("inactive", error.message) or "Odoo refused this call."
    quoted = _QUOTED_FIELD.search(text)
    if quoted and (fields is None or quoted[1] not in fields):
        text = text.replace("Invalid field", "Odoo does not know the field")
    return text
