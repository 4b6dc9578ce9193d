"""Applies Alembic's migrations; one applier at a time, others wait and find nothing to do."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from bridgecore.infra.db import psycopg_url

_LOCK = 0x6272_6964_6765  # "bridge"


def migrations_folder() -> Path:
    """The folder of revisions: inside the installed package, else beside `src` in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parents[1] / "migrations"


def alembic_config(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["url"] = psycopg_url(database_url)
    return config


def migrate(database_url: str, revision: str = "head") -> str:
    """Bring the database to `revision`. Returns the revision it is at."""
    engine = create_engine(psycopg_url(database_url))
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:n)"), {"n": _LOCK})
            connection.commit()
            config = alembic_config(database_url)
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.commit()
            current = MigrationContext.configure(connection).get_current_revision()
            connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": _LOCK})
            return current or ""
    finally:
        engine.dispose()


def pending(database_url: str) -> tuple[str | None, str | None]:
    """The revision the database is at, and the newest there is."""
    engine = create_engine(psycopg_url(database_url))
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    head = ScriptDirectory.from_config(alembic_config(database_url)).get_current_head()
    return current, head
