"""What every session with the database is set to, whatever the server's own settings are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import create_engine, text

from bridgecore.infra.db import PLATFORM_ROLE, Database, conninfo, psycopg_url
from bridgecore.infra.settings import Settings

SHOWN = text("SELECT current_setting('timezone'), current_setting('jit'), current_user")


@asynccontextmanager
async def server_of_other_habits(url: str) -> AsyncIterator[None]:
    """The database as another server might have it: a zone of its own, everything compiled."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as server:
        (name,) = await (await server.execute("SELECT current_database()")).fetchone() or ("",)
        database = sql.SQL("ALTER DATABASE {} ").format(sql.Identifier(name))
        await server.execute(database + sql.SQL("SET timezone = 'Asia/Almaty'"))
        await server.execute(database + sql.SQL("SET jit = on"))
        try:
            yield
        finally:
            await server.execute(database + sql.SQL("RESET timezone"))
            await server.execute(database + sql.SQL("RESET jit"))


async def test_habits_of_the_server_are_not_ours(settings: Settings) -> None:
    url = settings.database_url
    found: list[Sequence[str] | None] = []
    async with server_of_other_habits(url):
        database = Database(settings)
        try:
            async with database.anonymous() as session:
                found.append((await session.execute(SHOWN)).one())
            async with database.platform() as session:
                found.append((await session.execute(SHOWN)).one())
        finally:
            await database.close()
        for role in (None, PLATFORM_ROLE):
            plain = conninfo(url, role=role)
            async with await psycopg.AsyncConnection.connect(plain) as connection:
                found.append(await (await connection.execute(SHOWN.text)).fetchone())
        engine = create_engine(psycopg_url(url))
        with engine.connect() as owner:
            found.append(owner.execute(SHOWN).one())
        engine.dispose()
        async with await psycopg.AsyncConnection.connect(url) as connection:
            untouched = await (await connection.execute(SHOWN.text)).fetchone()
    assert untouched is not None
    owner_name = untouched[2]
    assert tuple(untouched[:2]) == ("Asia/Almaty", "on")
    assert [tuple(row or ()) for row in found] == [
        ("UTC", "off", "bridgecore_app"),
        ("UTC", "off", "bridgecore_platform"),
        ("UTC", "off", owner_name),
        ("UTC", "off", "bridgecore_platform"),
        ("UTC", "off", owner_name),
    ]


@pytest.mark.parametrize("role", [None, "someone"])
def test_options_of_the_url_count(role: str | None) -> None:
    url = "postgresql://a:b@h/d?options=-c%20statement_timeout%3D5s%20-c%20jit%3Don"
    acting = " -c role=someone" if role else ""
    wanted = f"-c timezone=UTC -c jit=off -c statement_timeout=5s -c jit=on{acting}"
    assert psycopg_url(url, role=role).query["options"] == wanted
    assert psycopg.conninfo.conninfo_to_dict(conninfo(url, role=role))["options"] == wanted
