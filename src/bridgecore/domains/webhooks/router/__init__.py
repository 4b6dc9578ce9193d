"""Routes of webhooks; where senders post is `endpoint`."""

from fastapi import APIRouter

from bridgecore.domains.webhooks.router import apps, credentials, operations, staff

router = APIRouter()
for room in (apps, operations, credentials, staff):
    router.include_router(room.router)

__all__ = ["router"]
