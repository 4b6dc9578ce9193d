"""Clients as they are given and answered."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from bridgecore.domains.automation.schemas.metrics import ServerOut
from bridgecore.domains.connections.schemas import Label, Line, Secret
from bridgecore.domains.tenancy.schemas import Name, Slug, TimeZone
from bridgecore.infra.web import Input, Output
from bridgecore.kit.emails import EmailAddress


class ClientIn(Input):
    name: Name
    slug: Slug | None = Field(None, description="Made from the name if left out.")
    contact_email: EmailAddress | None = None
    time_zone: TimeZone | None = Field(None, description="UTC unless set.")
    plan_id: UUID | None = None
    n8n_api_url: Line | None = None
    n8n_api_key: Secret | None = None

    @model_validator(mode="after")
    def _whole(self) -> ClientIn:
        if (self.n8n_api_url is None) != (self.n8n_api_key is None):
            raise ValueError("n8n_api_url and n8n_api_key go together")
        return self

    def tenant(self) -> dict[str, Any]:
        """The part that is the tenant's, as far as it was given."""
        return self.model_dump(exclude_unset=True, exclude={"n8n_api_url", "n8n_api_key"})


class ClientChange(Input):
    """Only what is given changes."""

    name: Name | None = None
    slug: Slug | None = None
    contact_email: EmailAddress | None = None
    time_zone: TimeZone | None = None
    plan_id: UUID | None = None


class N8nConfigIn(Input):
    """Where an n8n is, and its API key. What is left out stays as it is stored."""

    n8n_api_url: Line | None = Field(
        None, examples=["https://n8n.acme.example/api/v1", "https://n8n.acme.example"]
    )
    n8n_api_key: Secret | None = None
    connection_id: UUID | None = Field(None, description="One of several servers.")
    name: Label | None = Field(
        None, description="A server by name; one that no server has adds a server."
    )
    is_active: bool | None = None

    def config(self) -> dict[str, Any]:
        """What was given, as the n8n connector's configuration."""
        given: dict[str, Any] = {}
        if self.n8n_api_url is not None:
            given["url"] = self.n8n_api_url
        if self.n8n_api_key is not None:
            given["api_key"] = self.n8n_api_key.get_secret_value()
        return given


class ClientOut(Output):
    """A client. Never an API key."""

    id: UUID
    name: str
    slug: str
    status: str
    contact_email: str | None
    time_zone: str
    n8n_configured: bool
    n8n_api_url: str | None
    servers: list[ServerOut]
    created_at: datetime
    updated_at: datetime


Minutes = Annotated[
    Decimal,
    Field(ge=0, lt=1_000_000),
    AfterValidator(lambda value: round(value, 3)),
    WithJsonSchema({"type": "number", "minimum": 0, "exclusiveMaximum": 1_000_000}),
]
Rate = Annotated[
    Decimal,
    Field(ge=0, lt=1_000_000_000),
    AfterValidator(lambda value: round(value, 4)),
    WithJsonSchema({"type": "number", "minimum": 0, "exclusiveMaximum": 1_000_000_000}),
]


class SavingsIn(Input):
    """What one successful run of a workflow saves. Null takes a value away."""

    minutes_saved: Minutes | None = Field(None, description="Instead of n8n's own setting.")
    hourly_rate: Rate | None = Field(None, description="What an hour of the saved work costs.")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None

    @model_validator(mode="after")
    def _whole(self) -> SavingsIn:
        if (self.hourly_rate is None) != (self.currency is None):
            raise ValueError("hourly_rate and currency go together")
        return self
