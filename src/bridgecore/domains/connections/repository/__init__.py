"""Queries of connections and members' credentials, and those of a tenant's end."""

from bridgecore.domains.connections.repository.connections import (
    connection,
    credential,
    demote,
    forget_credentials,
    forget_tenant,
    name_taken,
    page,
    primaries,
    primary,
    sealed_connections,
    sealed_credentials,
    target,
)
from bridgecore.domains.connections.repository.purge import (
    TenantTable,
    rows_of_tenant,
    tables_of_tenants,
)

__all__ = [
    "TenantTable",
    "connection",
    "credential",
    "demote",
    "forget_credentials",
    "forget_tenant",
    "name_taken",
    "page",
    "primaries",
    "primary",
    "rows_of_tenant",
    "sealed_connections",
    "sealed_credentials",
    "tables_of_tenants",
    "target",
]
