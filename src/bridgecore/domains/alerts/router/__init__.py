"""Routes of the alerts domain."""

from fastapi import APIRouter

from bridgecore.domains.alerts.router import alerts, notifications

router = APIRouter()
for room in (alerts, notifications):
    router.include_router(room.router)
