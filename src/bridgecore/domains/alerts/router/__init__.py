"""Routes of the alerts domain."""

from fastapi import APIRouter

from bridgecore.domains.alerts.router import notifications, staff, staff_notifications, tenant

router = APIRouter()
for room in (tenant, notifications, staff, staff_notifications):
    router.include_router(room.router)
