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


class SharedConnection:
    """Connects at the first command and again after a break; never sends a command twice."""

    def __init__(self, connect: Callable[[], AbstractConnection], *, timeout: float) -> None:
        self._make = connect
        self._timeout = timeout
        self._line: _Line | None = None
        self._connecting = asyncio.Lock()

    async def execute_command(self, *arguments: Any) -> Any:
        """The answer to one command.

        Raises `RedisTimeoutError` after `timeout` seconds, connecting included,
        `RedisConnectionError` when there is no connection or it broke, `ResponseError` for the
        server's own refusals.
        """
        line = self._line
        answered = -1
        try:
            async with asyncio.timeout(self._timeout):
                if line is None or line.broken:
                    line = await self._connect()
                answered = line.answered
                return await line.send(hiredis.pack_command(arguments))
        except TimeoutError:
            if line is not None and line.answered == answered:
                line.end(RedisConnectionError("the server stopped answering"))
            raise RedisTimeoutError(f"no answer in {self._timeout:g} s") from None

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
        self.answered = 0
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

    def send(self, command: bytes) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self._fault is not None:
            answer.set_exception(self._fault)
            return answer
        self._waiting.append(answer)
        self._outgoing.append(command)
        self._has_outgoing.set()
        return answer

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
            self.answered += 1
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
