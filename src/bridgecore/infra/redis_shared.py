"""One Redis connection that many callers use at the same time.

A pool hands a connection to one caller for a whole round trip. Here commands leave as they come,
in one write per turn of the event loop, and answers are dealt out in the same order: at load this
costs a small part of the processor time. Only for short commands: no blocking reads, no
transactions, no subscriptions.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

_STALL_SECONDS = 0.02


class SharedConnection:
    """Connects at the first command and again after a break; never sends a command twice."""

    def __init__(self, connect: Callable[[], AbstractConnection], *, timeout: float) -> None:
        self._make = connect
        self._timeout = timeout
        self._line: _Line | None = None
        self._connecting = asyncio.Lock()

    async def execute_command(self, *arguments: Any) -> Any:
        """The answer to one command.

        Raises `RedisTimeoutError` when there is no connection or no answer in `timeout` seconds,
        `RedisConnectionError` when the connection is refused or breaks, `ResponseError` for the
        server's own refusals.
        """
        line = self._line
        if line is None or line.broken:
            try:
                async with asyncio.timeout(self._timeout):
                    line = await self._connect()
            except TimeoutError:
                raise RedisTimeoutError(f"no connection in {self._timeout:g} s") from None
        return await line.ask(hiredis.pack_command(arguments), self._timeout)

    async def close(self) -> None:
        if self._line is not None:
            self._line.end(RedisConnectionError("the connection is closed"))
            await self._line.ended()
            self._line = None

    async def _connect(self) -> _Line:
        async with self._connecting:
            if self._line is None or self._line.broken:
                connection = self._make()
                try:
                    await connection.connect()  # type: ignore[no-untyped-call]
                except OSError as error:
                    raise RedisConnectionError(str(error)) from error
                except BaseException:
                    await asyncio.shield(connection.disconnect(nowait=True))
                    raise
                self._line = _Line(connection)
            return self._line


class _Line:
    """An open connection, with those who wait for its answers."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._answered = 0
        self._connection = connection
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._outgoing: list[bytes] = []
        self._has_outgoing = asyncio.Event()
        self._fault: RedisConnectionError | None = None
        self._tasks = (
            asyncio.create_task(self._read(), name="redis-shared-read"),
            asyncio.create_task(self._write(), name="redis-shared-write"),
        )

    @property
    def broken(self) -> bool:
        return self._fault is not None

    async def ask(self, command: bytes, timeout: float) -> Any:
        if self._fault is not None:
            raise RedisConnectionError(*self._fault.args)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._waiting.append(answer)
        self._outgoing.append(command)
        self._has_outgoing.set()
        due = loop.time() + timeout
        timer = loop.call_at(due, self._overdue, answer, self._answered, due)
        try:
            return await answer
        finally:
            timer.cancel()

    def _overdue(
        self, answer: asyncio.Future[Any], answered: int, due: float | None = None
    ) -> None:
        if answer.done():
            return
        loop = asyncio.get_running_loop()
        if due is not None and loop.time() - due > _STALL_SECONDS:
            # It was this process that did not get on: the answer may lie here unread.
            loop.call_later(_STALL_SECONDS, self._overdue, answer, answered)
            return
        answer.set_exception(RedisTimeoutError("no answer in time"))
        if self._answered == answered:
            self.end(RedisConnectionError("the server stopped answering"))

    def end(self, fault: RedisConnectionError) -> None:
        """Give up the connection; everyone who waits gets the fault."""
        if self._fault is not None:
            return
        self._fault = fault
        for task in self._tasks:
            task.cancel()
        while self._waiting:
            answer = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(RedisConnectionError(*fault.args))
        self._closing = asyncio.create_task(self._connection.disconnect(nowait=True))

    async def ended(self) -> None:
        with suppress(Exception):
            await self._closing

    async def _write(self) -> None:
        while True:
            await self._has_outgoing.wait()
            self._has_outgoing.clear()
            batch = b"".join(self._outgoing)
            self._outgoing.clear()
            try:
                await self._connection.send_packed_command(batch, check_health=False)
            except Exception as error:
                self.end(RedisConnectionError(str(error)))
                return

    async def _read(self) -> None:
        read = self._connection.read_response
        while True:
            reply: Any = None
            refusal: ResponseError | None = None
            try:
                reply = await read()
            except ResponseError as error:
                refusal = error
            except Exception as error:
                self.end(RedisConnectionError(str(error)))
                return
            self._answered += 1
            if not self._waiting:
                self.end(RedisConnectionError("the server answered what nobody asked"))
                return
            answer = self._waiting.popleft()
            if answer.done():
                continue  # its caller has given up
            if refusal is None:
                answer.set_result(reply)
            else:
                answer.set_exception(refusal)
