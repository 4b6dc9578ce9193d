"""A password that is given appears nowhere again: no answer, no table, no log."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import text

from bridgecore.domains.connections.service import odoo_target, rotate_secrets
from bridgecore.infra.crypto import LocalKeyEncryption, SecretBox
from bridgecore.infra.resources import Resources
from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.tenants import TenantFactory

ROUTE = "/api/v1/integrations"
MINE = f"{ROUTE}/odoo/my-credentials"
PLANTED = "planted-4f1c9-Passw0rd"

_TABLES = text(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    " AND relkind IN ('r', 'p') AND has_table_privilege(oid, 'SELECT')"
)


async def test_a_planted_secret_is_found_nowhere(
    client: httpx.AsyncClient,
    resources: Resources,
    tenant_factory: TenantFactory,
    odoo: OdooSimulator,
    staff_headers: dict[str, str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    tenant = await tenant_factory.tenant()
    headers = (await tenant_factory.member(tenant.id)).headers
    settings = {"url": odoo.url, "database": "acme", "username": "robot", "password": PLANTED}
    prefixed = {f"odoo_{name}": value for name, value in settings.items()}
    calls = [
        ("POST", f"{ROUTE}/odoo/configure", settings, headers),
        ("POST", f"{ROUTE}/odoo/test", settings, headers),
        ("POST", ROUTE, {"connector": "odoo", "config": settings}, headers),
        ("POST", ROUTE, {"connector": "odoo", "config": {"password": PLANTED}}, headers),
        ("POST", ROUTE, {"connector": "odoo", "config": {**settings, "unknown": PLANTED}}, headers),
        ("PUT", MINE, {"username": "u", "password": PLANTED}, headers),
        ("PUT", MINE, {"username": "u", "password": [PLANTED]}, headers),
        ("GET", MINE, None, headers),
        ("GET", ROUTE, None, headers),
        ("GET", "/api/v1/audit", None, headers),
        ("PUT", f"/admin/tenants/{tenant.id}", prefixed, staff_headers),
        ("POST", f"/admin/tenants/{tenant.id}/test-connection", None, staff_headers),
        ("GET", f"/admin/tenants/{tenant.id}", None, staff_headers),
        ("GET", "/admin/integrations", None, staff_headers),
    ]
    for number, (method, path, body, given) in enumerate(calls):
        once = {**given, "Idempotency-Key": f"secret-{number}"} if method == "POST" else given
        answer = await client.request(method, path, json=body, headers=once)
        assert answer.status_code < 500, (path, answer.text)
        assert PLANTED not in answer.text, path
    async with resources.database.platform() as session:
        for name in (await session.scalars(_TABLES)).all():
            found = await session.scalar(
                text(
                    f'SELECT count(*) FROM "{name}" AS kept'
                    " WHERE position(:planted IN kept::text) > 0"
                    " OR position(encode(convert_to(:planted, 'UTF8'), 'hex') IN kept::text) > 0"
                ),
                {"planted": PLANTED},
            )
            assert found == 0, name
    assert (await odoo_target(resources, tenant.id)).secret == PLANTED
    output = capfd.readouterr()
    assert PLANTED not in output.out + output.err


async def test_rotation_brings_every_secret_under_the_new_key(
    client: httpx.AsyncClient,
    resources: Resources,
    tenant_factory: TenantFactory,
    settings_of_odoo: dict[str, str],
) -> None:
    tenant = await tenant_factory.tenant()
    member = await tenant_factory.member(tenant.id)
    await client.post(f"{ROUTE}/odoo/configure", json=settings_of_odoo, headers=member.headers)
    own = {"username": "sales", "password": PLANTED}
    await client.put(MINE, json=own, headers=member.headers)
    before = resources.cipher
    old = resources.settings.secret("secret_key")
    new = "another-root-secret-0123456789abcdefgh"
    resources.cipher = SecretBox(LocalKeyEncryption.from_secrets(new, [old]))
    try:
        assert await rotate_secrets(resources) >= 2
        assert await rotate_secrets(resources) == 0
        resources.cipher = SecretBox(LocalKeyEncryption.from_secrets(new))
        assert (await odoo_target(resources, tenant.id)).secret == settings_of_odoo["password"]
    finally:
        resources.cipher = SecretBox(LocalKeyEncryption.from_secrets(old, [new]))
        await rotate_secrets(resources)
        resources.cipher = before
    assert (await odoo_target(resources, tenant.id)).secret == settings_of_odoo["password"]
