"""Figures and logs over HTTP: of all tenants for staff, of their own for tenants."""

from __future__ import annotations

from fastapi import APIRouter

from bridgecore.domains.usage.router import analytics, logs, tenant

router = APIRouter()
for part in (analytics, logs, tenant):
    router.include_router(part.router)

__all__ = ["router"]
