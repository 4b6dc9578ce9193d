"""Commands as an operator or a script runs them: what they print, and how they exit."""

from __future__ import annotations

import asyncio
import json
import secrets
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import TenantIn
from bridgecore.entrypoints.resources import open_resources
from bridgecore.infra.crypto import LocalKeyEncryption
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from bridgecore.simulators.odoo import OdooSimulator
from tests.integration.entrypoints.conftest import Command, Done, NewDatabase

PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": secrets.token_urlsafe(48),
    "JWT_SECRET_KEY": secrets.token_urlsafe(48),
    "ADMIN_SECRET_KEY": secrets.token_urlsafe(48),
}


async def signs_in(client: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await client.post(
        "/api/v1/auth/tenant/login", json={"email": email, "password": password}
    )


async def test_a_tenant_from_its_creation_to_its_suspension(
    command: Command, client: httpx.AsyncClient
) -> None:
    slug = f"cli-{secrets.token_hex(4)}"
    email = f"owner@{slug}.example"
    made = command("tenant", "create", "From the Shell", "--slug", slug, "-o", "json")
    assert made.status == 0, made.error
    assert made.json["slug"] == slug
    assert made.json["status"] == "active"

    again = command("tenant", "create", "From the Shell", "--slug", slug)
    assert again.status == 1
    assert "slug exists already" in again.error
    assert "Traceback" not in again.error

    # without a terminal a password is made up, told once, and must be changed
    owner = command("user", "create", email, "--tenant", slug, "--role", "owner", "-o", "json")
    assert owner.status == 0, owner.error
    answer = await signs_in(client, email, owner.json["password"])
    assert answer.status_code == 200, answer.text

    chosen = "a better password than that"
    reset = command("user", "reset-password", email, BRIDGECORE_PASSWORD=chosen)
    assert reset.status == 0, reset.error
    assert chosen not in reset.output
    assert (await signs_in(client, email, owner.json["password"])).status_code in (401, 403)
    assert (await signs_in(client, email, chosen)).status_code == 200

    suspended = command("tenant", "suspend", slug, "--reason", "not paid")
    assert suspended.status == 0, suspended.error
    assert "suspended" in suspended.output
    refused = await signs_in(client, email, chosen)
    assert refused.json()["code"] == "TENANT_SUSPENDED"
    activated = command("tenant", "activate", made.json["id"])
    assert activated.status == 0, activated.error
    assert (await signs_in(client, email, chosen)).status_code == 200

    listed = command("tenant", "list", "--search", slug, "--output", "json")
    assert [entry["slug"] for entry in listed.json] == [slug]
    shown = command("tenant", "list", "--search", slug)
    assert slug in shown.output
    assert made.json["id"] in shown.output


async def test_a_connection_is_tried_and_what_is_wrong_is_said(command: Command) -> None:
    slug = f"cli-{secrets.token_hex(4)}"
    async with OdooSimulator(17, "shop") as odoo:
        made = command(
            "tenant", "create", "Shop", "--slug", slug,
            "--odoo-url", odoo.url, "--odoo-database", "shop", "--odoo-username", "admin",
            BRIDGECORE_ODOO_PASSWORD="admin",
        )  # fmt: skip
        assert made.status == 0, made.error
        works = await tried(command, slug)
        assert works.status == 0, works.error
        assert works.json["success"] is True
        odoo.set_password("shop", "admin", "changed since")
        fails = await tried(command, slug)
        assert fails.status == 1
        assert fails.json["success"] is False
        assert fails.json["what_to_do"]


async def tried(command: Command, slug: str) -> Done:
    """`tenant test`, beside the simulator that runs in our own event loop."""
    return await asyncio.to_thread(command, "tenant", "test", slug, "-o", "json")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("tenant", "suspend", "nobody-at-all"), "there is no tenant nobody-at-all"),
        (("tenant", "create", "X", "--plan", "golden"), "There is no plan golden"),
        (("user", "create", "not an email", "--staff", "admin"), "not an email"),
        (("user", "reset-password", "nobody@nowhere.example"), "there is nobody"),
        (("restore", "/dev/null"), "no backup of BridgeCore"),
    ],
)
def test_what_can_not_be_done_is_said_in_a_line(
    command: Command, arguments: tuple[str, ...], told: str
) -> None:
    done = command(*arguments)
    assert done.status == 1
    assert told in done.error
    assert "Traceback" not in done.error


def test_wrong_usage_is_told_apart(command: Command) -> None:
    assert command("tenant", "create").status == 2
    assert command("nothing-like-this").status == 2
    helped = command("--help")
    assert helped.status == 0
    for name in ("up", "serve", "worker", "migrate", "seed", "doctor", "openapi", "backup"):
        assert name in helped.output


def test_staff_are_made_once(command: Command) -> None:
    email = f"staff-{secrets.token_hex(4)}@platform.example"
    password = "not easy to guess"
    made = command("user", "create", email, "--staff", "support", BRIDGECORE_PASSWORD=password)
    assert made.status == 0, made.error
    again = command("user", "create", email, "--staff", "support", BRIDGECORE_PASSWORD=password)
    assert again.status == 1
    assert "already" in again.error
    weak = command("user", "create", "x@y.example", "--staff", "support", BRIDGECORE_PASSWORD="x")
    assert weak.status == 1
    assert "at least 10" in weak.error


def test_does_not_start_for_real_without_real_secrets(command: Command) -> None:
    done = command(
        "migrate",
        ENVIRONMENT="production",
        SECRET_KEY="your-secret-key-change-in-production",
        JWT_SECRET_KEY="short",
        ADMIN_SECRET_KEY=None,
        REDIS_URL=None,
    )
    assert done.status == 1
    for told in (
        "SECRET_KEY is still the example",
        "JWT_SECRET_KEY is shorter than 32",
        "ADMIN_SECRET_KEY is not set",
        "REDIS_URL is not set",
    ):
        assert told in done.error


def test_up_is_for_development(command: Command) -> None:
    done = command("up", **PRODUCTION)
    assert done.status == 1
    assert "for development" in done.error


def test_backup_and_restore_by_command(
    command: Command, new_database: NewDatabase, tmp_path: Path
) -> None:
    source, target = new_database(migrated=True), new_database()
    file = tmp_path / "platform.tar"
    made = command("backup", str(file), "-o", "json", DATABASE_URL=source)
    assert made.status == 0, made.error
    assert made.json["bytes"] == file.stat().st_size
    again = command("backup", str(file), DATABASE_URL=source)
    assert again.status == 1
    assert "exists already" in again.error

    other = command("restore", str(file), DATABASE_URL=target, SECRET_KEY=secrets.token_hex(32))
    assert other.status == 1
    assert made.json["key_id"] in other.error
    restored = command("restore", str(file), DATABASE_URL=target)
    assert restored.status == 0, restored.error
    doctor = command("doctor", "-o", "json", DATABASE_URL=target)
    found = {entry["check"]: entry["state"] for entry in doctor.json}
    assert found["migrations"] == "ok"
    assert found["bridgecore_app"] == "ok"


async def test_keys_rotate_so_that_the_old_one_is_not_needed(
    command: Command, settings: Settings, new_database: NewDatabase
) -> None:
    url = new_database(migrated=True)
    old, new = settings.secret("secret_key"), secrets.token_urlsafe(48)
    before = settings.model_copy(update={"database_url": url})
    async with open_resources(before) as resources:
        tenant_id = await with_connection(resources)

    # a process that was given the new key alone can't read what the old one sealed
    lost = command("keys", "rotate", DATABASE_URL=url, SECRET_KEY=new)
    assert lost.status == 1
    assert "1 in connections.secret" in lost.error
    assert LocalKeyEncryption.from_secrets(old).current_key_id in lost.error
    both = {"DATABASE_URL": url, "SECRET_KEY": new, "SECRET_KEY_PREVIOUS": old}
    done = command("keys", "rotate", "-o", "json", **both)
    assert done.status == 0, done.error
    assert done.json["domains"]["connections"] == 1
    again = command("keys", "rotate", "-o", "json", **both)
    assert again.json["rotated"] == 0

    after = command("keys", "rotate", "-o", "json", DATABASE_URL=url, SECRET_KEY=new)
    assert after.status == 0, after.error
    assert json.loads(after.output)["rotated"] == 0
    renewed = before.model_copy(update={"secret_key": SecretStr(new)})
    async with open_resources(renewed) as resources:
        target = await connections.odoo_target(resources, tenant_id)
    assert target.secret == "kept secret"


async def with_connection(resources: Resources) -> UUID:
    async with resources.database.platform() as session:
        tenant = await connections.create_tenant(
            session,
            resources,
            None,
            TenantIn.model_validate(
                {
                    "name": "Sealed",
                    "odoo_url": "http://127.0.0.1:8069",
                    "odoo_database": "sealed",
                    "odoo_username": "api",
                    "odoo_password": "kept secret",
                }
            ),
        )
    return tenant.id


async def test_seeding_again_changes_nothing(
    command: Command, settings: Settings, new_database: NewDatabase
) -> None:
    url = new_database(migrated=True)
    first = command("seed", DATABASE_URL=url)
    assert first.status == 0, first.error
    assert "now a member of staff" in first.output
    before = everything(url)
    again = command("seed", DATABASE_URL=url)
    assert again.status == 0, again.error
    assert "already a member of staff" in again.output
    assert everything(url) == before
    assert before["tenants"] == 2
    assert before["memberships"] == 4

    outside = command("seed", DATABASE_URL=new_database(migrated=True), **PRODUCTION)
    assert outside.status != 0, "no password of ours outside development"


def everything(url: str) -> dict[str, int]:
    """How many rows each table has."""
    with psycopg.connect(url) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
            for table in ("tenants", "users", "memberships", "audit_entries", "outbox_events")
        }


async def test_the_first_member_of_staff_chooses_a_password_by_a_link(
    command: Command, client: httpx.AsyncClient
) -> None:
    email = f"first-{secrets.token_hex(4)}@platform.example"
    made = command("user", "create", email, "--staff", "super_admin", "--link", "-o", "json")
    assert made.status == 0, made.error
    assert "password" not in made.json
    address, _, token = made.json["link"].partition("#token=")
    assert address.endswith("/dashboard/reset-password")
    chosen = "a password of their own"
    body = {"token": token, "new_password": chosen}
    set_once = await client.post("/api/v1/auth/reset-password", json=body)
    assert set_once.status_code == 200, set_once.text
    signed_in = await client.post("/admin/auth/login", json={"email": email, "password": chosen})
    assert signed_in.status_code == 200
    assert signed_in.json()["user"]["role"] == "super_admin"
    assert (await client.post("/api/v1/auth/reset-password", json=body)).status_code == 400
    both = command("user", "create", email, "--staff", "admin", "--link", "--password", chosen)
    assert both.status == 1
    assert "either" in both.error
