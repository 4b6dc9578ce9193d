"""Clients: the tenants as those see them who run automations for them, and their n8n servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.errors import ConnectorError
from bridgecore.connectors.n8n.server import addresses
from bridgecore.domains.automation.errors import ServerNotFound, ServerUnknown
from bridgecore.domains.automation.schemas.clients import (
    ClientChange,
    ClientIn,
    ClientOut,
    N8nConfigIn,
)
from bridgecore.domains.automation.schemas.metrics import ServerOut
from bridgecore.domains.automation.service.absorbing import EXECUTION, N8N
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import (
    CheckOut,
    ConnectionChange,
    ConnectionFilter,
    ConnectionIn,
    StaffConnectionOut,
    TenantChange,
    TenantIn,
)
from bridgecore.domains.lake import service as lake
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantFilter, TenantOut
from bridgecore.infra.auth import Actor
from bridgecore.infra.problems import ValidationFailed
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

MOST_SERVERS = 10_000


async def list_clients(
    session: AsyncSession, wanted: TenantFilter, skip: int, limit: int
) -> tuple[list[ClientOut], int]:
    """One page, and how many match in all."""
    tenants, total = await tenancy.list_tenants(session, wanted, skip, limit)
    servers = await servers_of(session, [tenant.id for tenant in tenants])
    return [_out(tenant, servers.get(tenant.id, [])) for tenant in tenants], total


async def get_client(session: AsyncSession, client_id: UUID) -> ClientOut:
    """Raises TenantNotFound."""
    tenant = await tenancy.get_tenant(session, client_id)
    return _out(tenant, (await servers_of(session, [client_id])).get(client_id, []))


async def create_client(
    session: AsyncSession, resources: Resources, actor: Actor, wanted: ClientIn
) -> ClientOut:
    """A tenant, with its n8n server where that is given. A name is enough.

    Raises SlugTaken, PlanNotFound, ValidationFailed, AddressNotAllowed.
    """
    fields = TenantIn.model_validate(wanted.tenant())
    made = await connections.create_tenant(session, resources, actor, fields)
    if wanted.n8n_api_url is not None or wanted.n8n_api_key is not None:
        config = N8nConfigIn(n8n_api_url=wanted.n8n_api_url, n8n_api_key=wanted.n8n_api_key)
        return await configure_n8n(session, resources, actor, made.id, config)
    return await get_client(session, made.id)


async def change_client(
    session: AsyncSession,
    resources: Resources,
    actor: Actor,
    client_id: UUID,
    wanted: ClientChange,
) -> ClientOut:
    """Only what is given changes. Raises TenantNotFound, SlugTaken."""
    change = TenantChange.model_validate(wanted.model_dump(exclude_unset=True))
    await connections.change_tenant(session, resources, actor, client_id, change)
    return await get_client(session, client_id)


async def delete_client(
    session: AsyncSession, resources: Resources, actor: Actor, client_id: UUID
) -> ClientOut:
    """It can come back for 30 days. Raises TenantNotFound, and what tenancy refuses."""
    await connections.move_tenant(session, resources, actor, client_id, tenancy.delete_tenant, "")
    return await get_client(session, client_id)


async def configure_n8n(
    session: AsyncSession, resources: Resources, actor: Actor, client_id: UUID, wanted: N8nConfigIn
) -> ClientOut:
    """Connect a client's n8n, or change what is given of it.

    Without `connection_id` and `name` the primary one is meant; a name none has is a further
    server. Raises TenantNotFound, ServerUnknown, ValidationFailed, AddressNotAllowed,
    ConnectionNameTaken.
    """
    await tenancy.get_tenant(session, client_id)
    servers = (await servers_of(session, [client_id])).get(client_id, [])
    meant = _meant(servers, wanted)
    config = wanted.config()
    if meant is None:
        missing = [name for name in ("url", "api_key") if name not in config]
        if missing:
            names = {"url": "n8n_api_url", "api_key": "n8n_api_key"}
            raise ValidationFailed(
                f"A new n8n server needs {' and '.join(names[name] for name in missing)}.",
                errors=[
                    {"pointer": f"/{names[name]}", "code": "config_invalid", "detail": "is missing"}
                    for name in missing
                ],
            )
        await connections.create_connection(
            session,
            resources,
            actor,
            client_id,
            ConnectionIn(connector=N8N, name=wanted.name, config=config),
        )
    else:
        change = ConnectionChange(config=config or None, is_active=wanted.is_active)
        if wanted.connection_id is not None and wanted.name is not None:
            change.name = wanted.name
        await connections.change_connection(
            session, resources, actor, client_id, meant.connection_id, change
        )
    return await get_client(session, client_id)


async def remove_server(
    session: AsyncSession,
    resources: Resources,
    actor: Actor,
    client_id: UUID,
    connection_id: UUID,
) -> None:
    """Forget an n8n server, its key and its history. Raises ServerNotFound."""
    servers = (await servers_of(session, [client_id])).get(client_id, [])
    if all(server.connection_id != connection_id for server in servers):
        raise ServerNotFound
    await connections.remove_connection(session, resources, actor, client_id, connection_id)


async def check_server(resources: Resources, client_id: UUID, connection_id: UUID) -> CheckOut:
    """Try a client's n8n as it is stored, and keep how it was found.

    Opens transactions of its own. Raises TenantNotFound, ServerNotFound, AddressNotAllowed.
    """
    async with resources.database.platform() as session:
        await tenancy.get_tenant(session, client_id)
        servers = (await servers_of(session, [client_id])).get(client_id, [])
    if all(server.connection_id != connection_id for server in servers):
        raise ServerNotFound
    return await connections.check_connection(resources, client_id, connection_id)


async def servers_of(
    session: AsyncSession, tenant_ids: Sequence[UUID]
) -> Mapping[UUID, list[ServerOut]]:
    """The n8n servers of tenants, the primary one first. Several need a platform session."""
    only = tenant_ids[0] if len(tenant_ids) == 1 else None
    wanted = ConnectionFilter(tenant_id=only, connector=N8N)
    rows, _ = await connections.list_connections(session, wanted, 0, MOST_SERVERS)
    fresh = await lake.freshness(session, EXECUTION, tenant_id=only)
    found: dict[UUID, list[ServerOut]] = {}
    among, now = set(tenant_ids), utcnow()
    for row in rows:
        if row.tenant_id in among:
            fresh_at = fresh.get(row.id)
            age = None if fresh_at is None else max(0.0, (now - fresh_at).total_seconds())
            found.setdefault(row.tenant_id, []).append(
                ServerOut(
                    connection_id=row.id,
                    name=row.name,
                    url=root_of(row),
                    is_primary=row.is_primary,
                    is_active=row.is_active,
                    status=row.status.value,
                    status_detail=row.status_detail,
                    version=row.server_version,
                    fresh_at=fresh_at,
                    age_seconds=age,
                )
            )
    for servers in found.values():
        servers.sort(key=lambda server: (not server.is_primary, server.name))
    return found


def root_of(connection: StaffConnectionOut) -> str | None:
    """Where people open that n8n."""
    try:
        return addresses(str(connection.settings.get("url", "")))[0]
    except ConnectorError:
        return None


def _meant(servers: Sequence[ServerOut], wanted: N8nConfigIn) -> ServerOut | None:
    if wanted.connection_id is not None:
        for server in servers:
            if server.connection_id == wanted.connection_id:
                return server
        raise ServerUnknown
    if wanted.name is not None:
        name = wanted.name.lower()
        return next((server for server in servers if server.name.lower() == name), None)
    return next((server for server in servers if server.is_primary), None)


def _out(tenant: TenantOut, servers: Sequence[ServerOut]) -> ClientOut:
    primary = next((server for server in servers if server.is_primary), None)
    return ClientOut(
        id=tenant.id,
        name=tenant.name,
        slug=tenant.slug,
        status=tenant.status.value,
        contact_email=tenant.contact_email,
        time_zone=tenant.time_zone,
        n8n_configured=bool(servers),
        n8n_api_url=primary.url if primary else None,
        servers=list(servers),
        created_at=tenant.created_at,
        updated_at=tenant.updated_at,
    )
