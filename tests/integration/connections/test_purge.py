"""The end of a deleted tenant: exported, purged, forgotten; never one that could come back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from bridgecore.domains.connections.service import purge_deleted_tenants
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from tests.factories.tenants import TenantFactory

ROUTE = "/api/v1/integrations"
LATER = timedelta(days=31)


@pytest.fixture
async def deleted(
    client: httpx.AsyncClient,
    tenant_factory: TenantFactory,
    settings_of_odoo: dict[str, str],
    staff_headers: dict[str, str],
) -> UUID:
    """A deleted tenant that had a connection."""
    tenant = await tenant_factory.tenant(metadata={"note": "Ünïcode"})
    headers = (await tenant_factory.member(tenant.id)).headers
    await client.post(f"{ROUTE}/odoo/configure", json=settings_of_odoo, headers=headers)
    own = {"username": "sales", "password": "x"}
    await client.put(f"{ROUTE}/odoo/my-credentials", json=own, headers=headers)
    answer = await client.delete(f"/admin/tenants/{tenant.id}", headers=staff_headers)
    assert answer.status_code == 200, answer.text
    return tenant.id


def exports(resources: Resources, tenant_id: UUID) -> list[Path]:
    return sorted((resources.settings.data_dir / "exports").glob(f"tenant-{tenant_id}-*"))


async def rows(resources: Resources, table: str, tenant_id: UUID) -> int:
    async with resources.database.platform() as session:
        found = await session.scalar(
            text(f"SELECT count(*) FROM {table} WHERE tenant_id = :id"), {"id": tenant_id}
        )
    return int(found or 0)


async def test_a_tenant_that_can_come_back_is_left_alone(
    resources: Resources, deleted: UUID
) -> None:
    soon = utcnow() + timedelta(days=29)
    assert deleted not in await purge_deleted_tenants(resources, now=soon)
    assert exports(resources, deleted) == []
    assert await rows(resources, "connections", deleted) == 1


async def test_a_purge_exports_then_forgets(
    client: httpx.AsyncClient,
    resources: Resources,
    deleted: UUID,
    settings_of_odoo: dict[str, str],
    staff_headers: dict[str, str],
    hand_over: Callable[[UUID], Awaitable[None]],
) -> None:
    assert deleted in await purge_deleted_tenants(resources, now=utcnow() + LATER)

    (path,) = exports(resources, deleted)
    assert path.stat().st_mode & 0o777 == 0o600
    exported = json.loads(path.read_text())
    assert exported["tenant_id"] == str(deleted)
    tables = exported["tables"]
    assert tables["tenants"][0]["metadata"] == {"note": "Ünïcode"}
    (connection,) = tables["connections"]
    assert connection["settings"]["url"] == settings_of_odoo["url"]
    assert "secret" not in connection
    assert tables["audit_entries"]
    assert tables["member_credentials"][0]["username"] == "sales"
    assert settings_of_odoo["password"] not in path.read_text()

    gone = await client.get(f"/admin/tenants/{deleted}", headers=staff_headers)
    assert gone.status_code == 404

    await hand_over(deleted)
    assert await rows(resources, "connections", deleted) == 0
    assert await rows(resources, "member_credentials", deleted) == 0
    # the trail outlives the tenant, and says what became of it
    assert await rows(resources, "audit_entries", deleted) > 0
    assert deleted not in await purge_deleted_tenants(resources, now=utcnow() + LATER)


async def test_two_purges_at_once_export_once(resources: Resources, deleted: UUID) -> None:
    moment = utcnow() + LATER
    found = await asyncio.gather(*(purge_deleted_tenants(resources, now=moment) for _ in range(3)))
    assert sum(deleted in purged for purged in found) == 1
    assert len(exports(resources, deleted)) == 1


async def test_one_that_can_not_be_exported_is_kept(
    resources: Resources, deleted: UUID, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "exports").write_text("a file where the folder should be")
    blocked = resources.settings.model_copy(update={"data_dir": tmp_path})
    monkeypatch.setattr(resources, "settings", blocked)
    assert deleted not in await purge_deleted_tenants(resources, now=utcnow() + LATER)
    assert await rows(resources, "connections", deleted) == 1
