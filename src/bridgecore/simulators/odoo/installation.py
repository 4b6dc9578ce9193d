"""One Odoo server's state: its version, databases, sessions, faults and journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from .database import Database
from .errors import MissingError, PythonError, missing_records
from .faults import Faults
from .journal import Journal
from .orm import dispatch
from .sessions import Cooldown, Sessions


class Installation:
    """Everything behind one address. Calls are transactions and run one at a time."""

    def __init__(
        self,
        version: int,
        databases: Mapping[str, Database],
        *,
        session_lifetime: float,
        seed: int = 1,
    ):
        self.version = version
        self.databases = dict(databases)
        self.sessions = Sessions(version, session_lifetime)
        self.cooldown = Cooldown()
        self.faults = Faults(seed)
        self.journal = Journal()
        for database in self.databases.values():
            database.listeners.append(self.journal.committed)

    @property
    def version_info(self) -> dict[str, Any]:
        """What `common.version` answers."""
        return {
            "server_version": f"{self.version}.0",
            "server_version_info": [self.version, 0, 0, "final", 0, ""],
            "server_serie": f"{self.version}.0",
            "protocol_version": 1,
        }

    def database(self, name: Any) -> Database:
        """A database by name; raises the connection error of PostgreSQL."""
        found = self.databases.get(name) if isinstance(name, str) else None
        if found is None:
            raise no_database(name)
        return found

    @property
    def only_database(self) -> Database | None:
        """The database that serves requests which name none."""
        return next(iter(self.databases.values())) if len(self.databases) == 1 else None

    def check(self, database: Database, uid: Any, password: Any) -> int:
        """The caller of an object call; raises AccessDenied or, for no such uid, MissingError."""
        known = database.store.tables["res.users"].rows
        if isinstance(uid, int) and not isinstance(uid, bool) and uid > 0 and uid not in known:
            raise self._missing_user(uid)
        return database.check(uid, password)

    def _missing_user(self, uid: int) -> MissingError:
        return missing_records("res.users", [uid], uid)

    def signed_in(self, database: Database, uid: int) -> None:
        """Remember when a user last signed in."""
        with database.transaction(uid, {"_signing_in": True}, su=True) as env:
            row = env.user
            if row.get("login_date", "")[:16] != env.moment[:16]:
                env.store.put("res.users", uid, {**row, "login_date": env.moment})

    def run(
        self,
        database: Database,
        uid: int,
        model: str,
        method: str,
        context: Any,
        call: Callable[[Any, Any], Any],
    ) -> Any:
        """One method call in its own transaction; `call` gets environment and model."""
        self.journal.called(database.name, model, method)
        with database.transaction(uid, dispatch.context_of(database, context)) as env:
            return call(env, env.model(model))

    def execute(
        self,
        database: Database,
        uid: int,
        model: str,
        method: str,
        args: Any,
        kwargs: Mapping[str, Any],
    ) -> Any:
        """A positional call, as `execute_kw` and `call_kw` make it."""
        rest = dict(kwargs)
        context = rest.pop("context", None)
        return self.run(
            database,
            uid,
            model,
            method,
            context,
            lambda env, found: dispatch.call_positional(env, found, method, args, rest),
        )


def no_database(name: Any) -> PythonError:
    """The error of a database that PostgreSQL does not have."""
    return PythonError(
        "psycopg2.OperationalError",
        'connection to server at "127.0.0.1", port 5432 failed: '
        f'FATAL:  database "{name}" does not exist\n',
    )


def utc_now() -> datetime:
    """The time transactions start at."""
    return datetime.now(UTC)
