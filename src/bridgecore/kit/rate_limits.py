"""What a rate limiter decides, and how an HTTP answer tells it.

Windows are fixed: window number `floor(now / period)` of the Unix clock, so that every process
and every server agrees on where one ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import IntEnum
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
    counted: tuple[WindowUse, ...] = ()
    refusing: tuple[WindowUse, ...] = ()
    now: int = 0
    degraded: bool = False
    later: int = 0
    """What calls admitted after this one, in the same question, used of every window."""
    policies: bytes = b""
    """The windows as a header tells them, where that was made for many decisions at once."""
    fullest: WindowUse | None = None
    """What `tightest` would find, where that is known of many decisions at once."""

    @property
    def windows(self) -> tuple[WindowUse, ...]:
        """Every window as this call left it."""
        if not self.later:
            return self.counted
        return tuple(
            msgspec.structs.replace(window, used=window.used - self.later)
            for window in self.counted
        )

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
        """The window that will refuse first, as far as can be told: the fullest, then longest.

        It is one of `counted`.
        """
        if self.fullest is not None:
            return self.fullest
        if self.refusing:
            return max(self.refusing, key=lambda window: window.reset)
        fullest, share = None, -1.0
        for window in self.counted:
            limit = window.limit
            if limit is None:
                continue
            filled = (window.used - self.later) / limit if limit else math.inf
            if (
                fullest is None
                or filled > share
                or (filled == share and window.period > fullest.period)
            ):
                fullest, share = window, filled
        return fullest


def wire_headers(decision: Decision) -> list[tuple[bytes, bytes]]:
    """Response headers for a decision, refused or not; empty where nothing is limited.

    `RateLimit-Policy` and `RateLimit` follow the IETF draft (seconds until reset);
    `X-RateLimit-Reset` is Unix time in seconds, as most clients of that header expect.
    Names are in lower case, as an ASGI server sends them.
    """
    tightest = decision.tightest
    if tightest is None or tightest.limit is None:
        return []
    limit, reset = tightest.limit, tightest.reset
    remaining = max(0, limit - tightest.used + (0 if decision.refusing else decision.later))
    left = b"%d" % remaining
    found = [
        (b"ratelimit-policy", decision.policies or policies(decision.counted)),
        (b"ratelimit", b'"%b";r=%b;t=%d' % (tightest.name.encode(), left, reset)),
        (b"x-ratelimit-limit", b"%d" % limit),
        (b"x-ratelimit-remaining", left),
        (b"x-ratelimit-reset", b"%d" % (decision.now + reset)),
    ]
    if decision.refusing:
        found.append((b"retry-after", b"%d" % (decision.retry_after or 0)))
    return found


def headers(decision: Decision) -> list[tuple[str, str]]:
    """The same as `infra.problems` takes them."""
    return [(_NAMES[name], value.decode()) for name, value in wire_headers(decision)]


_NAMES = {
    name.lower().encode(): name
    for name in (
        "RateLimit-Policy",
        "RateLimit",
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "Retry-After",
    )
}


def policies(windows: Iterable[WindowUse]) -> bytes:
    """The value of `RateLimit-Policy`."""
    return b", ".join(
        [
            b'"%b";q=%d;w=%d' % (window.name.encode(), window.limit, window.period)
            for window in windows
            if window.limit is not None
        ]
    )


def seconds_left(now: float, period: int) -> int:
    """Whole seconds until the window of `now` ends, at least 1."""
    return max(1, math.ceil(period - now % period))
