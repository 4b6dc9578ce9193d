"""Keeps what an installation holds in a SQLite file, when a path is given."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

_SCHEMA = """
create table if not exists records(
    kind text not null, id text not null, data blob not null, primary key (kind, id)
) without rowid;
"""


class Store:
    """Records by kind and id. Without a path nothing outlives the process."""

    def __init__(self, path: Path | None) -> None:
        self._file: sqlite3.Connection | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._file.execute("pragma journal_mode = wal")
            self._file.execute("pragma synchronous = normal")
            self._file.executescript(_SCHEMA)

    def read(self, kind: str) -> Iterator[dict[str, Any]]:
        """Every record of a kind that was kept."""
        if self._file is None:
            return
        rows = self._file.execute("select data from records where kind = ?", (kind,))
        for (data,) in rows.fetchall():
            yield orjson.loads(data)

    def put(self, kind: str, records: Iterable[dict[str, Any]]) -> None:
        """Keep records, in place of those with the same id."""
        if self._file is None:
            return
        self._file.execute("begin")
        self._file.executemany(
            "insert or replace into records(kind, id, data) values (?, ?, ?)",
            ((kind, str(each["id"]), orjson.dumps(each)) for each in records),
        )
        self._file.execute("commit")

    def drop(self, kind: str, keys: Iterable[str]) -> None:
        """Forget records."""
        if self._file is None:
            return
        self._file.execute("begin")
        self._file.executemany(
            "delete from records where kind = ? and id = ?", ((kind, key) for key in keys)
        )
        self._file.execute("commit")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
