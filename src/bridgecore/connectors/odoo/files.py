"""Files in and out of Odoo as streams: reports and attachments."""

from __future__ import annotations

import base64
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping

from bridgecore.connectors.odoo.channel import Channel
from bridgecore.connectors.odoo.errors import Kind, OdooError, odoo_error
from bridgecore.connectors.odoo.faults import from_http, from_transport
from bridgecore.connectors.odoo.websession import WebSession
from bridgecore.connectors.odoo.wire import Wire
from bridgecore.kit.http import HttpResponse, HttpStream, TransportError

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Download:
    """A file on its way out of Odoo; `chunks` raises `OdooError` where it breaks off."""

    def __init__(self, stream: HttpStream) -> None:
        self.status = stream.status
        self.headers = stream.headers
        self._stream = stream

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._stream.chunks():
                yield chunk
        except TransportError as error:
            raise from_transport(error) from error


@contextlib.asynccontextmanager
async def open_stream(
    wire: Wire, channel: Channel, path: str, *, timeout: float
) -> AsyncIterator[HttpStream | None]:
    """The file at a path of the server; None if the session has ended. Raises `OdooError`."""
    if not isinstance(channel, WebSession):
        raise odoo_error(
            Kind.UNSUPPORTED,
            "Odoo serves files to signed-in sessions only; this connection uses an API key.",
        )
    if not path.startswith("/") or path.startswith("//"):
        raise odoo_error(Kind.BAD_REQUEST, "A file's path begins with one slash.")
    headers = {"cookie": channel.cookie, "accept": "*/*"}
    async with contextlib.AsyncExitStack() as stack:
        try:
            stream = await stack.enter_async_context(
                wire.http.stream("GET", wire.url + path, headers=headers, timeout=timeout)
            )
        except TransportError as error:
            raise from_transport(error) from error
        if stream.status == 200:
            yield Download(stream)
        elif await _session_ended(channel, stream, timeout=timeout):
            yield None
        elif stream.status == 404:
            raise odoo_error(
                Kind.MISSING_RECORD, "Odoo has no such file for this user.", status=404
            )
        else:
            raise from_http(HttpResponse(stream.status, stream.headers, b""))


async def _session_ended(session: WebSession, stream: HttpStream, *, timeout: float) -> bool:
    """A dead session is a visitor to file routes: sent to log in, or told there is no file."""
    if stream.status in _REDIRECTS:
        return "/web/login" in stream.headers.get("location", "")
    if stream.status not in (403, 404):
        return False
    try:
        await session.route("/web/session/get_session_info", {}, timeout=timeout)
    except OdooError as error:
        if error.kind is Kind.SESSION_EXPIRED:
            return True
        raise
    return False


async def upload(
    wire: Wire,
    channel: Channel,
    name: str,
    content: AsyncIterator[bytes],
    values: Mapping[str, object],
    *,
    timeout: float,
) -> int:
    """Create an attachment whose content is sent as it comes: its id. Raises `OdooError`."""
    # The encoded request is cut where the content belongs, so only that is ever streamed.
    mark = secrets.token_hex(16)
    request = channel.create_request("ir.attachment", {**values, "name": name, "datas": mark})
    before, _, after = request.body.partition(mark.encode())

    async def body() -> AsyncIterator[bytes]:
        yield before
        async for piece in _base64(content):
            yield piece
        yield after

    try:
        async with wire.http.stream(
            "POST",
            wire.url + request.path,
            headers=request.headers,
            body=body(),
            timeout=timeout,
        ) as stream:
            answer = b"".join([chunk async for chunk in stream.chunks()])
    except TransportError as error:
        raise from_transport(error) from error
    response = HttpResponse(stream.status, stream.headers, answer)
    return channel.created(response, "ir.attachment")


async def _base64(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in content:
        data = rest + chunk
        whole = len(data) - len(data) % 3
        rest = data[whole:]
        if whole:
            yield base64.b64encode(data[:whole])
    if rest:
        yield base64.b64encode(rest)
