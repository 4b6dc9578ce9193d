"""The end of a deleted tenant: a last export, then its row, then what every domain holds of it.

The export takes every table that carries `tenant_id`, found in the catalogue, so a domain that is
added later is in it. Binary columns are left out: they are secrets and digests. The rows of other
domains are deleted by those domains, when they hear `tenant.purged`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.connections import repository
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.resources import Resources
from bridgecore.infra.telemetry import redact
from bridgecore.kit.clock import isoformat, utcnow

_ROWS_A_WRITE = 500

log = structlog.get_logger(__name__)


async def purge_deleted_tenants(resources: Resources, *, now: datetime | None = None) -> list[UUID]:
    """Purge tenants deleted longer ago than they can be restored. Returns which went.

    One transaction a tenant; one that fails is logged and tried again at the next run.
    """
    before = (now or utcnow()) - timedelta(days=tenancy.RESTORABLE_DAYS)
    async with resources.database.platform() as session:
        candidates = await tenancy.due_for_purge(session, before)
    purged = []
    for tenant_id in candidates:
        try:
            if await _purge(resources, tenant_id, before):
                purged.append(tenant_id)
        except (OSError, SQLAlchemyError):
            log.exception("tenant_purge_failed", tenant_id=str(tenant_id))
    return purged


async def _purge(resources: Resources, tenant_id: UUID, before: datetime) -> bool:
    async with resources.database.platform() as session:
        # held to the end, so that nobody restores what is being exported
        if not await tenancy.hold_for_purge(session, tenant_id, before):
            return False
        path = await export_tenant(session, tenant_id, resources.settings.data_dir / "exports")
        await tenancy.remove_purged(session, tenant_id, {"export": path.name})
    log.info("tenant_purged", tenant_id=str(tenant_id), export=path.name)
    return True


async def export_tenant(session: AsyncSession, tenant_id: UUID, folder: Path) -> Path:
    """Write what the platform holds of a tenant as one JSON file, streamed. Returns its path.

    `{"tenant_id", "exported_at", "tables": {name: [row, …]}}`. The file appears when it is whole.
    """
    moment = utcnow()
    path = folder / f"tenant-{tenant_id}-{moment:%Y%m%dT%H%M%SZ}.json"
    draft = path.with_suffix(".part")
    await asyncio.to_thread(_begin, draft)
    head = orjson.dumps({"tenant_id": str(tenant_id), "exported_at": isoformat(moment)})
    await asyncio.to_thread(_append, draft, head[:-1] + b',"tables":{')
    separator = b""
    for table in await repository.tables_of_tenants(session):
        opening = separator + orjson.dumps(table.name) + b":["
        async for rows in _encoded(repository.rows_of_tenant(session, table, tenant_id)):
            await asyncio.to_thread(_append, draft, opening + rows)
            opening = b","
        ending = b"]" if opening == b"," else opening + b"]"
        await asyncio.to_thread(_append, draft, ending)
        separator = b","
    await asyncio.to_thread(_append, draft, b"}}\n")
    await asyncio.to_thread(_finish, draft, path)
    return path


async def _encoded(rows: AsyncIterator[dict[str, Any]]) -> AsyncIterator[bytes]:
    batch: list[bytes] = []
    async for row in rows:
        batch.append(orjson.dumps(redact(row)))
        if len(batch) == _ROWS_A_WRITE:
            yield b",".join(batch)
            batch = []
    if batch:
        yield b",".join(batch)


def _begin(draft: Path) -> None:
    draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)


def _append(draft: Path, content: bytes) -> None:
    with draft.open("ab") as file:
        file.write(content)


def _finish(draft: Path, path: Path) -> None:
    with draft.open("ab") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    """Delete what this domain holds of purged tenants. Needs a platform session."""
    for tenant_id in tenant_ids:
        await repository.forget_tenant(session, tenant_id)
