"""Identity over HTTP.

Sign-in and profile of existing apps, which also tell what Odoo knows, are served by `gateway`.
"""

from __future__ import annotations

from fastapi import APIRouter

from bridgecore.domains.identity.router import (
    account,
    api_keys,
    external_sign_in,
    invitations,
    members,
    registration,
    roles,
    second_factor,
    sessions,
    sign_in,
    staff,
    staff_sign_in,
)

router = APIRouter()
for _room in (
    sign_in,
    external_sign_in,
    registration,
    account,
    second_factor,
    sessions,
    members,
    invitations,
    roles,
    api_keys,
    staff_sign_in,
    staff,
):
    router.include_router(_room.router)

__all__ = ["router"]
