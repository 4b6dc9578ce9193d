"""Alembic's environment: every table of every domain, one transaction a revision, bounded locks."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, text

from bridgecore.entrypoints.metadata import metadata

# Tables that are not ours to compare: Procrastinate's own.
FOREIGN = ("procrastinate_",)


def include_name(name: str | None, kind: str, _: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith(FOREIGN))


def include_object(thing: object, name: str | None, kind: str, reflected: bool, _: object) -> bool:
    # partitions are made and dropped by the usage domain, not by revisions
    return not (kind == "table" and reflected and name is not None and "_p2" in name)


def run(connection: object) -> None:
    context.configure(
        connection=connection,  # type: ignore[arg-type]
        target_metadata=metadata,
        transaction_per_migration=True,
        compare_type=True,
        compare_server_default=False,
        include_name=include_name,
        include_object=include_object,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = create_engine(context.config.attributes["url"])
    with engine.connect() as opened:
        opened.execute(text("SELECT 1"))
        run(opened)
