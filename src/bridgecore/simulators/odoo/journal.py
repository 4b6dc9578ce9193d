"""What really happened: calls counted by model and method, and every committed change."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

from .orm.environment import Environment
from .orm.fields import Row


@dataclass(frozen=True, slots=True)
class Change:
    """One committed create, write or unlink. `values` are the stored fields that differ.

    `origin` is what the addon would tell of where the change came from.
    """

    number: int
    kind: str
    database: str
    model: str
    id: int
    uid: int
    time: str
    values: Row
    origin: str | None = None


class Journal:
    """Counts calls and keeps the last `kept` committed changes."""

    def __init__(self, kept: int = 100_000):
        self._calls: Counter[tuple[str, str, str]] = Counter()
        self._changes: deque[Change] = deque(maxlen=kept)
        self._number = 0

    def called(self, database: str, model: str, method: str) -> None:
        """Count one call, before it runs."""
        self._calls[database, model, method] += 1

    def committed(self, env: Environment) -> None:
        """Record the changes of a transaction that is about to be kept; signing in is none."""
        if env.context.get("_signing_in"):
            return
        for (model, key), (before, after) in env.store.changes().items():
            if before == after:
                continue
            kind = "create" if before is None else "unlink" if after is None else "write"
            old, new = before or {}, after or {}
            values = {
                name: new.get(name)
                for name in old.keys() | new.keys()
                if not name.startswith("_") and old.get(name) != new.get(name)
            }
            self._number += 1
            name = env.database.name
            origin = env.context.get("bridgecore_origin")
            row = Change(self._number, kind, name, model, key, env.uid, env.stamp, values, origin)
            self._changes.append(row)

    def count(
        self, model: str | None = None, method: str | None = None, database: str | None = None
    ) -> int:
        """Calls so far of a model, method, database (None: any)."""
        return sum(
            n
            for (d, m, name), n in self._calls.items()
            if model in (None, m) and method in (None, name) and database in (None, d)
        )

    def changes(
        self, model: str | None = None, kind: str | None = None, after: int = 0
    ) -> list[Change]:
        """Committed changes in order, of a model and kind, numbered above `after`."""
        return [
            change
            for change in self._changes
            if change.number > after
            and model in (None, change.model)
            and kind in (None, change.kind)
        ]

    def describe(
        self, model: str | None = None, kind: str | None = None, after: int = 0
    ) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "calls": [
                {"database": d, "model": m, "method": name, "count": n}
                for (d, m, name), n in sorted(self._calls.items())
            ],
            "changes": [asdict(change) for change in self.changes(model, kind, after)],
        }

    def clear(self) -> None:
        """Start counting again; change numbers go on."""
        self._calls.clear()
        self._changes.clear()
