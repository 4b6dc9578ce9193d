"""Misbehaviour: what a simulator is told to do wrong, to whom, how often."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

KINDS = {
    "latency": "wait `seconds` (plus up to `jitter`) before answering",
    "hang": "accept the request and never answer",
    "down": "answer 502 with the HTML page of a proxy",
    "page": "answer 200 with an HTML page, as a maintenance page or a proxy's login does",
    "half": "answer 200 with the first half of what it should be",
    "nonsense": "answer 200 with JSON that is no answer to what was asked",
    "close": "close the connection without an answer, nothing applied",
    "drop_answer": "apply the call, commit, then cut the connection instead of answering",
    "rate_limit": "answer 429 with Retry-After `seconds`",
    "error": "fail with the exception `error` and the text `message`, nothing applied",
    "serialization": "wait `seconds`, then fail with psycopg2.errors.SerializationFailure",
    "database_missing": "fail as if the database did not exist",
    "access_denied": "refuse every credential",
}


@dataclass(slots=True)
class Fault:
    """One misbehaviour. Empty `model`, `method`, `path` or `database` means any.

    `percent` of the matching calls are hit, after the first `skip`, at most `times` (None: no
    end).
    """

    kind: str
    seconds: float = 0.0
    jitter: float = 0.0
    percent: float = 100.0
    skip: int = 0
    times: int | None = None
    model: str = ""
    method: str = ""
    path: str = ""
    database: str = ""
    error: str = "odoo.exceptions.UserError"
    message: str = "Injected failure"
    id: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind} (there are {', '.join(KINDS)})")

    def matches(self, path: str, database: str, model: str, method: str) -> bool:
        """Whether a call is of the kind this fault is for."""
        pairs = ((self.model, model), (self.method, method), (self.database, database))
        return path.startswith(self.path) and all(not want or want == got for want, got in pairs)


class Faults:
    """The faults in force; chance is seeded, so a run can be repeated."""

    def __init__(self, seed: int = 1):
        self._numbers = itertools.count(1)
        self._random = random.Random(seed)  # noqa: S311
        self._active: dict[int, Fault] = {}

    def add(self, kind: str, **options: Any) -> Fault:
        """Put a fault in force; raises ValueError or TypeError for a bad description."""
        fault = Fault(kind, **options)
        fault.id = next(self._numbers)
        self._active[fault.id] = fault
        return fault

    def remove(self, number: int) -> bool:
        """End one fault."""
        return self._active.pop(number, None) is not None

    def clear(self) -> None:
        """End all faults."""
        self._active.clear()

    def describe(self) -> list[dict[str, Any]]:
        """The faults in force with how often each has struck."""
        return [asdict(fault) for fault in self._active.values()]

    def __bool__(self) -> bool:
        return bool(self._active)

    def strike(self, path: str, database: str, model: str, method: str) -> list[Fault]:
        """The faults that hit this call; each is counted."""
        return [f for f in self._matching(path, database, model, method) if self._hits(f)]

    def _matching(self, path: str, database: str, model: str, method: str) -> Iterable[Fault]:
        return [f for f in self._active.values() if f.matches(path, database, model, method)]

    def _hits(self, fault: Fault) -> bool:
        if fault.skip > 0:
            fault.skip -= 1
            return False
        if fault.times is not None and fault.hits >= fault.times:
            return False
        if self._random.random() * 100 >= fault.percent:
            return False
        fault.hits += 1
        return True

    def delay(self, fault: Fault) -> float:
        """Seconds a latency fault waits this time."""
        return fault.seconds + self._random.random() * fault.jitter


OPTIONS = frozenset(f.name for f in fields(Fault)) - {"kind", "id", "hits"}
