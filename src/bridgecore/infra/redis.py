"""The connection to Redis 7 or Valkey: cache, limits, live fan-out.

Keys are `<what>:<scope>:…` in lower case (`rate_limit:tenant:{id}:hour:490123`). Whatever one
script touches together carries the same `{tenant id}` in braces, so that a Redis Cluster keeps it
in one slot. Every key expires, unless losing it would lose something.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol, Self

from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from bridgecore.infra.redis_shared import SharedConnection

Argument = bytes | str | int | float


class Runner(Protocol):
    """Anything that sends one command and returns its answer."""

    async def execute_command(self, *arguments: Any) -> Any: ...


class Script:
    """A Lua script, sent by its digest and in full only when the server doesn't know it."""

    def __init__(self, source: str) -> None:
        self._source = source
        # The digest is Redis's name for the script, no protection of anything.
        self._digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

    @classmethod
    def from_file(cls, name: str) -> Self:
        """One of the Lua files beside this module."""
        return cls(files("bridgecore.infra").joinpath(name).read_text())

    def command(
        self, keys: Sequence[Argument], arguments: Sequence[Argument]
    ) -> Sequence[Argument]:
        """What is sent to a server that knows the script."""
        return ("EVALSHA", self._digest, len(keys), *keys, *arguments)

    async def run(
        self, runner: Runner, keys: Sequence[Argument], arguments: Sequence[Argument] = ()
    ) -> Any:
        """The script's answer. Raises `redis.exceptions.RedisError`."""
        try:
            return await runner.execute_command(*self.command(keys, arguments))
        except NoScriptError:
            return await runner.execute_command("EVAL", self._source, len(keys), *keys, *arguments)


@dataclass(frozen=True, slots=True)
class RedisHealth:
    """One look at the server. `problem` says in words what is wrong, or is empty."""

    ok: bool
    latency_ms: float
    server: str = ""
    version: str = ""
    used_memory_bytes: int = 0
    problem: str = ""


class RedisClient:
    """Connections to one server, given as `redis://`, `rediss://` or `unix://`.

    `redis` answers in bytes. A command waits at most `pool_wait` seconds for a free connection and
    `timeout` for its answer. A connection that the server closed while it lay idle is replaced
    before it is used, and a command is sent once more if the connection breaks under it; commands
    where twice is worse than not at all go through `shared()`, which never repeats.
    """

    def __init__(
        self,
        url: str,
        *,
        max_connections: int = 64,
        timeout: float = 5.0,
        connect_timeout: float = 2.0,
        pool_wait: float = 2.0,
        client_name: str = "bridgecore",
    ) -> None:
        self._url = url
        self._connect_timeout = connect_timeout
        self._client_name = client_name
        self._shared: list[SharedConnection] = []
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=max_connections,
            timeout=pool_wait,
            socket_timeout=timeout,
            socket_connect_timeout=connect_timeout,
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
            health_check_interval=30,
            client_name=client_name,
            driver_info=None,
            protocol=2,
        )
        self.redis: Redis = Redis.from_pool(pool)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    def shared(self, *, timeout: float) -> SharedConnection:
        """One connection for many callers at once; see `SharedConnection`."""
        pool = ConnectionPool.from_url(
            self._url,
            socket_timeout=None,
            socket_connect_timeout=min(timeout, self._connect_timeout),
            retry=Retry(NoBackoff(), 0),
            client_name=f"{self._client_name}-shared",
            driver_info=None,
            protocol=2,
        )
        connection = SharedConnection(pool.make_connection, timeout=timeout)
        self._shared.append(connection)
        return connection

    async def health(self, *, timeout: float = 2.0) -> RedisHealth:
        """Ask the server how it is. Never raises for a server that is away."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(timeout):
                await self.redis.ping()
                latency = (time.perf_counter() - began) * 1000
                info: dict[str, Any] = await self.redis.info()
        except (RedisError, OSError, TimeoutError) as error:
            latency = (time.perf_counter() - began) * 1000
            return RedisHealth(False, latency, problem=str(error) or type(error).__name__)
        policy = str(info.get("maxmemory_policy", "noeviction"))
        valkey = info.get("valkey_version")
        return RedisHealth(
            ok=True,
            latency_ms=latency,
            server="valkey" if valkey else "redis",
            version=str(valkey or info.get("redis_version", "")),
            used_memory_bytes=int(info.get("used_memory", 0)),
            problem=""
            if policy == "noeviction" or policy.startswith("volatile-")
            else f"maxmemory-policy {policy} may drop counters that usage is billed on",
        )

    async def close(self) -> None:
        for connection in self._shared:
            await connection.close()
        self._shared.clear()
        await self.redis.aclose()


__all__ = [
    "Argument",
    "NoScriptError",
    "RedisClient",
    "RedisConnectionError",
    "RedisError",
    "RedisHealth",
    "RedisTimeoutError",
    "Runner",
    "Script",
]
