"""A backup comes back whole, or is refused with the reason; nothing is lost on the way."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantFields, TenantFilter
from bridgecore.entrypoints.backup import BackupError, back_up, read_manifest, restore
from bridgecore.entrypoints.resources import open_resources
from bridgecore.infra.db import APP_ROLE, PLATFORM_ROLE
from bridgecore.infra.migrate import migrate
from bridgecore.infra.settings import Settings
from tests.integration.entrypoints.conftest import NewDatabase, as_login

KEY = "0123abcd"


async def add_tenant(settings: Settings, url: str, slug: str) -> UUID:
    async with (
        open_resources(settings.model_copy(update={"database_url": url})) as resources,
        resources.database.platform() as session,
    ):
        made = await tenancy.create_tenant(
            session, resources, None, name=slug, slug=slug, fields=TenantFields()
        )
    return made.id


async def slugs(settings: Settings, url: str) -> list[str]:
    """What the application itself sees there, through its roles."""
    async with (
        open_resources(settings.model_copy(update={"database_url": url})) as resources,
        resources.database.platform() as session,
    ):
        found, _ = await tenancy.list_tenants(session, TenantFilter(sort="slug"), 0, 100)
    return [tenant.slug for tenant in found]


async def test_comes_back_as_it_was(
    settings: Settings, new_database: NewDatabase, tmp_path: Path
) -> None:
    source, target = new_database(migrated=True), new_database()
    await add_tenant(settings, source, "kept")
    file = tmp_path / "platform.tar"
    manifest = back_up(source, file, key_id=KEY)

    assert read_manifest(file) == manifest
    assert manifest.rows["tenants"] == 1
    assert file.stat().st_mode & 0o077 == 0, "others must not read it"
    assert os.listdir(tmp_path) == ["platform.tar"], "nothing is left behind"

    restore(target, file, known_keys=[KEY])
    assert await slugs(settings, target) == ["kept"]
    await add_tenant(settings, target, "later")
    assert await slugs(settings, target) == ["kept", "later"]


async def test_tenants_are_still_kept_apart_after_a_restore(
    settings: Settings, new_database: NewDatabase, tmp_path: Path
) -> None:
    source, target = new_database(migrated=True), new_database()
    await add_tenant(settings, source, "one")
    file = tmp_path / "platform.tar"
    back_up(source, file, key_id=KEY)
    restore(target, file, known_keys=[KEY])

    assert security(target) == security(source)
    with psycopg.connect(target) as connection:
        connection.execute(f"SET ROLE {APP_ROLE}")
        row = connection.execute("SELECT count(*) FROM tenants").fetchone()
        assert row == (0,)


def security(url: str) -> list[tuple[object, ...]]:
    """Everything that keeps roles apart: privileges, policies, and functions' owners."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            """
            SELECT 'table', relname::text, relrowsecurity::text || relforcerowsecurity::text,
                   (SELECT string_agg(entry, ',' ORDER BY entry)
                      FROM unnest(coalesce(relacl, acldefault('r', relowner))::text[]) AS entry)
              FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
            UNION ALL
            SELECT 'policy', tablename || '.' || policyname, roles::text, qual || with_check
              FROM pg_policies
            UNION ALL
            SELECT 'function', oid::regprocedure::text, prosecdef::text || proowner::regrole::text,
                   proacl::text
              FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'default', defaclobjtype::text, '', defaclacl::text FROM pg_default_acl
            ORDER BY 1, 2, 3
            """
        ).fetchall()


async def test_a_database_in_use_is_replaced_only_by_force(
    settings: Settings, new_database: NewDatabase, tmp_path: Path
) -> None:
    source, target = new_database(migrated=True), new_database(migrated=True)
    await add_tenant(settings, source, "new")
    await add_tenant(settings, target, "old")
    file = tmp_path / "platform.tar"
    back_up(source, file, key_id=KEY)

    with pytest.raises(BackupError, match="not empty"):
        restore(target, file, known_keys=[KEY])
    assert await slugs(settings, target) == ["old"]
    restore(target, file, known_keys=[KEY], force=True)
    assert await slugs(settings, target) == ["new"]
    with psycopg.connect(target) as connection:
        aside = connection.execute("SELECT to_regnamespace('public_before_restore')").fetchone()
    assert aside == (None,)


async def test_what_was_there_comes_back_when_a_forced_restore_fails(
    settings: Settings, new_database: NewDatabase, tmp_path: Path
) -> None:
    source, target = new_database(migrated=True), new_database(migrated=True)
    await add_tenant(settings, target, "old")
    before = security(target)
    file = tmp_path / "platform.tar"
    back_up(source, file, key_id=KEY)
    # a manifest that counts a row more than the dump holds
    rewritten(file, "manifest.json", lambda text: text.replace(b'"plans": 4', b'"plans": 5'))

    with pytest.raises(BackupError, match="plans"):
        restore(target, file, known_keys=[KEY], force=True)
    assert await slugs(settings, target) == ["old"]
    assert security(target) == before


def test_says_which_key_is_missing(new_database: NewDatabase, tmp_path: Path) -> None:
    source, target = new_database(migrated=True), new_database()
    file = tmp_path / "platform.tar"
    back_up(source, file, key_id=KEY)
    with pytest.raises(BackupError, match=f"{KEY}.*SECRET_KEY gives ffff0000"):
        restore(target, file, known_keys=["ffff0000"])
    with psycopg.connect(target) as connection:
        assert connection.execute("SELECT to_regclass('public.tenants')").fetchone() == (None,)


def test_damage_is_found_before_anything_changes(new_database: NewDatabase, tmp_path: Path) -> None:
    source, target = new_database(migrated=True), new_database()
    file = tmp_path / "platform.tar"
    back_up(source, file, key_id=KEY)
    whole = file.read_bytes()

    rewritten(file, "database.dump", lambda dump: dump[:-1] + bytes([dump[-1] ^ 1]))
    with pytest.raises(BackupError, match="checksum"):
        restore(target, file, known_keys=[KEY])
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupError, match="damaged"):
        restore(target, file, known_keys=[KEY])
    file.write_bytes(b"something else")
    with pytest.raises(BackupError, match="no backup"):
        restore(target, file, known_keys=[KEY])
    with psycopg.connect(target) as connection:
        assert connection.execute("SELECT to_regclass('public.tenants')").fetchone() == (None,)


def test_a_backup_of_a_newer_version_is_refused(new_database: NewDatabase, tmp_path: Path) -> None:
    source, target = new_database(migrated=True), new_database()
    file = tmp_path / "platform.tar"
    revision = back_up(source, file, key_id=KEY).revision
    rewritten(
        file,
        "manifest.json",
        lambda text: text.replace(f'"revision": "{revision}"'.encode(), b'"revision": "9999"'),
    )
    with pytest.raises(BackupError, match="9999"):
        restore(target, file, known_keys=[KEY])


def test_an_empty_database_is_no_backup(new_database: NewDatabase, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no BridgeCore"):
        back_up(new_database(), tmp_path / "platform.tar", key_id=KEY)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def owner(settings: Settings) -> Iterator[str]:
    """A login that owns databases and may act as the roles, but is no superuser."""
    name = "entry_owner"
    with psycopg.connect(settings.database_url, autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN CREATEROLE IN ROLE {APP_ROLE}, {PLATFORM_ROLE}")
    yield name
    with psycopg.connect(settings.database_url, autocommit=True) as server:
        server.execute(f"DROP ROLE {name}")


async def test_works_for_an_owner_whom_row_security_binds(
    settings: Settings, owner: str, new_database: NewDatabase, tmp_path: Path
) -> None:
    source = as_login(new_database(owner=owner), owner)
    target = as_login(new_database(owner=owner), owner)
    migrate(source)
    await add_tenant(settings, source, "kept")
    before = security(source)
    file = tmp_path / "platform.tar"
    manifest = back_up(source, file, key_id=KEY)
    assert manifest.rows["tenants"] == 1
    assert security(source) == before, "the policy for the backup is gone again"

    restore(target, file, known_keys=[KEY])
    assert await slugs(settings, target) == ["kept"]
    assert security(target) == before


def rewritten(file: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change one member of the tar."""
    members = {}
    with tarfile.open(file) as archive:
        for member in archive.getmembers():
            opened = archive.extractfile(member)
            assert opened is not None
            members[member.name] = opened.read()
    changed = change(members[name])
    assert changed != members[name]
    members[name] = changed
    with tarfile.open(file, "w") as archive:
        for known, content in members.items():
            whole = file.with_suffix(".part")
            whole.write_bytes(content)
            archive.add(whole, known)
            whole.unlink()
