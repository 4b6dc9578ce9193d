"""Files over HTTP: list, upload, download, delete; reports as PDF."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path, Query, Request, UploadFile, status
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, StringConstraints

from bridgecore.domains.audit.service import unaudited
from bridgecore.domains.gateway.router.callers import CallerWith, GatewayDep
from bridgecore.domains.gateway.service.calls import Caller
from bridgecore.domains.gateway.service.files import Attachment, Download, Files
from bridgecore.domains.tenancy.schemas import MODEL, Feature
from bridgecore.infra.asgi import record_of
from bridgecore.infra.idempotency import HEADER, check_key, documented
from bridgecore.infra.problems import ValidationFailed
from bridgecore.infra.web import Feed
from bridgecore.kit.cursors import decode_cursor, encode_cursor

router = APIRouter(prefix="/api/v1/files", tags=["files"])

Reader = Annotated[Caller, Depends(CallerWith("files:read", Feature.FILES))]
Writer = Annotated[Caller, Depends(CallerWith("files:write", Feature.FILES))]
Model = Annotated[str, StringConstraints(pattern=MODEL, max_length=128)]
RecordId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Connection = Annotated[str | None, Query(max_length=100)]
_CURSOR = "files"
_CHUNK = 192 * 1024


class FileOut(BaseModel):
    """A file in Odoo. `size` in bytes; `checksum` is SHA-1; null where Odoo tells nothing."""

    id: int
    name: str
    media_type: str | None
    size: int | None
    checksum: str | None
    res_model: str | None
    res_id: int | None
    created_at: str | None
    changed_at: str | None


class FileAnswer(BaseModel):
    """The file that was stored, its id as `result` too."""

    success: bool = True
    result: int
    file: FileOut


@router.get("", summary="List files")
async def list_files(
    caller: Reader,
    gateway: GatewayDep,
    res_model: Annotated[Model | None, Query()] = None,
    res_id: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    connection: Connection = None,
) -> Feed[FileOut]:
    after = None if cursor is None else decode_cursor(_CURSOR, cursor, [int])[0]
    files = Files(gateway.calls, caller, connection)
    found = await files.find(res_model=res_model, res_id=res_id, after=after, limit=limit + 1)
    more = len(found) > limit
    return Feed(
        items=[_out(each) for each in found[:limit]],
        next_cursor=encode_cursor(_CURSOR, [found[limit - 1].id]) if more else None,
    )


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Upload a file",
    openapi_extra={"parameters": [documented()]},
)
@unaudited("Odoo keeps who stored which file; the usage log has the request")
async def upload_file(
    request: Request,
    caller: Writer,
    gateway: GatewayDep,
    file: UploadFile,
    name: Annotated[str | None, Form(max_length=255)] = None,
    res_model: Annotated[Model | None, Form()] = None,
    res_id: Annotated[int | None, Form(ge=1, le=2**31 - 1)] = None,
    connection: Annotated[str | None, Form(max_length=100)] = None,
) -> FileAnswer:
    title = name or file.filename
    if not title or "\x00" in title:
        raise ValidationFailed("A file needs a name.")
    if (res_model is None) != (res_id is None):
        raise ValidationFailed("`res_model` and `res_id` go together.")
    key = request.headers.get(HEADER)
    if key is not None:
        check_key(key)
    stored = await Files(gateway.calls, caller, connection).upload(
        title,
        _chunks(file),
        media_type=file.content_type,
        res_model=res_model,
        res_id=res_id,
        key=None if key is None else (key, await _digest(file)),
        record=record_of(request.scope),
    )
    return FileAnswer(result=stored.id, file=_out(stored))


@router.get(
    "/reports/{report_name}/{ids}",
    summary="A report as PDF",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/pdf": {}}, "description": "The report"}},
)
async def report(
    caller: Reader,
    gateway: GatewayDep,
    report_name: Annotated[str, Path(pattern=r"^[A-Za-z0-9_]+\.[A-Za-z0-9_.]+$", max_length=128)],
    ids: Annotated[str, Path(pattern=r"^[1-9][0-9]{0,9}(,[1-9][0-9]{0,9}){0,99}$")],
    connection: Connection = None,
) -> StreamingResponse:
    record_ids = [int(each) for each in ids.split(",")]
    download = await Files(gateway.calls, caller, connection).report(report_name, record_ids)
    return _streamed(download)


@router.get("/{file_id}", summary="Describe a file")
async def get_file(
    caller: Reader, gateway: GatewayDep, file_id: RecordId, connection: Connection = None
) -> FileOut:
    return _out(await Files(gateway.calls, caller, connection).get(file_id))


@router.get(
    "/{file_id}/content",
    summary="Download a file",
    response_class=StreamingResponse,
    responses={200: {"content": {"*/*": {}}, "description": "The content, of its own type"}},
)
async def download_file(
    caller: Reader, gateway: GatewayDep, file_id: RecordId, connection: Connection = None
) -> StreamingResponse:
    return _streamed(await Files(gateway.calls, caller, connection).download(file_id))


@router.delete("/{file_id}", status_code=status.HTTP_204_NO_CONTENT, summary="Delete a file")
@unaudited("Odoo keeps who deleted which file; the usage log has the request")
async def delete_file(
    caller: Writer, gateway: GatewayDep, file_id: RecordId, connection: Connection = None
) -> None:
    await Files(gateway.calls, caller, connection).remove(file_id)


async def _digest(file: UploadFile) -> str:
    """SHA-256 of the content, which stays to be read from its beginning."""
    digest = hashlib.sha256()
    while chunk := await file.read(_CHUNK):
        digest.update(chunk)
    await file.seek(0)
    return digest.hexdigest()


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    # a multiple of three, so that base64 needs no padding in between
    while chunk := await file.read(_CHUNK):
        yield chunk


def _streamed(download: Download) -> StreamingResponse:
    # never shown inside the page: a file may hold a script
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(download.name)}",
        "X-Content-Type-Options": "nosniff",
    }
    if download.size is not None:
        headers["X-File-Size"] = str(download.size)
    return StreamingResponse(download.chunks(), media_type=download.media_type, headers=headers)


def _out(found: Attachment) -> FileOut:
    return FileOut(
        id=found.id,
        name=found.name,
        media_type=found.mimetype or None,
        size=found.file_size or None,
        checksum=found.checksum or None,
        res_model=found.res_model or None,
        res_id=found.res_id or None,
        created_at=found.create_date or None,
        changed_at=found.write_date or None,
    )
