"""Connections: kept, tried, handed to the gateway; and tenants as staff see them."""

from bridgecore.domains.connections.schemas import OdooTarget
from bridgecore.domains.connections.service.checks import (
    CHECK_SECONDS,
    check_configuration,
    check_connection,
    check_for_staff,
    check_odoo,
    note_status,
)
from bridgecore.domains.connections.service.configuration import connectors
from bridgecore.domains.connections.service.connections import (
    change_connection,
    configure_odoo,
    create_connection,
    get_connection,
    list_connections,
    remove_connection,
)
from bridgecore.domains.connections.service.keys import rotate_secrets
from bridgecore.domains.connections.service.own_credentials import (
    forget_members,
    own_credentials,
    remove_own_credentials,
    set_own_credentials,
)
from bridgecore.domains.connections.service.purge import forget_tenants, purge_deleted_tenants
from bridgecore.domains.connections.service.sources import Source, named_connection, source
from bridgecore.domains.connections.service.targets import odoo_target
from bridgecore.domains.connections.service.tenants import (
    change_tenant,
    create_tenant,
    get_tenant,
    list_tenants,
    move_tenant,
    tenant_of_person,
    tenants_of_person,
)

__all__ = [
    "CHECK_SECONDS",
    "OdooTarget",
    "Source",
    "change_connection",
    "change_tenant",
    "check_configuration",
    "check_connection",
    "check_for_staff",
    "check_odoo",
    "configure_odoo",
    "connectors",
    "create_connection",
    "create_tenant",
    "forget_members",
    "forget_tenants",
    "get_connection",
    "get_tenant",
    "list_connections",
    "list_tenants",
    "move_tenant",
    "named_connection",
    "note_status",
    "odoo_target",
    "own_credentials",
    "purge_deleted_tenants",
    "remove_connection",
    "remove_own_credentials",
    "rotate_secrets",
    "set_own_credentials",
    "source",
    "tenant_of_person",
    "tenants_of_person",
]
