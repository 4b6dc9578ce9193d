"""Routes of the automation domain."""

from fastapi import APIRouter

from bridgecore.domains.automation.router import clients, metrics, own

router = APIRouter()
router.include_router(clients.router)
router.include_router(metrics.router)
router.include_router(own.router)
