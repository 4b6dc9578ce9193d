"""Identity over HTTP.

`app_session_router` holds the two paths on which existing apps also ask for what Odoo knows; a
domain that knows Odoo may serve them in its place.
"""

from __future__ import annotations

from fastapi import APIRouter

from bridgecore.domains.identity.router import (
    account,
    api_keys,
    members,
    roles,
    second_factor,
    sessions,
    sign_in,
    staff,
    staff_sign_in,
)
from bridgecore.domains.identity.router.app_session import router as app_session_router

router = APIRouter()
for _room in (
    sign_in,
    account,
    second_factor,
    sessions,
    members,
    roles,
    api_keys,
    staff_sign_in,
    staff,
):
    router.include_router(_room.router)
router.include_router(app_session_router)

__all__ = ["app_session_router", "router"]
