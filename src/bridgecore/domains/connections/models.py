"""Tables of connections and of members' own credentials."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bridgecore.infra.db import Base
from bridgecore.kit.ids import uuid7


class Connection(Base):
    """Settings and sealed secrets of one outside system of a tenant.

    `settings` and the sealed `secret` (JSON of the secret properties) together are the
    configuration that the connector's schema describes.
    """

    __tablename__ = "connections"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID]
    connector: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    is_primary: Mapped[bool]
    is_active: Mapped[bool]
    settings: Mapped[dict[str, Any]]
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    secret_set_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(12))
    status_detail: Mapped[str | None] = mapped_column(Text)
    server_version: Mapped[str | None] = mapped_column(String(100))
    checked_at: Mapped[datetime | None]
    # raised by every change of what a check depends on, so that a late result is not believed
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("status IN ('unknown', 'ok', 'failing', 'reauthorise')", name="status"),
        # what the credentials below refer to, so that they can't cross tenants
        UniqueConstraint("tenant_id", "id"),
        Index(
            "ix_connections_primary",
            "tenant_id",
            "connector",
            unique=True,
            postgresql_where=text("is_primary"),
        ),
        Index("ix_connections_name", "tenant_id", text("lower(name)"), unique=True),
        Index(None, "connector", "status"),
    )


class MemberCredential(Base):
    """The login a person uses in their company's Odoo instead of the connection's."""

    __tablename__ = "member_credentials"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    username: Mapped[str] = mapped_column(Text)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        UniqueConstraint("tenant_id", "membership_id", "connection_id"),
        ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["connections.tenant_id", "connections.id"],
            name="fk_member_credentials_connection",
            ondelete="CASCADE",
        ),
        Index(None, "tenant_id", "connection_id"),
    )
