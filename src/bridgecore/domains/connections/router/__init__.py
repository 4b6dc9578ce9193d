"""Routes of connections, and of tenants as staff see them."""

from fastapi import APIRouter

from bridgecore.domains.connections.router import checks, integrations, staff

router = APIRouter()
# paths with fixed names before those with an id in the same place
router.include_router(checks.router)
router.include_router(integrations.router)
router.include_router(staff.router)

__all__ = ["router"]
