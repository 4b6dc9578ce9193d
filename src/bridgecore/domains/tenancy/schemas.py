"""Wire shapes of tenants and plans, and the snapshot that travels to every process."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from pydantic import AfterValidator, Field, StringConstraints

from bridgecore.infra.web import Input, Output
from bridgecore.kit.clock import Moment
from bridgecore.kit.emails import EmailAddress

SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"
MODEL = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$"
BIGGEST = 2**53 - 1  # whole numbers above are not exact in JavaScript


class TenantStatus(StrEnum):
    TRIAL = "trial"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"


class Tier(StrEnum):
    """Per-person limits go by tier."""

    STANDARD = "standard"
    PREMIUM = "premium"
    ENTERPRISE = "enterprise"


class Feature(StrEnum):
    """What an allow-list of features can name."""

    GATEWAY = "gateway"
    FILES = "files"
    SYNC = "sync"
    WEBHOOKS = "webhooks"
    DEVICES = "devices"
    CRM = "crm"
    COMMERCE = "commerce"
    AUTOMATION = "automation"
    HOSTING = "hosting"


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is not a time zone such as Europe/Berlin")
    ZoneInfo(name)
    return name


Slug = Annotated[str, StringConstraints(pattern=SLUG, to_lower=True)]
ModelName = Annotated[str, StringConstraints(pattern=MODEL, max_length=100)]
TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]
Limit = Annotated[int, Field(ge=0, le=BIGGEST)]
SmallLimit = Annotated[int, Field(ge=0, le=2**31 - 1)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class PlanIn(Input):
    code: Slug
    name: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    tier: Tier = Tier.STANDARD
    max_requests_per_day: Limit | None = None
    max_requests_per_hour: Limit | None = None
    burst_limit: SmallLimit | None = Field(None, description="Requests in any 10 seconds.")
    max_users: SmallLimit | None = None
    max_storage_bytes: Limit | None = None
    price_minor: Limit = Field(0, description="A month, in minor units of the currency.")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "USD"
    is_active: bool = True
    position: SmallLimit = 0


class PlanChange(Input):
    """Only what is given changes."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = None
    tier: Tier | None = None
    max_requests_per_day: Limit | None = None
    max_requests_per_hour: Limit | None = None
    burst_limit: SmallLimit | None = None
    max_users: SmallLimit | None = None
    max_storage_bytes: Limit | None = None
    price_minor: Limit | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    is_active: bool | None = None
    position: SmallLimit | None = None


class PlanOut(Output):
    id: UUID
    code: str
    name: str
    tier: Tier
    max_requests_per_day: int | None
    max_requests_per_hour: int | None
    burst_limit: int | None
    max_users: int | None
    max_storage_bytes: int | None
    price_minor: int
    currency: str
    is_active: bool
    position: int
    created_at: datetime
    updated_at: datetime


class TenantFields(Input):
    """What can be set on a tenant, at creation and later."""

    contact_email: EmailAddress | None = None
    plan_id: UUID | None = None
    time_zone: TimeZone | None = None
    max_requests_per_day: Limit | None = Field(None, description="Instead of the plan's.")
    max_requests_per_hour: Limit | None = Field(None, description="Instead of the plan's.")
    max_requests_per_hour_per_user: Limit | None = Field(None, description="Instead of the tier's.")
    burst_limit: SmallLimit | None = Field(None, description="Instead of the plan's.")
    max_users: SmallLimit | None = Field(None, description="Instead of the plan's.")
    allowed_models: Annotated[list[ModelName], Field(max_length=1000)] | None = Field(
        None, description="Odoo models the gateway may touch; null allows every one."
    )
    allowed_features: list[Feature] | None = Field(None, description="Null allows every one.")
    trial_ends_at: Moment | None = None
    metadata: dict[str, Any] | None = Field(None, description="Notes of your own; at most 16 kB.")


class TenantOut(Output):
    id: UUID
    name: str
    slug: str
    status: TenantStatus
    contact_email: str | None
    plan_id: UUID
    plan_code: str
    plan_name: str
    tier: Tier
    time_zone: str
    max_requests_per_day: int | None
    max_requests_per_hour: int | None
    max_requests_per_hour_per_user: int | None
    burst_limit: int | None
    max_users: int | None
    allowed_models: list[str] | None
    allowed_features: list[str] | None
    trial_ends_at: datetime | None
    suspended_at: datetime | None
    suspension_reason: str | None
    deleted_at: datetime | None
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class TenantFilter(Input):
    """Filters of the staff list: the union of what the documents ask for."""

    status: TenantStatus | None = None
    plan: Slug | None = None
    tier: Tier | None = None
    search: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        None, description="In name, slug or contact address."
    )
    created_from: Moment | None = None
    created_to: Moment | None = None
    sort: Annotated[str, StringConstraints(pattern=r"^-?(name|slug|status|created_at)$")] = (
        "-created_at"
    )


class TenantSnapshot(msgspec.Struct, frozen=True):
    """What a process must know of a tenant to serve its calls, of one `version`.

    Travels in the state the rate limiter keeps (`kit.rate_limits.TenantState.blob`), beside status
    and limits. `trial_ends_at` is Unix seconds, 0 for none. None in an allow-list allows all.
    """

    id: UUID
    name: str
    slug: str
    status: str
    plan_code: str
    tier: str
    time_zone: str
    max_users: int | None
    allowed_models: tuple[str, ...] | None
    allowed_features: tuple[str, ...] | None
    trial_ends_at: int
    version: int
