"""Cookie sessions and the cool-down after failed logins."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

LIFETIME = 7 * 24 * 3600.0


@dataclass(slots=True)
class Session:
    """Who is behind a cookie, in which database."""

    sid: str
    database: str
    uid: int
    last_used: float


class Sessions:
    """Living sessions by cookie value; they end after `lifetime` seconds without a call."""

    def __init__(
        self, version: int, lifetime: float = LIFETIME, clock: Callable[[], float] = time.monotonic
    ):
        self.version = version
        self.lifetime = lifetime
        self.clock = clock
        self._living: dict[str, Session] = {}

    def open(self, database: str, uid: int) -> Session:
        """A new session; 40 hex characters up to 17, 84 URL-safe ones later."""
        sid = secrets.token_hex(20) if self.version < 18 else secrets.token_urlsafe(63)
        session = self._living[sid] = Session(sid, database, uid, self.clock())
        return session

    def get(self, sid: str | None) -> Session | None:
        """The living session of a cookie."""
        session = self._living.get(sid or "")
        if session is None:
            return None
        if self.clock() - session.last_used > self.lifetime:
            del self._living[session.sid]
            return None
        session.last_used = self.clock()
        return session

    def end(self, sid: str) -> None:
        """Log out."""
        self._living.pop(sid, None)

    def expire(self, database: str | None = None, uid: int | None = None) -> int:
        """End all sessions (of a database, of a user); how many there were."""
        ended = [
            sid
            for sid, session in self._living.items()
            if database in (None, session.database) and uid in (None, session.uid)
        ]
        for sid in ended:
            del self._living[sid]
        return len(ended)

    def __len__(self) -> int:
        return len(self._living)


class Cooldown:
    """Refuses web logins from an address for a while after too many failures."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self.clock = clock
        self._failures: dict[str, tuple[int, float]] = {}

    def is_on(self, address: str, after: int, duration: float) -> bool:
        """Whether the address must wait: `after` failures, the last under `duration` s ago."""
        count, last = self._failures.get(address, (0, 0.0))
        return 0 < after <= count and self.clock() - last < duration

    def failed(self, address: str) -> None:
        """Count a failed login."""
        count, _ = self._failures.get(address, (0, 0.0))
        self._failures[address] = (count + 1, self.clock())

    def succeeded(self, address: str) -> None:
        """Forget the failures."""
        self._failures.pop(address, None)
