"""Routes of connections, and of tenants as staff and as their own people see them."""

from fastapi import APIRouter

from bridgecore.domains.connections.router import checks, integrations, people, staff

router = APIRouter()
# paths with fixed names before those with an id in the same place
router.include_router(checks.router)
router.include_router(integrations.router)
router.include_router(staff.router)
router.include_router(people.router)

__all__ = ["router"]
