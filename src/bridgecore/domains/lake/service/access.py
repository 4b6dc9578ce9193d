"""Who may read what: the tenant's allow-list of models holds for their copies too."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.odoo.subjects import SECRET_MODELS
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import ConnectionFilter
from bridgecore.domains.lake.errors import EntityNotAllowed
from bridgecore.domains.lake.repository.reading import Access
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.auth import Actor

ODOO = "odoo"
ADMIN = "gateway:admin"
_MOST_CONNECTIONS = 10_000


@dataclass(frozen=True, slots=True)
class Reader:
    """What one caller may read; `sources` are the tenant's connections with their connectors."""

    access: Access
    sources: dict[UUID, str]

    def check(self, entity: str) -> None:
        """Raises EntityNotAllowed for what this caller reads of no connection."""
        allowed = self.access.allowed
        if entity in self.access.closed:
            raise EntityNotAllowed(
                f"{entity} holds secrets or settings of Odoo itself: that takes {ADMIN}."
            )
        if allowed is not None and entity not in allowed and not self.access.unrestricted:
            raise EntityNotAllowed(f"The model {entity} is not among those your tenant allows.")


async def reader_of(session: AsyncSession, tenant_id: UUID, actor: Actor) -> Reader:
    """What a member may read. The allow-list is of Odoo's models, so it binds Odoo alone."""
    tenant = await tenancy.get_tenant(session, tenant_id)
    rows, _ = await connections.list_connections(
        session, ConnectionFilter(tenant_id=tenant_id), 0, _MOST_CONNECTIONS
    )
    sources = {row.id: row.connector for row in rows}
    access = Access(
        allowed=None if tenant.allowed_models is None else frozenset(tenant.allowed_models),
        unrestricted=frozenset(id for id, connector in sources.items() if connector != ODOO),
        closed=frozenset() if actor.may(ADMIN) else SECRET_MODELS,
    )
    return Reader(access, sources)
