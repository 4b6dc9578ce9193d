"""Planted secrets appear in no log line, error report, audit row, event or answer."""

from __future__ import annotations

import secrets

import httpx
import psycopg

from bridgecore.infra.resources import Resources
from tests.e2e.conftest import Platform, company_on, simulated
from tests.factories.tenants import PASSWORD, sign_in_staff


async def test_planted_secrets_are_nowhere(
    platform: Platform, http: httpx.AsyncClient, resources: Resources
) -> None:
    odoo_password = f"odoo-secret-{secrets.token_hex(8)}"
    mistyped = f"mistyped-{secrets.token_hex(8)}"
    answers: list[str] = []

    async def ask(method: str, path: str, **options: object) -> httpx.Response:
        answer = await http.request(method, path, **options)  # type: ignore[arg-type]
        answers.append(answer.text)
        return answer

    async with simulated(17) as odoo:
        database = next(iter(odoo.databases))
        odoo.set_password(database, "admin", odoo_password)
        company = await company_on(
            resources, http, url=odoo.url, database=database, password=odoo_password
        )
        own = company.headers
        staff = await sign_in_staff(resources, http, role="super_admin")
        call = {"model": "res.partner", "limit": 1}
        assert (await ask("POST", "/api/v1/odoo/search_read", json=call, headers=own)).is_success
        created = await http.post(
            "/api/v1/api-keys",
            json={"name": "planted", "scopes": ["gateway:read"]},
            headers=own,
        )
        assert created.status_code == 201, created.text
        api_key = created.json()["key"]
        keyed = {"Authorization": f"Bearer {api_key}"}
        assert (await ask("POST", "/api/v1/odoo/search_read", json=call, headers=keyed)).is_success

        # everything that could repeat a secret in an error
        await ask(
            "POST",
            "/api/v1/auth/tenant/login",
            json={"email": company.owner.email, "password": mistyped},
        )
        await ask("POST", "/admin/auth/login", json={"email": staff.email, "password": mistyped})
        await ask("GET", f"/api/v1/members?access_token={company.owner.access_token}")
        await ask("POST", "/api/v1/odoo/search_read", json={"model": mistyped}, headers=own)
        await ask(
            "POST",
            "/api/v1/integrations/odoo/test",
            json={
                "url": odoo.url,
                "database": database,
                "username": "admin",
                "password": mistyped,
            },
            headers=own,
        )
        await ask(
            "PUT",
            f"/admin/tenants/{company.tenant_id}",
            json={"odoo_password": odoo_password, "name": "Renamed"},
            headers=staff.headers,
        )
        odoo.fault("error", message=f"failed for {odoo_password}", times=2)
        await ask("POST", "/api/v1/odoo/search_read", json={**call, "fresh": True}, headers=own)
        odoo.set_password(database, "admin", "another")
        await ask("POST", "/api/v1/odoo/search_read", json={**call, "fresh": True}, headers=own)
        for path in (
            "/admin/tenants",
            f"/admin/tenants/{company.tenant_id}",
            "/admin/audit",
            "/admin/integrations",
            "/admin/logs/usage",
            "/admin/logs/errors",
            "/admin/users",
        ):
            assert (await ask("GET", path, headers=staff.headers)).status_code == 200, path
        for path in (
            "/api/v1/integrations",
            "/api/v1/api-keys",
            "/api/v1/audit",
            "/api/v1/odoo/writes",
        ):
            assert (await ask("GET", path, headers=own)).status_code == 200, path

    planted = {
        "the Odoo password": odoo_password,
        "a mistyped password": mistyped,
        "a person's password": PASSWORD,
        "an API key": api_key,
        "an access token": company.owner.access_token,
        "a refresh token": company.owner.refresh_token,
        "a staff token": staff.access_token,
    }
    places = {
        "the logs": platform.said,
        "an answer": "\n".join(answers),
        "the database": _database(platform.settings.database_url),
    }
    # a model name is no secret: the mistyped one was sent as such and may be quoted back
    del planted["a mistyped password"]
    found = [
        f"{what} is in {where}"
        for what, secret in planted.items()
        for where, said in places.items()
        if secret in said
    ]
    assert found == []
    assert mistyped not in places["the logs"]


def _database(url: str) -> str:
    """Every row of every table, as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT quote_ident(relname) FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND relkind = 'r'"
        ).fetchall()
        return "\n".join(
            row[0]
            for (table,) in tables
            for row in connection.execute(f"SELECT t::text FROM {table} t").fetchall()
        )
