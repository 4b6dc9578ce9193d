"""What may be done, and by which role: one table for tenants and one for staff.

A permission is `subject:action`; `subject:*` is every action of a subject and `*` is everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

TENANT_PERMISSIONS: Mapping[str, str] = {
    "tenant:read": "See the tenant's name, plan and limits",
    "tenant:write": "Change the tenant's settings",
    "tenant:delete": "Delete the tenant",
    "members:read": "See who belongs to the tenant",
    "members:write": "Add, change and remove members",
    "roles:read": "See roles and what they allow",
    "roles:write": "Make and change the tenant's own roles",
    "api_keys:read": "See API keys, without their secret",
    "api_keys:write": "Make and revoke API keys",
    "sessions:read": "See where members are signed in",
    "sessions:write": "End members' sessions",
    "audit:read": "Read the audit trail",
    "usage:read": "See usage, limits and errors",
    "connections:read": "See connections, without their credentials",
    "connections:write": "Add, change and test connections",
    "gateway:read": "Read from Odoo",
    "gateway:write": "Create and change records in Odoo",
    "gateway:delete": "Delete records in Odoo",
    "gateway:method": "Call methods and press buttons in Odoo",
    "gateway:admin": "Reach the dangerous models and methods of Odoo",
    "files:read": "Download files and reports",
    "files:write": "Upload and delete files",
    "sync:read": "See what is synchronised and how it goes",
    "sync:write": "Start, stop and set up synchronisation",
    "lake:read": "Read the synchronised records",
    "lake:write": "Change views of the synchronised records",
    "webhooks:read": "See webhooks and their deliveries",
    "webhooks:write": "Set up and replay webhooks",
    "webhooks:push": "Push events of connected systems",
    "devices:read": "See devices and their state",
    "devices:write": "Synchronise devices, settle conflicts",
    "crm:read": "See opportunities, accounts, contacts and activities",
    "crm:write": "Change opportunities, accounts, contacts and activities",
    "commerce:read": "See products, stock, sales and purchases",
    "commerce:write": "Change commerce settings",
    "automation:read": "See workflows and their metrics",
    "automation:write": "Set up workflow monitoring",
    "hosting:read": "See the hosted instance, its logs and backups",
    "hosting:write": "Start, stop, back up and restore the hosted instance",
    "billing:read": "See subscriptions and invoices",
    "billing:write": "Change subscriptions and ways of paying",
    "alerts:read": "See alerts and notifications",
    "alerts:write": "Set up alert rules",
    "dashboards:read": "See dashboards",
}

STAFF_PERMISSIONS: Mapping[str, str] = {
    "tenants:read": "See every tenant",
    "tenants:write": "Create, change, suspend and delete tenants",
    "plans:read": "See plans",
    "plans:write": "Create and change plans",
    "users:read": "See every person",
    "users:write": "Change and deactivate people",
    "members:read": "See who is invited to which tenant",
    "members:write": "Invite people to any tenant",
    "staff:read": "See who runs the platform",
    "staff:write": "Add, change and remove staff",
    "connections:read": "See connections of every tenant",
    "connections:write": "Change and test connections of every tenant",
    "usage:read": "See usage and analytics",
    "logs:read": "Read usage and error logs",
    "logs:write": "Resolve errors",
    "audit:read": "Read the audit trail",
    "jobs:read": "See background jobs and dead letters",
    "jobs:write": "Run, retry and cancel background jobs",
    "platform:read": "See the health and figures of the platform",
    "platform:write": "Change settings of the platform",
    "hosting:read": "See hosted instances",
    "hosting:write": "Act on hosted instances",
    "billing:read": "See invoices of every tenant",
    "billing:write": "Refund and correct invoices",
    "automation:read": "See workflow metrics of every client",
    "automation:write": "Set up clients and their workflow monitoring",
    "alerts:read": "See alerts of the platform",
    "alerts:write": "Set up alert rules of the platform",
}

ALL_PERMISSIONS: Mapping[str, str] = {**STAFF_PERMISSIONS, **TENANT_PERMISSIONS}

OWNER = "owner"
SUPER_ADMIN = "super_admin"

_USER = frozenset(
    {
        "tenant:read",
        "gateway:read",
        "gateway:write",
        "gateway:delete",
        "gateway:method",
        "files:*",
        "devices:*",
        "crm:*",
        "lake:read",
        "commerce:read",
        "alerts:read",
        "dashboards:read",
    }
)
_OWNERS_ALONE = frozenset({"tenant:delete", "billing:write"})

TENANT_ROLES: Mapping[str, frozenset[str]] = {
    OWNER: frozenset({"*"}),
    "admin": frozenset(TENANT_PERMISSIONS) - _OWNERS_ALONE,
    "manager": _USER
    | {
        "members:read",
        "roles:read",
        "usage:read",
        "connections:read",
        "sync:read",
        "webhooks:read",
        "automation:read",
        "hosting:read",
        "alerts:write",
    },
    "user": _USER,
    "client": frozenset({"tenant:read", "dashboards:read", "automation:read"}),
}

STAFF_ROLES: Mapping[str, frozenset[str]] = {
    SUPER_ADMIN: frozenset({"*"}),
    "admin": frozenset(STAFF_PERMISSIONS) - {"platform:write"},
    "support": frozenset(
        {
            "tenants:read",
            "plans:read",
            "users:read",
            "members:read",
            "connections:read",
            "usage:read",
            "logs:read",
            "logs:write",
            "audit:read",
            "jobs:read",
            "platform:read",
            "hosting:read",
            "automation:read",
            "alerts:read",
        }
    ),
}


def expand(permissions: Iterable[str], known: Mapping[str, str]) -> frozenset[str]:
    """Every single permission of `known` that `permissions` stand for."""
    given = frozenset(permissions)
    if "*" in given:
        return frozenset(known)
    return frozenset(one for one in known if one in given or f"{one.partition(':')[0]}:*" in given)


def covers(
    held: Iterable[str], wanted: Iterable[str], known: Mapping[str, str] = TENANT_PERMISSIONS
) -> bool:
    """Whether whoever holds `held` holds all of `wanted` too.

    `*` itself is only covered by `*`: it also stands for what will be added later.
    """
    held, wanted = frozenset(held), frozenset(wanted)
    if "*" in held:
        return True
    return "*" not in wanted and expand(wanted, known) <= expand(held, known)


def unknown_permissions(given: Iterable[str], known: Mapping[str, str]) -> list[str]:
    """Those of `given` that name nothing: neither a permission nor a subject with `:*`."""
    subjects = {f"{one.partition(':')[0]}:*" for one in known}
    return sorted(one for one in given if one != "*" and one not in known and one not in subjects)
