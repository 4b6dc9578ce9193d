"""Misbehaviour: what a simulator is told to do wrong, where and how often."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, fields
from typing import Any

KINDS = {
    "latency": "wait `seconds` before answering",
    "hang": "accept the request and never answer",
    "down": "answer 502 with the HTML page of a proxy",
    "close": "close the connection without an answer",
    "rate_limit": "answer 429 with Retry-After `seconds`",
    "starting": "answer as n8n does before its routes are up",
    "error": "answer 500 with `message`",
}


@dataclass(slots=True)
class Fault:
    """One misbehaviour of addresses that begin with `path`: `times` (None: no end) after `skip`."""

    kind: str
    seconds: float = 0.0
    path: str = ""
    skip: int = 0
    times: int | None = None
    message: str = "Internal server error"
    id: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind} (there are {', '.join(KINDS)})")


OPTIONS = frozenset(f.name for f in fields(Fault)) - {"kind", "id", "hits"}


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._active: dict[int, Fault] = {}

    def add(self, kind: str, **options: Any) -> Fault:
        """Put a fault in force; raises ValueError or TypeError for a bad description."""
        fault = Fault(kind, **options)
        fault.id = next(self._numbers)
        self._active[fault.id] = fault
        return fault

    def clear(self) -> None:
        """End all faults."""
        self._active.clear()

    def describe(self) -> list[dict[str, Any]]:
        """The faults in force with how often each has struck."""
        return [asdict(fault) for fault in self._active.values()]

    def strike(self, path: str) -> Fault | None:
        """The first fault that hits this request; it is counted."""
        for fault in self._active.values():
            if not path.startswith(fault.path):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.times is None or fault.hits < fault.times:
                fault.hits += 1
                return fault
        return None
