"""Runs an ASGI application's lifespan around a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Message, Scope


@asynccontextmanager
async def running(app: ASGIApp) -> AsyncIterator[None]:
    """Start up, yield, shut down; a failed start-up raises what the application said."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()

    async def live() -> None:
        scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        await app(scope, inbox.get, outbox.put)

    task = asyncio.create_task(live())
    await inbox.put({"type": "lifespan.startup"})
    await _expect(outbox, task, "lifespan.startup.complete")
    try:
        yield
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        await _expect(outbox, task, "lifespan.shutdown.complete")
        await task


async def _expect(outbox: asyncio.Queue[Message], task: asyncio.Task[None], kind: str) -> None:
    answer = asyncio.create_task(outbox.get())
    await asyncio.wait({answer, task}, return_when=asyncio.FIRST_COMPLETED)
    if not answer.done():
        answer.cancel()
        task.result()
        raise RuntimeError(f"the application ended before {kind}")
    message = answer.result()
    if message["type"] != kind:
        raise RuntimeError(message.get("message", message["type"]))
