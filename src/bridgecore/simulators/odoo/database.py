"""One database: its version, records, users and transactions."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .catalogue import METHODS, MODELS
from .errors import AccessDenied, PythonError
from .orm.environment import Environment
from .orm.fields import Row
from .orm.model import Registry
from .store import Store

SUPERUSER = 1


class _Unreadable:
    """A value whose reading fails, as that of a broken computed field."""

    def __iter__(self) -> Iterator[int]:
        raise PythonError("ValueError", "a field of this record can't be computed")


class Database:
    """A database as one Odoo version keeps it; `path` makes it outlive the process."""

    def __init__(
        self,
        name: str,
        version: int,
        path: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ):
        self.name = name
        self.version = version
        self.clock = clock
        self.registry = Registry(version, MODELS, METHODS)
        self.store = Store(self.registry.models, path)
        recorded = self.store.meta("version")
        if recorded and int(recorded) != version:
            raise ValueError(f"{path} holds an Odoo {recorded} database, not {version}")
        self.store.meta("version", str(version))
        self.xmlids: dict[str, tuple[str, int]] = {}
        self.group_names: dict[int, str] = {}
        self.listeners: list[Callable[[Environment], None]] = []
        self._last_time = datetime.min.replace(tzinfo=UTC)
        self.refresh()

    def refresh(self) -> None:
        """Read the external ids again."""
        self.xmlids = {
            f"{row['module']}.{row['name']}": (row["model"], row["res_id"])
            for row in self.store.tables["ir.model.data"].rows.values()
        }
        self.group_names = {
            key: xmlid for xmlid, (model, key) in self.xmlids.items() if model == "res.groups"
        }

    def group_label(self, xmlid: str) -> str:
        """What an error calls a group."""
        _, key = self.xmlids.get(xmlid, ("", 0))
        row = self.store.tables["res.groups"].rows.get(key, {})
        return str(row.get("full_name") or xmlid)

    def register(self, env: Environment, module: str, name: str, model: str, key: int) -> None:
        """Give a record an external id."""
        number = env.store.next_id("ir.model.data")
        row = {"id": number, "module": module, "name": name, "model": model, "res_id": key}
        row |= {"create_uid": env.uid, "create_date": env.stamp}
        row |= {"write_uid": env.uid, "write_date": env.stamp}
        env.store.put("ir.model.data", number, row)
        self.xmlids[f"{module}.{name}"] = (model, key)
        if model == "res.groups":
            self.group_names[key] = f"{module}.{name}"

    @contextmanager
    def transaction(
        self, uid: int, context: Mapping[str, Any] | None = None, *, su: bool = False
    ) -> Iterator[Environment]:
        """An environment whose changes are kept together, or not at all."""
        now = self.clock()
        env = Environment(self, uid, context, now=now, su=su)
        changed = False
        try:
            yield env
            changed = any(model == "ir.model.data" for model, _ in self.store.changes())
            for listen in self.listeners:
                listen(env)
            self.store.commit()
        except BaseException:
            self.store.rollback()
            changed = True
            raise
        finally:
            if changed:
                self.refresh()

    # Users

    def hash_password(self, password: str) -> str:
        """A salted hash; cheap on purpose, the accounts are made up."""
        salt = secrets.token_hex(8)
        return f"{salt}${hashlib.sha256((salt + password).encode()).hexdigest()}"

    def _fits(self, stored: str | None, password: str) -> bool:
        if not stored or not password:
            return False
        salt, _, digest = stored.partition("$")
        return hmac.compare_digest(hashlib.sha256((salt + password).encode()).hexdigest(), digest)

    def login(self, login: str, password: str, *, keys: bool = True) -> int | None:
        """The uid behind a login with its password or, over RPC, an API key."""
        for row in self.store.tables["res.users"].rows.values():
            if row.get("login") == login and row.get("active"):
                if self._fits(row.get("_password"), password):
                    return int(row["id"])
                if keys and self.key_owner(password) == row["id"]:
                    return int(row["id"])
        return None

    def check(self, uid: Any, password: Any) -> int:
        """The uid if it exists and the password or key is its own; raises AccessDenied."""
        if not uid or not password or isinstance(uid, bool):
            raise AccessDenied
        row = self.store.tables["res.users"].rows.get(uid)
        if row is None or not row.get("active"):
            raise AccessDenied
        if self._fits(row.get("_password"), str(password)):
            return int(uid)
        if self.key_owner(str(password)) == uid:
            return int(uid)
        raise AccessDenied

    def key_owner(self, key: str, scope: str = "rpc") -> int | None:
        """The user of a living API key whose scope is open or `scope`."""
        today = self.clock().strftime("%Y-%m-%d %H:%M:%S")
        for row in self.store.tables["res.users.apikeys"].rows.values():
            if row.get("scope") not in (None, scope):
                continue
            if (until := row.get("expiration_date")) and until < today:
                continue
            if self.is_key(row, key):
                return int(row["user_id"])
        return None

    def is_key(self, row: Row, key: str) -> bool:
        """Whether a row of res.users.apikeys holds the hash of `key`."""
        return row.get("_index") == key[:8] and self._fits(row.get("_key"), key)

    def add_key(
        self,
        env: Environment,
        uid: int,
        name: str,
        scope: str | None,
        key: str | None = None,
        expires: str | None = None,
    ) -> str:
        """Store an API key (40 hex characters when made here) and return it."""
        key = key or secrets.token_hex(20)
        number = env.store.next_id("res.users.apikeys")
        row: Row = {
            "id": number,
            "user_id": uid,
            "name": name,
            "_index": key[:8],
            "_key": self.hash_password(key),
            "create_date": env.stamp,
            "create_uid": env.uid,
        }
        if scope:
            row["scope"] = scope
        if expires:
            row["expiration_date"] = expires if len(expires) > 10 else f"{expires} 00:00:00"
        env.store.put("res.users.apikeys", number, row)
        return key

    def set_password(self, login: str, password: str) -> int:
        """Change a password as an administrator would; the uid. KeyError for no such login."""
        for row in list(self.store.tables["res.users"].rows.values()):
            if row.get("login") == login:
                with self.transaction(SUPERUSER, su=True) as env:
                    fresh = {**row, "_password": self.hash_password(password)}
                    env.store.put("res.users", row["id"], fresh)
                return int(row["id"])
        raise KeyError(login)

    def change_unseen(self, model: str, keys: Iterable[int], values: Row | None) -> None:
        """Raw SQL: rows change, or with None go, and no time of change moves; nothing is refused.

        KeyError for no such model or row.
        """
        rows = self.store.tables[model].rows
        for key, row in {key: rows[key] for key in keys}.items():
            self.store.put(model, key, None if values is None else {**row, **values})
        self.store.commit()

    def break_unseen(self, model: str, keys: Iterable[int], field: str) -> None:
        """From now on reading the to-many `field` of these fails, as a broken computation does.

        Only of a database in memory. KeyError for no such model or row.
        """
        self.change_unseen(model, keys, {field: _Unreadable()})

    def parameter(self, key: str, otherwise: str) -> str:
        """A system parameter."""
        for row in self.store.tables["ir.config_parameter"].rows.values():
            if row.get("key") == key:
                return str(row.get("value", otherwise))
        return otherwise

    def close(self) -> None:
        """Let go of the file."""
        self.store.close()
