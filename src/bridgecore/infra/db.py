"""PostgreSQL: one engine a role, and transactions that already know their tenant.

Three roles keep tenants apart. Migrations run as the owner. Tenant work runs as `bridgecore_app`,
which row-level security binds to the tenant set for the transaction. Staff routes, aggregates and
consumers run as `bridgecore_platform`, which has policies of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg.conninfo import make_conninfo
from sqlalchemy import DateTime, MetaData, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase

from bridgecore.infra.settings import Settings

APP_ROLE = "bridgecore_app"
PLATFORM_ROLE = "bridgecore_platform"

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table. Moments carry their zone; dictionaries and lists are JSONB."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy, never changed
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(none_as_null=True),
        list[Any]: JSONB(none_as_null=True),
        list[str]: JSONB(none_as_null=True),
    }


# A server's own settings don't decide what days are cut at, nor whether a query over the partitions
# of a log is compiled, which took seconds where running it took milliseconds.
_SESSION = ("-c timezone=UTC", "-c jit=off")


def psycopg_url(url: str, *, role: str | None = None) -> URL:
    """`url` for SQLAlchemy with psycopg 3, acting as `role` where given."""
    found = make_url(url)
    return found.set(drivername="postgresql+psycopg").update_query_dict(
        {"options": _options(found, role)}
    )


def conninfo(url: str, *, role: str | None = None) -> str:
    """`url` for plain psycopg (jobs, LISTEN), acting as `role` where given."""
    return make_conninfo(url, options=_options(make_url(url), role))


def _options(url: URL, role: str | None) -> str:
    """What a session is set to: the URL's own options count over ours, but not over the role."""
    given = url.normalized_query.get("options", ())
    return " ".join((*_SESSION, *given, *((f"-c role={role}",) if role else ())))


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


class Database:
    """The pools of one process. `tenant` and `platform` open transactions; leaving commits."""

    def __init__(self, settings: Settings) -> None:
        self._app = self._engine(settings, settings.database_app_url, APP_ROLE)
        self._platform = self._engine(settings, settings.database_platform_url, PLATFORM_ROLE)
        self._app_sessions = async_sessionmaker(self._app, expire_on_commit=False)
        self._platform_sessions = async_sessionmaker(self._platform, expire_on_commit=False)

    @staticmethod
    def _engine(settings: Settings, url: str, role: str) -> AsyncEngine:
        # A login of its own already acts as the role; the shared login is switched at connect.
        return create_async_engine(
            psycopg_url(url) if url else psycopg_url(settings.database_url, role=role),
            pool_size=settings.db_pool_size,
            max_overflow=settings.db_max_overflow,
            pool_timeout=10,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": 5,
                "application_name": f"bridgecore-{role.split('_')[1]}",
            },
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
        )

    @asynccontextmanager
    async def tenant(self, tenant_id: UUID) -> AsyncIterator[AsyncSession]:
        """A transaction that sees and writes the rows of `tenant_id` only."""
        async with _transaction(self._app_sessions) as session:
            await session.execute(
                text("SELECT set_config('app.tenant_id', :id, true)"), {"id": str(tenant_id)}
            )
            yield session

    @asynccontextmanager
    async def anonymous(self) -> AsyncIterator[AsyncSession]:
        """A transaction without a tenant: it sees no tenant's rows, only look-up functions."""
        async with _transaction(self._app_sessions) as session:
            yield session

    @asynccontextmanager
    async def platform(self) -> AsyncIterator[AsyncSession]:
        """A transaction across tenants, for staff routes, aggregates and consumers."""
        async with _transaction(self._platform_sessions) as session:
            yield session

    async def ping(self) -> str:
        """The server's version. Raises when it can't be reached."""
        async with self._app.connect() as connection:
            return str((await connection.execute(text("SHOW server_version"))).scalar_one())

    def pool_status(self) -> Mapping[str, str]:
        return {"app": self._app.pool.status(), "platform": self._platform.pool.status()}

    async def close(self) -> None:
        await self._app.dispose()
        await self._platform.dispose()


@asynccontextmanager
async def _transaction(sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
    async with sessions.begin() as session:
        yield session
    for act in session.info.pop(_AFTER_COMMIT, ()):
        await act()


_AFTER_COMMIT = "after_commit"


def after_commit(session: AsyncSession, act: Callable[[], Awaitable[None]]) -> None:
    """Run `act` once the transaction has committed, before the answer leaves; never on rollback.

    For telling caches. What must not be lost is announced in the outbox as well: a process may
    die between the commit and `act`.
    """
    session.info.setdefault(_AFTER_COMMIT, []).append(act)
