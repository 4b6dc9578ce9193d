"""Odoo's attachments and reports, streamed through without being held."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from bridgecore.connectors.odoo import Kind, OdooError
from bridgecore.domains.gateway import errors
from bridgecore.domains.gateway.errors import ModelNotAllowed, UpstreamNotFound
from bridgecore.domains.gateway.service.calls import Caller, Calls, Wanted
from bridgecore.domains.gateway.service.clients import Line
from bridgecore.domains.gateway.service.operations import Access, OdooCall, encode
from bridgecore.infra.asgi import RequestRecord
from bridgecore.kit.ids import uuid7

_TRANSFER_SECONDS = 600.0
_FIELDS = (
    "name",
    "mimetype",
    "file_size",
    "checksum",
    "res_model",
    "res_id",
    "create_date",
    "write_date",
)


class Attachment(msgspec.Struct):
    """What Odoo tells of a file. `res_model` and `res_id`: the record it hangs on, if any."""

    id: int
    name: str
    mimetype: str | bool
    file_size: int | bool
    checksum: str | bool
    res_model: str | bool
    res_id: int | bool
    create_date: str | bool
    write_date: str | bool


@dataclass(slots=True)
class Download:
    """A file on its way. `chunks` must be read to its end, or `close` called."""

    name: str
    media_type: str
    size: int | None
    _body: AsyncIterator[bytes]
    _stack: AsyncExitStack

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._body:
                yield chunk
        finally:
            await self._stack.aclose()


class Files:
    """Files of one tenant's Odoo, for one caller. Raises ProblemError."""

    def __init__(self, calls: Calls, caller: Caller, connection: str | None) -> None:
        self._calls = calls
        self._caller = caller
        self._connection = connection

    async def find(
        self, *, res_model: str | None, res_id: int | None, after: int | None, limit: int
    ) -> Sequence[Attachment]:
        """Attachments by id, newest first, those below `after`; fields' own files are left out."""
        domain: list[Any] = [["res_field", "=", False], ["type", "=", "binary"]]
        if res_model is not None:
            self._check_model(res_model)
            domain.append(["res_model", "=", res_model])
        elif (allowed := self._caller.snapshot.allowed_models) is not None:
            domain.append(["res_model", "in", list(allowed)])
        if res_id is not None:
            domain.append(["res_id", "=", res_id])
        if after is not None:
            domain.append(["id", "<", after])
        raw = await self._ask(
            "search_read",
            [],
            {"domain": domain, "fields": list(_FIELDS), "limit": limit, "order": "id desc"},
        )
        return msgspec.json.decode(raw, type=list[Attachment])

    async def get(self, attachment_id: int) -> Attachment:
        """One attachment. Raises UpstreamNotFound, ModelNotAllowed."""
        raw = await self._ask(
            "search_read",
            [],
            {"domain": [["id", "=", attachment_id]], "fields": list(_FIELDS), "limit": 1},
        )
        found = msgspec.json.decode(raw, type=list[Attachment])
        if not found:
            raise UpstreamNotFound(f"Odoo has no file {attachment_id} that you may see.")
        self._check_model(found[0].res_model or None)
        return found[0]

    async def download(self, attachment_id: int) -> Download:
        """A file's content."""
        attachment = await self.get(attachment_id)
        media_type = attachment.mimetype or "application/octet-stream"
        size = attachment.file_size or None
        try:
            return await self._open(
                f"/web/content/{attachment_id}?download=true",
                attachment.name,
                str(media_type),
                size if size is None else int(size),
            )
        except OdooError as error:
            if error.kind is not Kind.UNSUPPORTED:
                raise errors.problem_of(error, writes=False) from error
        # an API key opens no file address: the content comes as base64 over the API
        raw = await self._ask("read", [[attachment_id]], {"fields": ["datas"]})
        (row,) = msgspec.json.decode(raw, type=list[dict[str, Any]])
        content = base64.b64decode(row["datas"] or "")

        async def whole() -> AsyncIterator[bytes]:
            yield content

        return Download(attachment.name, str(media_type), len(content), whole(), AsyncExitStack())

    async def report(self, name: str, ids: Sequence[int]) -> Download:
        """A report as PDF, over records of the model it is made for."""
        line = await self._line()
        found = msgspec.json.decode(
            await self._execute(
                line,
                "ir.actions.report",
                "search_read",
                [],
                {
                    "domain": [["report_name", "=", name]],
                    "fields": ["model", "name", "report_type"],
                    "limit": 1,
                },
            )
        )
        if not found:
            raise UpstreamNotFound(f"Odoo has no report called {name}.")
        self._check_model(found[0]["model"])
        joined = ",".join(str(record_id) for record_id in ids)
        try:
            return await self._open(
                f"/report/pdf/{quote(name, safe='.')}/{joined}",
                f"{found[0]['name']}.pdf",
                "application/pdf",
                None,
            )
        except OdooError as error:
            raise errors.problem_of(error, writes=False) from error

    async def upload(
        self,
        name: str,
        content: AsyncIterator[bytes],
        *,
        media_type: str | None,
        res_model: str | None,
        res_id: int | None,
        key: tuple[str, str] | None = None,
        record: RequestRecord | None = None,
    ) -> Attachment:
        """Store a file, on a record where one is named. Nothing is kept of a broken upload.

        Written down as a write like any other. `key` is an idempotency key with a digest of the
        content; without one it is never joined, for equal names say nothing of equal content.
        """
        self._check_model(res_model)
        line = await self._line()
        values: dict[str, object] = {}
        if media_type:
            values["mimetype"] = media_type
        if res_model:
            values |= {"res_model": res_model, "res_id": res_id or 0}

        async def send(timeout: float) -> bytes:
            return encode(await line.client.upload(name, content, timeout=timeout, **values))

        described: dict[str, object] = {"name": name, **values}
        if key is None:
            wanted = Wanted(self._connection, route=f"files#{uuid7()}")
        else:
            wanted = Wanted(self._connection, idempotency_key=key[0], route="files")
            described["sha256"] = key[1]
        call = OdooCall("ir.attachment", "upload", [described], {}, Access.WRITE)
        raw = await self._calls.write(
            self._caller, line, call, wanted, record, send=send, seconds=_TRANSFER_SECONDS
        )
        return await self.get(msgspec.json.decode(raw, type=int))

    async def remove(self, attachment_id: int) -> None:
        """Delete a file. Raises UpstreamNotFound, ModelNotAllowed."""
        await self.get(attachment_id)
        call = OdooCall("ir.attachment", "unlink", [[attachment_id]], {}, Access.DELETE)
        wanted = Wanted(self._connection, route=f"files/{attachment_id}")
        await self._calls.write(self._caller, await self._line(), call, wanted, None)

    async def _open(self, path: str, name: str, media_type: str, size: int | None) -> Download:
        line = await self._line()
        stack = AsyncExitStack()
        try:
            stream = await stack.enter_async_context(
                line.client.download(path, timeout=_TRANSFER_SECONDS)
            )
            kind = stream.headers.get("content-type", media_type)
            if kind.startswith("text/html") and not media_type.startswith("text/html"):
                # Odoo tells faults of these addresses as a page
                raise errors.UpstreamFault("Odoo could not make this file; see its log.")
        except BaseException:
            await stack.aclose()
            raise
        return Download(name, media_type, size, stream.chunks(), stack)

    def _check_model(self, model: str | bool | None) -> None:
        allowed = self._caller.snapshot.allowed_models
        if allowed is not None and (not model or model not in allowed):
            raise ModelNotAllowed(
                f"Files of {model or 'no record'} are not among those your tenant allows."
            )

    async def _line(self) -> Line:
        return await self._calls.line(self._caller, self._connection)

    async def _ask(self, method: str, args: list[Any], kwargs: dict[str, Any]) -> bytes:
        return await self._execute(await self._line(), "ir.attachment", method, args, kwargs)

    async def _execute(
        self, line: Line, model: str, method: str, args: list[Any], kwargs: dict[str, Any]
    ) -> bytes:
        return await self._calls.ask(line, OdooCall(model, method, args, kwargs, Access.READ))
