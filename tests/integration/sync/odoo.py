"""What people and administrators do in the simulated Odoo, long transactions among it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.odoo import DATABASE

ADMIN = 2


class InOdoo:
    """Acts in the database itself, each act one transaction."""

    def __init__(self, simulator: OdooSimulator) -> None:
        self.simulator = simulator
        self.database = simulator.databases[DATABASE]

    def do(self, model: str, method: str, *args: Any, late: float = 0.0, **kwargs: Any) -> Any:
        """One call. `late` seconds: its transaction began so long before it commits now."""
        with self.began(late):
            return self.simulator.installation.execute(
                self.database, ADMIN, model, method, list(args), kwargs
            )

    @contextmanager
    def began(self, seconds_ago: float) -> Iterator[None]:
        """Transactions carry the time they began at, and are seen from when they commit."""
        clock = self.database.clock
        self.database.clock = lambda: clock() - timedelta(seconds=seconds_ago)
        try:
            yield
        finally:
            self.database.clock = clock

    def create(
        self, count: int = 1, model: str = "res.partner", *, late: float = 0.0, **values: Any
    ) -> list[int]:
        rows = [{"name": f"Made {number}", **values} for number in range(count)]
        made = self.do(model, "create", rows, late=late)
        return list(made) if isinstance(made, list) else [made]

    def write(self, ids: list[int], model: str = "res.partner", **values: Any) -> None:
        self.do(model, "write", ids, values)

    def unlink(self, ids: list[int], model: str = "res.partner") -> None:
        self.do(model, "unlink", ids)

    def change_unseen(self, key: int, model: str = "res.partner", **values: Any) -> None:
        """Raw SQL: the row changes and no time of change does."""
        self.database.change_unseen(model, [key], values)

    def remove_unseen(self, keys: list[int], model: str = "res.partner") -> None:
        """Raw SQL again, without what Odoo would refuse."""
        self.database.change_unseen(model, keys, None)

    def poison(self, key: int) -> None:
        """From now on this one partner can't be read, until `cure`."""
        self.database.break_unseen("res.partner", [key], "category_id")

    def cure(self, key: int) -> None:
        self.change_unseen(key, category_id=[])

    def rename_field(self, model: str, old: str, new: str) -> None:
        """What a migration of a module does."""
        known = self.database.registry.models[model]
        fields = {
            (new if name == old else name): (replace(item, name=new) if name == old else item)
            for name, item in known.fields.items()
        }
        self.database.registry.models[model] = replace(known, fields=fields)
        table = self.database.store.tables[model]
        for key, row in list(table.rows.items()):
            if old in row:
                renamed = {(new if name == old else name): value for name, value in row.items()}
                self.database.store.put(model, key, renamed)
        self.database.store.commit()
