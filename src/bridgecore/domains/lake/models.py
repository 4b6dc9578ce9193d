"""Tables of the lake. Nothing refers to its records, so they can be partitioned by tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bridgecore.infra.db import Base

# so that keys sort alike here, in Python and in every database
_KEY = Text(collation="C")


class LakeRecord(Base):
    """One record of a source as last read, or the tombstone of one that is gone.

    `data` is what the source gave, compared as PostgreSQL holds it: the same for every order of
    fields and every spacing. `size` is the bytes it took on its way in. `version` is the tenant's,
    at the latest change. `source_created_at` and `source_changed_at` are the source's own times,
    `seen_at` the moment before it was asked for this state, `stored_at` when the row was written.
    """

    __tablename__ = "lake_records"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(_KEY, primary_key=True)
    data: Mapped[dict[str, Any]]
    size: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(BigInteger)
    is_active: Mapped[bool]
    deleted_at: Mapped[datetime | None]
    delete_reason: Mapped[str | None] = mapped_column(String(20))
    source_created_at: Mapped[datetime | None]
    source_changed_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    stored_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("(deleted_at IS NULL) = (delete_reason IS NULL)", name="delete_reason"),
        Index(
            "uq_lake_records_tenant_id_version",
            "tenant_id",
            "version",
            unique=True,
            postgresql_where=text("version > 0"),
        ),
        # compared with the source by time of creation, from the index alone
        Index(
            "ix_lake_records_bands",
            "tenant_id",
            "connection_id",
            "entity",
            "source_created_at",
            postgresql_include=["source_changed_at"],
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_lake_records_deleted_at",
            "deleted_at",
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
        # the named views, by what they are looked up by
        Index(
            "ix_lake_records_partners",
            "tenant_id",
            text("(data ->> 'is_company')"),
            "connection_id",
            "key",
            postgresql_where=text("entity = 'res.partner'"),
        ),
        Index(
            "ix_lake_records_opportunities",
            "tenant_id",
            text("((data -> 'user_id') ->> 0)"),
            "connection_id",
            "key",
            postgresql_where=text("entity = 'crm.lead'"),
        ),
        Index(
            "ix_lake_records_activities",
            "tenant_id",
            text("(data ->> 'res_model')"),
            text("(data ->> 'res_id')"),
            "connection_id",
            "key",
            postgresql_where=text("entity = 'mail.activity'"),
        ),
        Index(
            "ix_lake_records_invoices",
            "tenant_id",
            text("(data ->> 'move_type')"),
            text("(data ->> 'payment_state')"),
            "connection_id",
            "key",
            postgresql_where=text("entity = 'account.move'"),
        ),
    )


class LakeClock(Base):
    """The newest version of a tenant's records. Its row is locked before any record's.

    `forgotten_version` is that of the latest tombstone no longer kept: who stands before it has
    missed a deletion.
    """

    __tablename__ = "lake_clocks"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")
    forgotten_version: Mapped[int] = mapped_column(BigInteger, server_default="0")


class LakeEntity(Base):
    """What the lake holds of one entity, counted by every write under the tenant's clock."""

    __tablename__ = "lake_entities"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(Text, primary_key=True)
    records: Mapped[int] = mapped_column(BigInteger, server_default="0")
    archived: Mapped[int] = mapped_column(BigInteger, server_default="0")
    deleted: Mapped[int] = mapped_column(BigInteger, server_default="0")
    bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")
    source_changed_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]


class LakeHint(Base):
    """A record something may have happened to; `key` is empty for the entity as a whole.

    `number` counts how often it was noted; `noted_at` is the first time, since when it waits.
    """

    __tablename__ = "lake_hints"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(_KEY, primary_key=True)
    deleted: Mapped[bool]
    number: Mapped[int] = mapped_column(BigInteger, server_default="1")
    noted_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index(None, "tenant_id", "connection_id", "noted_at"),)
