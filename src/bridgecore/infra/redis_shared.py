"""One Redis connection that many callers use at the same time.

A pool hands a connection to one caller for a whole round trip. Here a command leaves at once, and
answers are dealt out in the same order, in the turn of the event loop that they come in. At load
that costs a small part of the processor time, and, which matters as much, few turns: whoever needs
many while others need few is served last, and calls then travel in herds. Only for short commands:
no blocking reads, no transactions, no subscriptions.
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
from redis.exceptions import NoScriptError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

_STALL_SECONDS = 0.02

Told = Callable[[Any], None]
"""Is given a command's answer, or the exception that takes its place."""


class SharedConnection:
    """Connects at the first command and again after a break; never sends a command twice."""

    def __init__(self, connect: Callable[[], AbstractConnection], *, timeout: float) -> None:
        self._make = connect
        self._timeout = timeout
        self._line: _Line | None = None
        self._connecting = asyncio.Lock()

    def send(self, told: Told, *arguments: Any) -> bool:
        """Send a command if the connection is open; `told` hears what came of it, later.

        False: it is not open, nothing was sent. `told` is given what `execute_command` raises.
        """
        line = self._line
        if line is None or line.broken:
            return False
        line.ask(hiredis.pack_command(arguments), told, self._timeout)
        return True

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
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def told(reply: Any) -> None:
            if answer.done():
                return  # its caller has given up
            if isinstance(reply, Exception):
                answer.set_exception(reply)
            else:
                answer.set_result(reply)

        line.ask(hiredis.pack_command(arguments), told, self._timeout)
        return await answer

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


class _Question:
    """A command under way."""

    __slots__ = ("answered_before", "due", "timer", "told")

    def __init__(self, told: Told, due: float, answered_before: int) -> None:
        self.told: Told | None = told
        self.due = due
        self.answered_before = answered_before
        self.timer: asyncio.TimerHandle

    def settle(self, reply: Any) -> None:
        told, self.told = self.told, None
        if told is not None:
            self.timer.cancel()
            told(reply)


class _Line(asyncio.Protocol):
    """An open connection, with those who wait for its answers.

    redis-py has connected, over TLS or not, and signed in; from there on the bytes come here.
    """

    def __init__(self, connection: AbstractConnection) -> None:
        self._loop = asyncio.get_running_loop()
        self._answered = 0
        self._connection = connection
        self._waiting: deque[_Question] = deque()
        self._replies = hiredis.Reader(replyError=_refusal)
        self._fault: RedisConnectionError | None = None
        writer = connection._writer
        assert writer is not None
        self._transport = writer.transport
        # nothing is kept back for the end of the loop's turn
        self._transport.set_write_buffer_limits(0)
        self._transport.set_protocol(self)

    @property
    def broken(self) -> bool:
        return self._fault is not None

    def ask(self, command: bytes, told: Told, timeout: float) -> None:
        due = self._loop.time() + timeout
        question = _Question(told, due, self._answered)
        question.timer = self._loop.call_at(due, self._overdue, question)
        self._waiting.append(question)
        self._transport.write(command)

    def _overdue(self, question: _Question, *, again: bool = False) -> None:
        if question.told is None:
            return
        if not again and self._loop.time() - question.due > _STALL_SECONDS:
            # It was this process that did not get on: the answer may lie here unread.
            question.timer = self._loop.call_later(
                _STALL_SECONDS, lambda: self._overdue(question, again=True)
            )
            return
        question.settle(RedisTimeoutError("no answer in time"))
        if self._answered == question.answered_before:
            self.end(RedisConnectionError("the server stopped answering"))

    def end(self, fault: RedisConnectionError) -> None:
        """Give up the connection; everyone who waits gets the fault."""
        if self._fault is not None:
            return
        self._fault = fault
        self._closing = asyncio.create_task(self._connection.disconnect(nowait=True))
        while self._waiting:
            self._waiting.popleft().settle(RedisConnectionError(*fault.args))

    async def ended(self) -> None:
        with suppress(Exception):
            await self._closing

    # ── told by the event loop ─────────────────────────────────────────────────────────────────

    def data_received(self, data: bytes) -> None:
        try:
            self._replies.feed(data)
            # False: no whole answer is there yet
            while (reply := self._replies.gets()) is not False:
                self._answered += 1
                if not self._waiting:
                    self.end(RedisConnectionError("the server answered what nobody asked"))
                    return
                self._waiting.popleft().settle(reply)
        except hiredis.ProtocolError as error:
            self.end(RedisConnectionError(str(error)))

    def connection_lost(self, exc: Exception | None) -> None:
        self.end(RedisConnectionError(str(exc) if exc else "the server closed the connection"))


def _refusal(text: str) -> ResponseError:
    """The server's own refusal, as redis-py tells it."""
    code, _, rest = text.partition(" ")
    return NoScriptError(rest) if code == "NOSCRIPT" else ResponseError(text)
