"""What a rate limiter decides, and how an HTTP answer tells it.

Windows are fixed: window number `floor(now / period)` of the Unix clock, so that every process
and every server agrees on where one ends.
"""

from __future__ import annotations

import math
from enum import IntEnum
from functools import lru_cache
from typing import Literal

import msgspec

RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
QUOTA_EXCEEDED = "QUOTA_EXCEEDED"

OPEN_STATUSES = frozenset({"active", "trial"})


class Period(IntEnum):
    """Lengths of windows in seconds."""

    BURST = 10
    HOUR = 3_600
    DAY = 86_400


class Limits(msgspec.Struct, frozen=True):
    """How many calls each window of a tenant holds. None is unlimited, 0 is none at all."""

    tenant_hour: int | None = None
    tenant_day: int | None = None
    tenant_burst: int | None = None
    user_hour: int | None = None
    user_burst: int | None = None


class TenantState(msgspec.Struct, frozen=True):
    """What has to be known about a tenant before a call of theirs is served.

    `version` only grows and names this snapshot. Tokens issued before `epoch` (Unix seconds) are
    refused. `generation` is a part of every cache key of the tenant; the limiter keeps it.
    `blob` is opaque here: the snapshot that the gateway works from.
    """

    tenant_id: str
    version: int
    status: str
    limits: Limits
    blob: bytes = b""
    epoch: int = 0
    generation: int = 0


class WindowUse(msgspec.Struct, frozen=True):
    """One window after the decision. `reset` is seconds until it starts again."""

    name: str
    limit: int | None
    used: int
    period: int
    reset: int

    @property
    def remaining(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.used)

    def lacks(self, weight: int) -> bool:
        """Whether a call of this weight no longer fits."""
        return self.limit is not None and self.used + weight > self.limit


Kind = Literal["admitted", "limited", "revoked", "inactive", "state_missing"]


class Decision(msgspec.Struct, frozen=True):
    """Whether a call may go on, and what it left in its windows.

    `state_missing`: nobody has told the limiter about the tenant yet; tell it and ask again.
    `inactive`: see `state.status`. `refusing` holds the windows that were full. `degraded`: this
    process decided alone, because Redis was away.
    """

    kind: Kind
    state: TenantState | None = None
    windows: tuple[WindowUse, ...] = ()
    refusing: tuple[WindowUse, ...] = ()
    now: int = 0
    degraded: bool = False

    @property
    def admitted(self) -> bool:
        return self.kind == "admitted"

    @property
    def code(self) -> str | None:
        """The error code of a refusal by a window: the plan's daily quota is told apart."""
        if self.kind != "limited":
            return None
        daily = any(window.period == Period.DAY for window in self.refusing)
        return QUOTA_EXCEEDED if daily else RATE_LIMIT_EXCEEDED

    @property
    def retry_after(self) -> int | None:
        """Seconds until every window that refused has started again."""
        return max((window.reset for window in self.refusing), default=None)

    @property
    def tightest(self) -> WindowUse | None:
        """The window that will refuse first, as far as can be told: the fullest, then longest."""
        if self.refusing:
            return max(self.refusing, key=lambda window: window.reset)
        fullest, share = None, -1.0
        for window in self.windows:
            limit = window.limit
            if limit is None:
                continue
            filled = window.used / limit if limit else math.inf
            if (
                fullest is None
                or filled > share
                or (filled == share and window.period > fullest.period)
            ):
                fullest, share = window, filled
        return fullest


def headers(decision: Decision) -> list[tuple[str, str]]:
    """Response headers for a decision, refused or not; empty where nothing is limited.

    `RateLimit-Policy` and `RateLimit` follow the IETF draft (seconds until reset);
    `X-RateLimit-Reset` is Unix time in seconds, as most clients of that header expect.
    """
    tightest = decision.tightest
    if tightest is None or tightest.limit is None:
        return []
    remaining = tightest.remaining or 0
    policies = _policies(
        tuple([(window.name, window.limit, window.period) for window in decision.windows])
    )
    found = [
        ("RateLimit-Policy", policies),
        ("RateLimit", f'"{tightest.name}";r={remaining};t={tightest.reset}'),
        ("X-RateLimit-Limit", str(tightest.limit)),
        ("X-RateLimit-Remaining", str(remaining)),
        ("X-RateLimit-Reset", str(decision.now + tightest.reset)),
    ]
    if decision.retry_after is not None:
        found.append(("Retry-After", str(decision.retry_after)))
    return found


def wire_headers(decision: Decision) -> list[tuple[bytes, bytes]]:
    """The same as an ASGI server sends them."""
    return [(_ON_THE_WIRE[name], value.encode()) for name, value in headers(decision)]


_ON_THE_WIRE = {
    name: name.lower().encode()
    for name in (
        "RateLimit-Policy",
        "RateLimit",
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "Retry-After",
    )
}


@lru_cache(1_024)
def _policies(windows: tuple[tuple[str, int | None, int], ...]) -> str:
    return ", ".join(
        f'"{name}";q={limit};w={period}' for name, limit, period in windows if limit is not None
    )


def seconds_left(now: float, period: int) -> int:
    """Whole seconds until the window of `now` ends, at least 1."""
    return max(1, math.ceil(period - now % period))
