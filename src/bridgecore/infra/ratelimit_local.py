"""Rate limits kept by one process alone, while Redis is away.

Each process grants its share of every limit, so that together they grant about the whole.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec

from bridgecore.kit.rate_limits import (
    OPEN_STATUSES,
    Decision,
    Period,
    TenantState,
    WindowUse,
    seconds_left,
)

_PRUNE_FROM = 10_000


class LocalShare:
    """Fixed windows in memory. Not for several threads; one event loop owns it.

    It knows the tenant's last known status, limits and epoch, but not which single sessions were
    ended since: those hold until their token runs out.
    """

    def __init__(self, *, processes: int) -> None:
        if processes < 1:
            raise ValueError("a limit is shared by at least one process")
        self._processes = processes
        self._counts: dict[tuple[str, str, int], tuple[int, int]] = {}
        self._unsettled: dict[tuple[str, int], int] = {}
        self._prune_at = _PRUNE_FROM

    def admit(
        self,
        state: TenantState,
        *,
        user_id: str | None,
        issued_at: float | None = None,
        weight: int = 1,
        of_plan: bool = True,
        now: float | None = None,
    ) -> Decision:
        """Decide from the last known state of the tenant; the same answers as with Redis."""
        now = time.time() if now is None else now
        if state.status not in OPEN_STATUSES:
            return Decision("inactive", state, now=int(now), degraded=True)
        if issued_at is not None and state.epoch > issued_at:
            return Decision("revoked", state, now=int(now), degraded=True)
        before = tuple(self._windows(state, user_id, of_plan, now))
        windows = tuple(window for _, window in before)
        refusing = tuple(window for window in windows if window.lacks(weight))
        if refusing:
            return Decision("limited", state, windows, refusing, int(now), degraded=True)

        windows = tuple(
            msgspec.structs.replace(window, used=window.used + weight) for window in windows
        )
        for (owner, _), window in zip(before, windows, strict=True):
            number = int(now // window.period)
            self._counts[owner, window.name, window.period] = (number, window.used)
        if of_plan:
            day = (state.tenant_id, int(now // Period.DAY))
            self._unsettled[day] = self._unsettled.get(day, 0) + weight
        if len(self._counts) > self._prune_at:
            self._prune(now)
        return Decision("admitted", state, windows, now=int(now), degraded=True)

    def take_unsettled(self) -> dict[tuple[str, int], int]:
        """Calls admitted here that the shared day counters miss, by (tenant id, day number)."""
        taken, self._unsettled = self._unsettled, {}
        return taken

    def put_back(self, unsettled: dict[tuple[str, int], int]) -> None:
        """Return what could not be settled."""
        for day, calls in unsettled.items():
            self._unsettled[day] = self._unsettled.get(day, 0) + calls

    def _windows(
        self, state: TenantState, user_id: str | None, of_plan: bool, now: float
    ) -> Iterator[tuple[str, WindowUse]]:
        limits = state.limits
        tenant = state.tenant_id
        kept: list[tuple[str, str, int | None, int]] = []
        if of_plan:
            kept.append((tenant, "tenant_hour", limits.tenant_hour, Period.HOUR))
            kept.append((tenant, "tenant_day", limits.tenant_day, Period.DAY))
        if of_plan and limits.tenant_burst is not None:
            kept.append((tenant, "tenant_burst", limits.tenant_burst, Period.BURST))
        if user_id is not None:
            person = f"{tenant}:{user_id}"
            if limits.user_hour is not None:
                kept.append((person, "user_hour", limits.user_hour, Period.HOUR))
            if limits.user_burst is not None:
                kept.append((person, "user_burst", limits.user_burst, Period.BURST))
        for owner, name, limit, period in kept:
            number, used = self._counts.get((owner, name, period), (0, 0))
            if number != int(now // period):
                used = 0
            yield (
                owner,
                WindowUse(name, self._share(limit), used, period, seconds_left(now, period)),
            )

    def _share(self, limit: int | None) -> int | None:
        if limit is None or limit == 0:
            return limit
        return max(1, limit // self._processes)

    def _prune(self, now: float) -> None:
        self._counts = {
            key: (number, used)
            for key, (number, used) in self._counts.items()
            if number == int(now // key[2])
        }
        self._prune_at = max(_PRUNE_FROM, 2 * len(self._counts))
