"""The gateway over HTTP. The hot operations are in `endpoint`, outside the framework."""

from __future__ import annotations

from fastapi import APIRouter

from bridgecore.domains.gateway.router import app_session, control, files

router = APIRouter()
router.include_router(control.router)
router.include_router(files.router)
router.include_router(app_session.router)
