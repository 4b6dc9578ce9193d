"""uvicorn's HTTP protocol, quicker where nearly every answer of ours goes.

An answer that is whole leaves in one write: uvicorn writes head and body one after the other, and
uvloop sends what it is given at once, so that a client is woken twice. Its header lines are looked
over together, and a connection keeps one timer for being idle instead of one for each request.
Everything else, such as streams, pipelining and upgrades, is uvicorn's own.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)


class Answering(RequestResponseCycle):
    """One request and its answer. A head that tells its length waits for the first of the body."""

    _head: Any = None
    task: asyncio.Task[None]
    tasks: set[asyncio.Task[None]]

    async def run_asgi(self, app: Any) -> None:
        try:
            await super().run_asgi(app)
        finally:
            self.tasks.discard(self.task)

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start" and not self.response_started:
            # a second one takes the place of a first that was followed by a failure
            self._head = None
            for name, _ in message["headers"]:
                if name == b"content-length":
                    self._head = message
                    return
        head, self._head = self._head, None
        if head is None:
            await super().send(message)
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        written = self._whole(head, message)
        if written is None:
            await super().send(head)
            await super().send(message)
            return
        self.response_started = self.response_complete = True
        self.transport.writelines((written, message["body"]))
        self.message_event.set()
        self.on_response()

    def _whole(self, head: Any, message: Any) -> bytes | None:
        """The lines above the body, or None where uvicorn has to look at it.

        Raises RuntimeError for a body of another length, or a header that would be two.
        """
        if message.get("more_body") or not self.keep_alive or self.scope["method"] == "HEAD":
            return None
        body = message.get("body")
        if not body:
            return None
        headers = self.default_headers + head["headers"]
        lines = [STATUS_LINE[head["status"]]]
        for name, value in headers:
            if name == b"content-length":
                if int(value) != len(body):
                    raise RuntimeError("The body has another length than its head tells.")
            elif name == b"connection" or name == b"transfer-encoding":
                return None
            lines += (name, b": ", value, b"\r\n")
        lines.append(b"\r\n")
        written = b"".join(lines)
        ends = len(headers) + 2
        if written.count(b"\n") != ends or written.count(b"\r") != ends or b"\0" in written:
            raise RuntimeError("A response header holds a line break.")
        return written


class HttpProtocol(HttpToolsProtocol):
    """One client's connection."""

    _idle_since: float | None = None
    _idle: asyncio.TimerHandle | None = None

    def on_headers_complete(self) -> None:
        parser = self.parser
        if parser.should_upgrade() or (self.cycle is not None and not self.cycle.response_complete):
            super().on_headers_complete()
            return
        version = parser.get_http_version()
        scope: Any = self.scope
        scope["method"] = parser.get_method().decode("ascii")
        scope["http_version"] = version
        path, _, query = self.url.partition(b"?")
        if not path.startswith(b"/") or b"%" in path or b"#" in self.url:
            super().on_headers_complete()
            return
        scope["path"] = path.decode("ascii")
        scope["raw_path"] = path
        scope["query_string"] = query
        self.cycle = Answering(
            scope,
            self.transport,
            self.flow,
            self.logger,
            self.access_logger,
            self.access_log,
            self.server_state.default_headers,
            asyncio.Event(),
            self.expect_100_continue,
            version != "1.0" and parser.should_keep_alive(),
            self.on_response_complete,
        )
        # a callback at the task's end would be one more step of the loop
        cycle = self.cycle
        cycle.tasks = self.tasks
        cycle.task = self.loop.create_task(cycle.run_asgi(self.app))
        self.tasks.add(cycle.task)

    def on_response_complete(self) -> None:
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle_since = self.loop.time()
        if self._idle is None:
            self._idle = self.loop.call_later(self.timeout_keep_alive, self._look)

    def data_received(self, data: bytes) -> None:
        self._idle_since = None
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        super().connection_lost(exc)

    def _look(self) -> None:
        """Close a connection that has been idle for as long as is allowed."""
        self._idle = None
        if self._idle_since is None:
            return  # the next answer starts the watch again
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._idle = self.loop.call_later(left, self._look)
        else:
            self.timeout_keep_alive_handler()
