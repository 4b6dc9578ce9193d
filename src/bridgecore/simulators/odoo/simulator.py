"""OdooSimulator: a server on a local port that answers as a real Odoo would."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from .database import Database
from .demo.company import found
from .demo.foundation import DEFAULT_USERS, UserSpec
from .faults import Fault, Faults
from .http.application import application
from .installation import Installation, utc_now
from .journal import Journal
from .sessions import LIFETIME

VERSIONS = (15, 16, 17, 18, 19)


class OdooSimulator:
    """One Odoo server of one version with one or more databases.

    `data` is a folder for one SQLite file per database; without it nothing outlives the
    process. `size` is `empty`, `small`, `medium`, `large` or a number of partners and counts
    only for databases that are new. Raises ValueError for an unknown version or size.
    """

    def __init__(
        self,
        version: int = 17,
        database: str | Sequence[str] = "acme",
        *,
        size: str | int = "small",
        data: Path | str | None = None,
        users: Sequence[UserSpec] = (),
        host: str = "127.0.0.1",
        port: int = 0,
        control_token: str | None = None,
        session_lifetime: float = LIFETIME,
    ):
        if version not in VERSIONS:
            raise ValueError(f"no such version: {version} (there are {VERSIONS})")
        self.version = version
        self.host = host
        self.port = port
        self.control_token = control_token or secrets.token_urlsafe(16)
        names = [database] if isinstance(database, str) else list(database)
        folder = Path(data) if data else None
        chosen = {user.login: user for user in (*DEFAULT_USERS, *users)}
        everyone = tuple(chosen.values())
        databases: dict[str, Database] = {}
        for name in names:
            path = folder / f"{name}.odoo{version}.sqlite" if folder else None
            held = databases[name] = Database(name, version, path, utc_now)
            if held.store.is_empty:
                found(held, size, everyone)
        self.installation = Installation(version, databases, session_lifetime=session_lifetime)
        self._runner: web.AppRunner | None = None
        self._site: web.SockSite | None = None

    @property
    def url(self) -> str:
        """The address, without a trailing slash; known once started."""
        return f"http://{self.host}:{self.port}"

    @property
    def databases(self) -> Mapping[str, Database]:
        """The databases by name."""
        return self.installation.databases

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self.installation.faults

    @property
    def journal(self) -> Journal:
        """What was called and what was committed."""
        return self.installation.journal

    async def start(self) -> None:
        """Listen; returns once connections are accepted."""
        app = application(self.installation, self.control_token, self.refuse)
        self._runner = web.AppRunner(
            app, access_log=None, keepalive_timeout=75.0, shutdown_timeout=1.0
        )
        await self._runner.setup()
        await self._listen()

    async def _listen(self) -> None:
        assert self._runner is not None
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, self.port))
        self.port = listener.getsockname()[1]
        self._site = web.SockSite(self._runner, listener, backlog=512)
        await self._site.start()

    async def stop(self) -> None:
        """Stop listening and close the files."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = self._site = None
        for database in self.databases.values():
            database.close()

    async def refuse(self, seconds: float) -> None:
        """Refuse new connections, and cut the open ones, for some seconds."""
        if self._site is None or self._runner is None:
            return
        await asyncio.sleep(0.05)
        await self._site.stop()
        if self._runner.server is not None:
            for connection in self._runner.server.connections:
                connection.force_close()
                if connection.transport is not None:
                    connection.transport.abort()
        await asyncio.sleep(seconds)
        if self._runner is not None:
            await self._listen()

    def fault(self, kind: str, **options: Any) -> Fault:
        """Put a fault in force (`faults.Fault` has the options)."""
        return self.faults.add(kind, **options)

    def expire_sessions(self, database: str | None = None, uid: int | None = None) -> int:
        """End sessions; how many."""
        return self.installation.sessions.expire(database, uid)

    def set_password(self, database: str, login: str, password: str) -> None:
        """Change a password; the user's sessions end. Raises KeyError for no such login."""
        uid = self.databases[database].set_password(login, password)
        self.installation.sessions.expire(database, uid)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
