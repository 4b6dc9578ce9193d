"""All tables, for Alembic."""

from __future__ import annotations

from importlib import import_module

from bridgecore.infra.db import Base

# every room that declares tables; importing it registers them
_ROOMS = (
    "bridgecore.infra.outbox",
    "bridgecore.infra.jobs",
    "bridgecore.infra.intents",
    "bridgecore.infra.idempotency",
    "bridgecore.infra.mail.models",
    "bridgecore.domains.audit.models",
    "bridgecore.domains.tenancy.models",
    "bridgecore.domains.identity.models",
    "bridgecore.domains.usage.models",
    "bridgecore.domains.connections.models",
    "bridgecore.domains.alerts.models",
    "bridgecore.domains.automation.models",
    "bridgecore.domains.webhooks.models",
    "bridgecore.domains.sync.models",
    "bridgecore.domains.lake.models",
)

for _room in _ROOMS:
    import_module(_room)

metadata = Base.metadata
