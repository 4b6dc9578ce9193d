"""Where records live: in memory, written through to a SQLite file when a path is given.

Rows are never changed in place, so undoing a transaction is putting the old rows back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from .orm.fields import Row

_SCHEMA = """
create table if not exists records(
    model text not null, id integer not null, data blob not null, primary key (model, id)
) without rowid;
create table if not exists sequences(name text primary key, value integer not null);
create table if not exists meta(key text primary key, value text not null);
"""


class Table:
    """The rows of one model by id, with an index per link field that was ever asked for."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.last_id = 0
        self._indexes: dict[str, dict[int, set[int]]] = {}

    def linked(self, field: str, target: int) -> set[int]:
        """Ids of the rows whose `field` is `target`."""
        index = self._indexes.get(field)
        if index is None:
            index = self._indexes[field] = {}
            for row in self.rows.values():
                if (value := row.get(field)) is not None:
                    index.setdefault(value, set()).add(row["id"])
        return index.get(target, set())

    def replace(self, key: int, row: Row | None) -> Row | None:
        """Put, or with None remove, a row; returns the one before."""
        before = self.rows.get(key)
        for field, index in self._indexes.items():
            old = before.get(field) if before else None
            new = row.get(field) if row else None
            if old != new:
                if old is not None:
                    index[old].discard(key)
                if new is not None:
                    index.setdefault(new, set()).add(key)
        if row is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = row
        return before


class Store:
    """All tables of one database, with transactions."""

    def __init__(self, models: Iterable[str], path: Path | None = None):
        self.tables: dict[str, Table] = {name: Table() for name in models}
        self.sequences: dict[str, int] = {}
        self.revision = 0
        self.orders: dict[tuple[str, str], tuple[int, list[int]]] = {}
        self._before: dict[tuple[str, int], Row | None] = {}
        self._file = self._open(path) if path else None

    def _open(self, path: Path) -> sqlite3.Connection:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        file.execute("pragma journal_mode = wal")
        file.execute("pragma synchronous = normal")
        file.executescript(_SCHEMA)
        for model, key, data in file.execute("select model, id, data from records"):
            table = self.tables.get(model)
            if table is not None:
                table.rows[key] = orjson.loads(data)
                table.last_id = max(table.last_id, key)
        for name, value in file.execute("select name, value from sequences"):
            if name.startswith("id:"):
                if name[3:] in self.tables:
                    self.tables[name[3:]].last_id = value
            else:
                self.sequences[name] = value
        return file

    @property
    def is_empty(self) -> bool:
        """Whether no record was ever stored."""
        return not any(table.rows for table in self.tables.values())

    def meta(self, key: str, value: str | None = None) -> str | None:
        """Read, or with a value write, a fact about the file; None without a file."""
        if self._file is None:
            return None
        if value is not None:
            self._file.execute("insert or replace into meta values (?, ?)", (key, value))
        found = self._file.execute("select value from meta where key = ?", (key,)).fetchone()
        return str(found[0]) if found else None

    def next_id(self, model: str) -> int:
        """A fresh id; like a database sequence it is not given back on rollback."""
        table = self.tables[model]
        table.last_id += 1
        return table.last_id

    def next_number(self, sequence: str) -> int:
        """The next document number of a named sequence, from 1."""
        self.sequences[sequence] = self.sequences.get(sequence, 0) + 1
        return self.sequences[sequence]

    def put(self, model: str, key: int, row: Row | None) -> None:
        """Put or remove a row within the current transaction."""
        before = self.tables[model].replace(key, row)
        self._before.setdefault((model, key), before)
        self.revision += 1

    def changes(self) -> dict[tuple[str, int], tuple[Row | None, Row | None]]:
        """The rows changed so far in this transaction: before and now."""
        return {
            (model, key): (before, self.tables[model].rows.get(key))
            for (model, key), before in self._before.items()
        }

    def commit(self) -> None:
        """Keep the changes, on disk too."""
        if self._file is not None and self._before:
            self._write(self._file)
        self._before = {}

    def _write(self, file: sqlite3.Connection) -> None:
        saved: list[tuple[str, int, bytes]] = []
        removed: list[tuple[str, int]] = []
        for model, key in self._before:
            row = self.tables[model].rows.get(key)
            if row is None:
                removed.append((model, key))
            else:
                saved.append((model, key, orjson.dumps(row)))
        numbers: list[tuple[str, Any]] = list(self.sequences.items())
        numbers += [(f"id:{m}", self.tables[m].last_id) for m in {m for m, _ in self._before}]
        file.execute("begin immediate")
        file.executemany("insert or replace into records values (?, ?, ?)", saved)
        file.executemany("delete from records where model = ? and id = ?", removed)
        file.executemany("insert or replace into sequences values (?, ?)", numbers)
        file.execute("commit")

    def rollback(self) -> None:
        """Undo every change since the last commit."""
        for (model, key), before in self._before.items():
            self.tables[model].replace(key, before)
        self.revision += bool(self._before)
        self._before = {}

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
