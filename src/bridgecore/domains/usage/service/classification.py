"""Which answers are errors worth keeping, how severe they are, and which ones are the same.

Kept are faults of ours and of tenants' systems, and refusals that a tenant or we can cure. Not
kept: answers to no route of ours (scanners), 401 (a token that ran out is everyday life), plain
404 (apps look for what is not there), and callers who left before the answer (499).
"""

from __future__ import annotations

import hashlib
import re

from bridgecore.domains.usage.schemas import ErrorSeverity
from bridgecore.infra.problems import Code

# What a code means for whoever watches the platform; codes not named go by their status.
_BY_CODE: dict[str, ErrorSeverity] = {
    # faults of ours: somebody has to look
    Code.INTERNAL_ERROR: ErrorSeverity.CRITICAL,
    Code.PROVISIONING_FAILED: ErrorSeverity.CRITICAL,
    Code.BACKUP_FAILED: ErrorSeverity.CRITICAL,
    # nothing works for this tenant until somebody acts, or data may differ on the two sides
    Code.UPSTREAM_OUTCOME_UNKNOWN: ErrorSeverity.HIGH,
    Code.UPSTREAM_CREDENTIALS: ErrorSeverity.HIGH,
    Code.UPSTREAM_UNREACHABLE: ErrorSeverity.HIGH,
    Code.BILLING_ERROR: ErrorSeverity.HIGH,
    # the tenant's system is in trouble that may pass
    Code.UPSTREAM_ERROR: ErrorSeverity.MEDIUM,
    Code.UPSTREAM_TIMEOUT: ErrorSeverity.MEDIUM,
    Code.UPSTREAM_RATE_LIMITED: ErrorSeverity.MEDIUM,
    Code.CIRCUIT_OPEN: ErrorSeverity.MEDIUM,
    Code.TENANT_BUSY: ErrorSeverity.MEDIUM,
    Code.CONNECTION_MISSING: ErrorSeverity.MEDIUM,
    Code.CONNECTION_REFUSED: ErrorSeverity.MEDIUM,
    Code.QUOTA_EXCEEDED: ErrorSeverity.MEDIUM,
    # the system said no, and said why
    Code.UPSTREAM_REJECTED: ErrorSeverity.LOW,
    Code.UPSTREAM_ACCESS_DENIED: ErrorSeverity.LOW,
    Code.UPSTREAM_NOT_FOUND: ErrorSeverity.LOW,
    # planned
    Code.MAINTENANCE_MODE: ErrorSeverity.LOW,
}
_NOT_KEPT = frozenset({401, 404, 405, 499})

_MESSAGE_LENGTH = 500
_VALUES = re.compile(
    r"""
    (?P<uuid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})
  | (?P<quoted>"[^"]*"|(?<!\w)'[^']*'(?!\w)|`[^`]*`|«[^»]*»|“[^”]*”)
  | (?P<address>[\w.+-]+@[\w-]+\.[\w.-]+)
  | (?P<hex>\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{8,}\b)
  | (?P<number>\d+(?:[.,:]\d+)*)
    """,
    re.VERBOSE,
)
_BLANKS = re.compile(r"\s+")


def severity_of(status: int, code: str | None) -> ErrorSeverity | None:
    """How severe an answer is, or None when it is no error worth keeping."""
    if status < 400:
        return None
    if code is not None and code in _BY_CODE:
        return _BY_CODE[code]
    if status >= 500:
        return ErrorSeverity.CRITICAL if status == 500 else ErrorSeverity.HIGH
    return None if status in _NOT_KEPT else ErrorSeverity.LOW


def normalised(message: str) -> str:
    """`message` with numbers, ids, addresses and quoted values taken out."""
    plain = _VALUES.sub(lambda found: f"<{found.lastgroup}>", message[:_MESSAGE_LENGTH])
    return _BLANKS.sub(" ", plain).strip()


def fingerprint(code: str, route: str, model: str, message: str) -> str:
    """32 hexadecimal digits: equal for errors that differ in values only."""
    parts = "\x00".join([code, route, model, normalised(message)])
    return hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:32]
