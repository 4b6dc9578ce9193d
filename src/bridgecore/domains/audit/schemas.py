"""Wire shapes of the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from bridgecore.infra.web import Output
from bridgecore.kit.clock import Moment


class AuditEntryOut(Output):
    """One change. `changes` holds `{field: [before, after]}`; secrets are never in it."""

    id: UUID
    tenant_id: UUID | None
    actor_kind: str
    actor_id: UUID | None
    actor_email: str
    action: str
    target_type: str
    target_id: str
    changes: dict[str, Any]
    reason: str | None
    correlation_id: str
    client_address: str
    occurred_at: datetime


class AuditFilter(BaseModel):
    """Which entries to list. `action` matches its beginning, so `tenant.` finds all of them."""

    tenant_id: UUID | None = None
    actor_id: UUID | None = None
    action: str | None = Field(None, max_length=80)
    target_type: str | None = Field(None, max_length=40)
    target_id: str | None = Field(None, max_length=200)
    since: Moment | None = None
    until: Moment | None = None
