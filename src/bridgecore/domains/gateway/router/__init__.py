"""The gateway over HTTP. The hot operations are in `endpoint`, outside the framework."""

from __future__ import annotations

from fastapi import APIRouter

from bridgecore.domains.gateway.router import control, files

router = APIRouter()
router.include_router(control.router)
router.include_router(files.router)
