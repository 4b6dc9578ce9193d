"""Wire shapes of connections, and what the gateway is handed to call an Odoo."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
)

from bridgecore.connectors.contract import Ability
from bridgecore.connectors.odoo import OdooIdentity, TransportName
from bridgecore.domains.tenancy.schemas import (
    Name,
    Slug,
    TenantFields,
    TenantOut,
    TenantStatus,
)
from bridgecore.infra.web import Input, Output
from bridgecore.kit.clock import Moment
from bridgecore.kit.emails import EmailAddress

CONFIG_BYTES = 16_384


class ConnectionStatus(StrEnum):
    UNKNOWN = "unknown"
    OK = "ok"
    FAILING = "failing"
    REAUTHORISE = "reauthorise"  # the other side no longer accepts the stored credentials


def _storable(value: Any) -> Any:
    try:
        encoded = orjson.dumps(value)
    except TypeError as error:
        raise ValueError(f"can't be stored: {error}") from None
    if len(encoded) > CONFIG_BYTES:
        raise ValueError("is larger than 16 kB")
    if b"\\u0000" in encoded:
        raise ValueError("contains a NUL character")
    return value


def _text_secret(value: SecretStr) -> SecretStr:
    if "\x00" in value.get_secret_value():
        raise ValueError("contains a NUL character")
    return value


def _verbatim(value: Any) -> Any:
    # wrapped before inputs are stripped: spaces may be part of a password
    return SecretStr(value) if isinstance(value, str) else value


Json = Annotated[dict[str, Any], AfterValidator(_storable)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
Secret = Annotated[
    SecretStr,
    Field(min_length=1, max_length=1000),
    AfterValidator(_text_secret),
    BeforeValidator(_verbatim),
]
ConnectorName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


# ── connections ────────────────────────────────────────────────────────────────────────────────


class ConnectorOut(Output):
    """One kind of system that can be connected."""

    name: str
    title: str
    abilities: list[Ability]
    config_schema: dict[str, Any] = Field(
        description="JSON Schema of `config`; properties marked `writeOnly` are never shown."
    )


class ConnectionIn(Input):
    connector: ConnectorName
    name: Label | None = Field(None, description="The connector's title if left out.")
    config: Json = Field(description="What the connector's `config_schema` asks for.")
    is_primary: bool | None = Field(
        None, description="The first connection of a kind is primary without being told."
    )
    is_active: bool = True


class ConnectionChange(Input):
    """Only what is given changes; in `config` too. A secret left out is kept."""

    name: Label | None = None
    config: Json | None = None
    is_primary: bool | None = None
    is_active: bool | None = None


class OdooSettings(Input):
    """Where an Odoo is and how to sign in. Left out: as stored."""

    url: Line | None = None
    database: Line | None = None
    username: Line | None = None
    password: Secret | None = Field(None, description="A password or an API key.")
    transport: TransportName | None = Field(None, description="`auto` unless set.")
    addon_events: Literal["pushed", "fetched"] | None = Field(
        None, description="`fetched`: by us, from an Odoo with the addon that can't call us."
    )

    def config(self) -> dict[str, Any]:
        """What was given, as the Odoo connector's configuration."""
        given = self.model_dump(exclude_none=True, exclude={"password"}, mode="json")
        if self.password is not None:
            given["password"] = self.password.get_secret_value()
        return given


class ConnectionOut(Output):
    id: UUID
    connector: str
    name: str
    is_primary: bool
    is_active: bool
    settings: dict[str, Any] = Field(description="The configuration without its secrets.")
    secret_set_at: datetime | None = Field(description="When the secret was last set, if ever.")
    status: ConnectionStatus
    status_detail: str | None
    server_version: str | None
    checked_at: datetime | None
    created_at: datetime
    updated_at: datetime


class StaffConnectionOut(ConnectionOut):
    tenant_id: UUID


class ConnectionFilter(BaseModel):
    tenant_id: UUID | None = None
    connector: ConnectorName | None = None
    status: ConnectionStatus | None = None


# ── trying a connection ────────────────────────────────────────────────────────────────────────


class CheckOdoo(OdooSettings):
    """Values to try before they are stored; those left out come from the stored connection."""


class CheckConfig(Input):
    connector: ConnectorName
    config: Json


class StaffCheckConfig(CheckConfig):
    """`tenant_id` is needed to change a tenant's connection, and left out for a new tenant."""

    tenant_id: UUID | None = Field(
        None,
        description="What `config` leaves out comes from this tenant's primary connection of the"
        " kind; its secret, as long as the server stays the same.",
    )


class CheckStored(Input):
    config: Json | None = Field(None, description="Changes to try before they are stored.")


class CheckOut(Output):
    """What came of trying a connection."""

    success: bool
    server_version: str | None = None
    latency_ms: float = Field(description="Of the whole test, signing in included.")
    user: str | None = Field(None, description="Whom the other side takes us for.")
    problem: str | None = None
    what_to_do: str | None = None


# ── a member's own credentials ─────────────────────────────────────────────────────────────────


class MyCredentialsIn(Input):
    username: Line
    password: Secret = Field(description="A password or an API key.")


class MyCredentialsOut(Output):
    """`username` is None where the connection's own login is used."""

    connection_id: UUID
    connection_name: str
    is_set: bool
    username: str | None = None
    updated_at: datetime | None = None


# ── tenants, for staff ─────────────────────────────────────────────────────────────────────────


class OwnerIn(Input):
    email: EmailAddress
    full_name: Label
    password: Secret | None = Field(
        None, description="Of somebody new to the platform. Left out: they get a link."
    )


class StaffTenantFields(TenantFields):
    """A tenant's fields, with its primary Odoo connection in the documents' shorthand."""

    trial_ends_at: Moment | None = None
    metadata: Json | None = Field(None, description="Notes of your own; at most 16 kB.")
    odoo_url: Line | None = None
    odoo_database: Line | None = None
    odoo_username: Line | None = None
    odoo_password: Secret | None = None

    def tenant_fields(self) -> TenantFields:
        """The part that is the tenant's own; what was not given stays not given."""
        given = self.model_dump(exclude_unset=True, include=set(TenantFields.model_fields))
        return TenantFields.model_validate(given)

    def odoo(self) -> OdooSettings:
        """The part that is its Odoo connection's."""
        return OdooSettings(
            url=self.odoo_url,
            database=self.odoo_database,
            username=self.odoo_username,
            password=self.odoo_password,
        )


class TenantIn(StaffTenantFields):
    name: Name
    slug: Slug | None = Field(None, description="Made from the name if left out.")
    owner: OwnerIn | None = Field(None, description="Its first person, with role owner.")


class TenantChange(StaffTenantFields):
    """Only what is given changes."""

    name: Name | None = None
    slug: Slug | None = None


class ReasonIn(Input):
    reason: Reason = ""


class StaffTenantOut(TenantOut):
    """A tenant as staff see it. Never a password."""

    connection_id: UUID | None = None
    connection_status: ConnectionStatus | None = None
    odoo_url: str | None = None
    odoo_database: str | None = None
    odoo_username: str | None = None
    odoo_version: str | None = None


class MyTenantOut(Output):
    """A tenant as one of its people sees it. `is_current`: the one this token is for."""

    id: UUID
    name: str
    slug: str
    status: TenantStatus
    role: str
    is_current: bool


# ── for the gateway ────────────────────────────────────────────────────────────────────────────


class OdooTarget(msgspec.Struct, frozen=True):
    """One Odoo and one login there. Holds the plain secret: never logged, never sent on."""

    connection_id: UUID
    url: str
    database: str
    username: str
    secret: str
    transport: TransportName
    settings: Mapping[str, Any]
    version_hint: str | None

    def __repr__(self) -> str:
        return f"OdooTarget({self.connection_id}, {self.username!r} at {self.url!r})"

    @property
    def identity(self) -> str:
        """Names connection, server, database and login: equal ones see the same records."""
        place = "\x00".join((self.url, self.database, self.username))
        return f"{self.connection_id}:{hashlib.sha256(place.encode()).hexdigest()[:16]}"

    def odoo_identity(self) -> OdooIdentity:
        """The same for the Odoo client."""
        return OdooIdentity(
            url=self.url,
            database=self.database,
            login=self.username,
            secret=self.secret,
            transport=self.transport,
        )
