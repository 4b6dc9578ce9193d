"""Stores staged records, and makes tombstones, under the tenant's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.lake.schemas import Order

LOCK_TIMEOUT = "5s"

# Compiling these statements takes longer than running them over a page of records. A plan made for
# one tenant takes one that statistics do not know yet for tiny, and would then read all its records
# for every key by an index that is meant for something else: with a plan made for any tenant and
# entity, none of the partial ones fits. Nor may a plan that was made while the table was small
# read all of it ever after.
_PREPARE = text(
    "SELECT set_config('lock_timeout', :limit, true), set_config('jit', 'off', true),"
    " set_config('plan_cache_mode', 'force_generic_plan', true),"
    " set_config('enable_seqscan', 'off', true)"
)
_CLOCK = text(
    """
    INSERT INTO lake_clocks AS clock (tenant_id, version) VALUES (:tenant_id, 0)
        ON CONFLICT (tenant_id) DO UPDATE SET version = clock.version
    RETURNING version
    """
)
_ADVANCE = text("UPDATE lake_clocks SET version = :version WHERE tenant_id = :tenant_id")


async def take_clock(session: AsyncSession, tenant_id: UUID) -> int:
    """Lock the tenant's clock until the transaction ends; the newest version so far."""
    await session.execute(_PREPARE, {"limit": LOCK_TIMEOUT})
    return int((await session.execute(_CLOCK, {"tenant_id": tenant_id})).scalar_one())


async def advance_clock(session: AsyncSession, tenant_id: UUID, version: int) -> None:
    await session.execute(_ADVANCE, {"tenant_id": tenant_id, "version": version})


@dataclass(frozen=True, slots=True)
class Written:
    """What one statement did, in records and bytes. `archived` and the like are differences."""

    inserted: int
    updated: int
    restored: int
    unchanged: int
    stale: int
    archived: int
    bytes: int
    source_changed_at: datetime | None

    @property
    def changed(self) -> int:
        return self.inserted + self.updated + self.restored


# A state is older if the source says so (unless only the observation counts, or the source was
# asked after the other state had been stored), or if it says nothing or the same and was asked for
# earlier. A tombstone has no time of change of its own, so the observation alone decides whether it
# was made before or after this state.
_STALE = """
    CASE WHEN r.deleted_at IS NOT NULL OR :observed_only
              OR i.source_changed_at IS NULL OR r.source_changed_at IS NULL
              OR i.source_changed_at = r.source_changed_at
         THEN r.seen_at > :seen_at
         ELSE i.source_changed_at < r.source_changed_at
              AND NOT (:asked AND r.stored_at < :seen_at)
    END
"""
# Looked up key by key: a planner without fresh statistics would rather read the whole entity for
# every page, so a first load would take time by the square of its size.
_STORED = """
    SELECT * FROM lake_records
     WHERE tenant_id = :tenant_id AND connection_id = :connection_id
       AND entity = :entity AND key = i.key
     LIMIT 1
"""
_COLUMNS = """
    tenant_id, connection_id, entity, key, data, size, version, is_active, source_created_at,
    source_changed_at, first_seen_at, seen_at
"""
# Nobody else writes while the clock is held, so what is new needs no second look. What is there is
# found by the conflict with its own key, which no statistics can talk PostgreSQL out of: to join a
# tenant they do not know yet, it would read all records of that tenant for every page.
_STORE = text(
    f"""
    WITH judged AS MATERIALIZED (
        -- without the records themselves, which would be copied at every step
        SELECT i.ctid AS place, i.position, i.is_active, i.source_changed_at,
               pg_column_size(i.data) AS size, r.key IS NULL AS is_new,
               r.deleted_at IS NOT NULL AS was_deleted,
               coalesce(NOT r.is_active, false) AS was_archived, coalesce(r.size, 0) AS old_size,
               r.key IS NOT NULL AND {_STALE} AS is_stale,
               r.key IS NOT NULL AND r.deleted_at IS NULL AND r.is_active = i.is_active
                   AND r.data = i.data AS is_same,
               r.source_changed_at AS old_changed_at
          FROM lake_incoming i LEFT JOIN LATERAL ({_STORED}) AS r ON true
         WHERE i.batch = :batch
    ), fresh AS MATERIALIZED (
        SELECT place, is_new, size,
               CAST(:version AS bigint) + row_number() OVER (ORDER BY position) AS version
          FROM judged WHERE NOT is_stale AND NOT is_same
    ), added AS (
        INSERT INTO lake_records ({_COLUMNS})
        SELECT :tenant_id, :connection_id, :entity, i.key, i.data, f.size, f.version,
               i.is_active, i.source_created_at, i.source_changed_at, :seen_at, :seen_at
          FROM fresh f JOIN lake_incoming i ON i.ctid = f.place
         WHERE f.is_new
    ), changed AS (
        INSERT INTO lake_records AS r ({_COLUMNS})
        SELECT :tenant_id, :connection_id, :entity, i.key, i.data, f.size, f.version,
               i.is_active, i.source_created_at, i.source_changed_at, :seen_at, :seen_at
          FROM fresh f JOIN lake_incoming i ON i.ctid = f.place
         WHERE NOT f.is_new
        ON CONFLICT (tenant_id, connection_id, entity, key) DO UPDATE SET
               data = excluded.data, size = excluded.size, version = excluded.version,
               is_active = excluded.is_active, deleted_at = NULL, delete_reason = NULL,
               source_created_at = coalesce(excluded.source_created_at, r.source_created_at),
               source_changed_at = excluded.source_changed_at,
               seen_at = excluded.seen_at, stored_at = clock_timestamp()
    ), touched AS (
        -- where the time of change is no part of the record, it may move alone
        INSERT INTO lake_records ({_COLUMNS})
        SELECT :tenant_id, :connection_id, :entity, i.key, i.data, j.size, 0,
               i.is_active, i.source_created_at, i.source_changed_at, :seen_at, :seen_at
          FROM judged j JOIN lake_incoming i ON i.ctid = j.place
         WHERE j.is_same AND NOT j.is_stale
           AND j.source_changed_at IS DISTINCT FROM j.old_changed_at
        ON CONFLICT (tenant_id, connection_id, entity, key) DO UPDATE SET
               source_changed_at = excluded.source_changed_at, seen_at = excluded.seen_at
    )
    SELECT count(*) FILTER (WHERE is_new) AS inserted,
           count(*) FILTER (WHERE NOT is_new AND NOT was_deleted AND NOT is_stale AND NOT is_same)
               AS updated,
           count(*) FILTER (WHERE was_deleted AND NOT is_stale) AS restored,
           count(*) FILTER (WHERE is_same) AS unchanged,
           count(*) FILTER (WHERE is_stale AND NOT is_same) AS stale,
           coalesce(sum((NOT is_active)::int - (was_archived AND NOT was_deleted)::int)
               FILTER (WHERE NOT is_stale AND NOT is_same), 0) AS archived,
           coalesce(sum(size - old_size) FILTER (WHERE NOT is_stale AND NOT is_same), 0) AS bytes,
           max(source_changed_at) AS source_changed_at
      FROM judged
    """  # noqa: S608 - put together from what is written here
)
_REMOVE = text(
    f"""
    WITH gone AS MATERIALIZED (
        SELECT r.key, r.is_active, row_number() OVER (ORDER BY i.position) AS number
          FROM unnest(CAST(:keys AS text[])) WITH ORDINALITY AS i (key, position)
          JOIN LATERAL ({_STORED}) AS r ON true
         WHERE r.deleted_at IS NULL AND r.seen_at <= :seen_at
    ), removed AS (
        INSERT INTO lake_records ({_COLUMNS}, deleted_at, delete_reason)
        SELECT :tenant_id, :connection_id, :entity, key, '{{}}', 0,
               CAST(:version AS bigint) + number, is_active, NULL, NULL, :seen_at, :seen_at,
               clock_timestamp(), :reason
          FROM gone
        ON CONFLICT (tenant_id, connection_id, entity, key) DO UPDATE SET
               deleted_at = excluded.deleted_at, delete_reason = excluded.delete_reason,
               seen_at = excluded.seen_at, version = excluded.version,
               stored_at = clock_timestamp()
    )
    SELECT count(*) AS removed, count(*) FILTER (WHERE NOT is_active) AS archived FROM gone
    """  # noqa: S608 - put together from what is written here
)
_COUNT = text(
    """
    INSERT INTO lake_entities AS e (tenant_id, connection_id, entity, records, archived, deleted,
                                    bytes, version, source_changed_at, seen_at)
    VALUES (:tenant_id, :connection_id, :entity, :records, :archived, :deleted, :bytes, :version,
            :source_changed_at, :seen_at)
    ON CONFLICT (tenant_id, connection_id, entity) DO UPDATE SET
        records = e.records + excluded.records, archived = e.archived + excluded.archived,
        deleted = e.deleted + excluded.deleted, bytes = e.bytes + excluded.bytes,
        version = greatest(e.version, excluded.version),
        source_changed_at = greatest(e.source_changed_at, excluded.source_changed_at),
        seen_at = greatest(e.seen_at, excluded.seen_at)
    """
)


async def store(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    entity: str,
    batch: int,
    *,
    version: int,
    seen_at: datetime,
    order: Order,
) -> Written:
    """Write what is new or different of a staged batch, with versions from beyond `version`."""
    result = await session.execute(
        _STORE,
        {
            "tenant_id": tenant_id,
            "connection_id": connection_id,
            "entity": entity,
            "batch": batch,
            "version": version,
            "seen_at": seen_at,
            "observed_only": order is Order.OBSERVED,
            "asked": order is Order.ASKED,
        },
    )
    row = result.mappings().one()
    return Written(**{**row, "archived": int(row["archived"]), "bytes": int(row["bytes"])})


async def remove(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    entity: str,
    keys: Sequence[str],
    reason: str,
    *,
    version: int,
    seen_at: datetime,
) -> tuple[int, int]:
    """Make tombstones: how many, and how many of those were archived."""
    result = await session.execute(
        _REMOVE,
        {
            "tenant_id": tenant_id,
            "connection_id": connection_id,
            "entity": entity,
            "keys": list(keys),
            "reason": reason,
            "version": version,
            "seen_at": seen_at,
        },
    )
    row = result.one()
    return int(row.removed), int(row.archived)


async def count(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    entity: str,
    *,
    records: int = 0,
    archived: int = 0,
    deleted: int = 0,
    bytes: int = 0,
    version: int = 0,
    source_changed_at: datetime | None = None,
    seen_at: datetime | None = None,
) -> None:
    """Add differences to what the lake holds of an entity. Needs the clock."""
    await session.execute(
        _COUNT,
        {
            "tenant_id": tenant_id,
            "connection_id": connection_id,
            "entity": entity,
            "records": records,
            "archived": archived,
            "deleted": deleted,
            "bytes": bytes,
            "version": version,
            "source_changed_at": source_changed_at,
            "seen_at": seen_at,
        },
    )
