"""Routes of webhooks; where senders post is `endpoint`."""

from fastapi import APIRouter

from bridgecore.domains.webhooks.router import credentials

router = APIRouter()
router.include_router(credentials.router)

__all__ = ["router"]
