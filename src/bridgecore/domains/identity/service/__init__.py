"""Use cases of identity: what other domains and entry points may call."""

from __future__ import annotations

from bridgecore.domains.identity.service.authenticator import Principal, TokenAuthenticator
from bridgecore.domains.identity.service.members import (
    add_member,
    change_member,
    create_owner,
    find_member,
    get_member,
    list_members,
    members_count,
    remove_member,
    tenants_of,
)
from bridgecore.domains.identity.service.parts import close
from bridgecore.domains.identity.service.password_link import password_link
from bridgecore.domains.identity.service.people import (
    create_user,
    find_user,
    get_user,
    list_users,
    open_sealed_token,
    set_password,
)
from bridgecore.domains.identity.service.permissions import (
    ALL_PERMISSIONS,
    STAFF_PERMISSIONS,
    STAFF_ROLES,
    TENANT_PERMISSIONS,
    TENANT_ROLES,
)
from bridgecore.domains.identity.service.profile import app_profile
from bridgecore.domains.identity.service.rotation import rotate_secrets
from bridgecore.domains.identity.service.sessions import end_sessions
from bridgecore.domains.identity.service.sign_in import sign_in_app
from bridgecore.domains.identity.service.staff import seed_staff

__all__ = [
    "ALL_PERMISSIONS",
    "STAFF_PERMISSIONS",
    "STAFF_ROLES",
    "TENANT_PERMISSIONS",
    "TENANT_ROLES",
    "Principal",
    "TokenAuthenticator",
    "add_member",
    "app_profile",
    "change_member",
    "close",
    "create_owner",
    "create_user",
    "end_sessions",
    "find_member",
    "find_user",
    "get_member",
    "get_user",
    "list_members",
    "list_users",
    "members_count",
    "open_sealed_token",
    "password_link",
    "remove_member",
    "rotate_secrets",
    "seed_staff",
    "set_password",
    "sign_in_app",
    "tenants_of",
]
