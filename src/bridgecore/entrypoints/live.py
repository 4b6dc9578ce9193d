"""Live updates over HTTP: server-sent events that say what to read again.

A stream ends by itself after a few minutes, so that its reader comes back with a fresh token.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from bridgecore.infra import live
from bridgecore.infra.auth import Actor, requires_member, requires_staff
from bridgecore.infra.live import Live
from bridgecore.infra.resources import Resources, ResourcesDep

router = APIRouter(tags=["live"])

SECONDS = 300.0
HEARTBEAT = 15.0
_STREAM = {
    200: {
        "description": "Server-sent events; `data` is JSON with `type`, `tenant_id` and `at`",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get(
    "/admin/live",
    summary="What happens on the platform, as it happens",
    response_class=StreamingResponse,
    responses=_STREAM,  # type: ignore[arg-type]
)
async def staff_live(
    actor: Annotated[Actor, Depends(requires_staff())], resources: ResourcesDep
) -> StreamingResponse:
    return _stream(resources, live.STAFF)


@router.get(
    "/api/v1/live",
    summary="What happens in your tenant, as it happens",
    response_class=StreamingResponse,
    responses=_STREAM,  # type: ignore[arg-type]
)
async def tenant_live(
    actor: Annotated[Actor, Depends(requires_member())], resources: ResourcesDep
) -> StreamingResponse:
    assert actor.tenant_id is not None
    return _stream(resources, live.tenant_channel(actor.tenant_id))


def _stream(resources: Resources, channel: str) -> StreamingResponse:
    viewers: Live = resources.extensions["live"]
    return StreamingResponse(
        _events(viewers, channel),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(viewers: Live, channel: str) -> AsyncIterator[bytes]:
    until = time.monotonic() + SECONDS
    async with viewers.watching(channel) as queue:
        yield b"retry: 2000\n\n"
        while (left := until - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(min(HEARTBEAT, left)):
                    message = await queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if message == live.ENDED:
                return
            yield b"data: " + message + b"\n\n"
