"""Where names lead: looked up in threads of their own, and remembered for a while."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

_T = TypeVar("_T")
_THREADS = 32
_REMEMBERED = 4_096


class Threads:
    """Work that many may wait for at once and that is done once, away from the event loop.

    A name server that never answers holds a thread for seconds. Sharing the event loop's few
    threads, one tenant's name could keep everybody's from being looked up.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="outbound")
        self._under_way: dict[Hashable, asyncio.Future[Any]] = {}

    async def do(self, key: Hashable, work: Callable[[], _T]) -> _T:
        future: asyncio.Future[_T] | None = self._under_way.get(key)
        if future is None:
            future = asyncio.get_running_loop().run_in_executor(self._pool, work)
            self._under_way[key] = future
            future.add_done_callback(lambda _: self._under_way.pop(key, None))
        return await asyncio.shield(future)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def system_addresses(host: str) -> tuple[str, ...]:
    """Where the operating system says a name leads. Blocks. Raises OSError."""
    found = socket.getaddrinfo(host, None, 0, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    addresses = dict.fromkeys(str(sockaddr[0]) for _, _, _, _, sockaddr in found)
    usable = tuple(one for one in addresses if "%" not in one)  # link-local ones stand in no URL
    if not usable:
        raise OSError(f"{host} leads to no address that can be called")
    return usable


class Names:
    """The addresses that names lead to, remembered for a while."""

    def __init__(
        self, threads: Threads, seconds: float, addresses_of: Callable[[str], tuple[str, ...]]
    ) -> None:
        self._threads = threads
        self._seconds = seconds
        self._addresses_of = addresses_of
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}

    def known(self, host: str) -> tuple[str, ...] | None:
        found = self._known.get(host)
        if found is None or found[0] < asyncio.get_running_loop().time():
            return None
        return found[1]

    async def look_up(self, host: str) -> tuple[str, ...]:
        """At least one address. Raises OSError."""
        found = await self._threads.do(host, lambda: self._addresses_of(host))
        if host in self._known:
            # In the order of before: connections are kept by address, and servers turn theirs.
            before = self._known[host][1]
            found = tuple(
                sorted(found, key=lambda one: before.index(one) if one in before else len(before))
            )
        elif len(self._known) >= _REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[host] = (asyncio.get_running_loop().time() + self._seconds, found)
        return found

    def put_last(self, host: str, address: str) -> None:
        """Try the address after its sisters from now on."""
        if host in self._known:
            until, found = self._known[host]
            rest = tuple(one for one in found if one != address)
            self._known[host] = (until, (*rest, address))
