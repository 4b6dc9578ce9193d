"""The real product, as it would be deployed: PostgreSQL, Redis, migrations, tenants, API processes.

Every feature is on: signed tokens, limits (high, but counted on every call), an allow-list of
models, usage recording, encrypted credentials, the guard on outgoing addresses. Only the cache is
off, save where cached reads are what is measured.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bench import stub_odoo
from bench.processes import HOST, Program, ProgramFailed, free_port, module, post_json, running
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import OdooSettings, TenantIn
from bridgecore.domains.identity import service as identity
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.entrypoints.resources import open_resources
from bridgecore.entrypoints.servers import with_servers_blocking
from bridgecore.infra.migrate import migrate
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Environment, Settings

WORKERS = 2
PASSWORD = "a long enough passphrase"
PEOPLE = 32  # so many that one person rarely signs in twice at once
CALLS_PER_HOUR = 2_000_000_000
ALLOWED_MODELS = [
    "res.partner",
    "res.users",
    "crm.lead",
    "sale.order",
    "sale.order.line",
    "product.product",
    "stock.picking",
    "account.move",
]


@dataclass(frozen=True, slots=True)
class Company:
    """A seeded tenant: whom to sign in as, and where its Odoo is."""

    slug: str
    odoo: Program

    @property
    def people(self) -> Sequence[str]:
        """Email addresses; the first is the owner's."""
        return [f"person{number}@{self.slug}.example" for number in range(PEOPLE)]

    @property
    def owner(self) -> str:
        return self.people[0]


class Platform:
    """A migrated and seeded installation. `gateway` runs its API processes."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder

    @property
    def settings(self) -> Settings:
        """What a program beside the API is opened with."""
        return self._settings

    @contextmanager
    def gateway(
        self,
        *,
        cache_ttl: int = 0,
        workers: int = WORKERS,
        command: Sequence[str] | None = None,
        name: str = "gateway",
    ) -> Iterator[Program]:
        """The API, once it answers. `command` serves it by another server, on `{port}`.

        Raises ProgramFailed.
        """
        port = free_port()
        arguments = (
            module("bridgecore.entrypoints.cli", "serve")
            if command is None
            else [part.replace("{port}", str(port)) for part in command]
        )
        with running(
            name,
            arguments,
            port=port,
            folder=self._folder,
            ready_path="/health",
            environment=self.environment(port, workers, cache_ttl),
            # a .env of the checkout is not part of what is measured
            cwd=self._folder,
        ) as program:
            yield program

    def environment(self, port: int, workers: int, cache_ttl: int) -> Mapping[str, str]:
        settings = self._settings
        return {
            "ENVIRONMENT": settings.environment.value,
            "HOST": HOST,
            "PORT": str(port),
            "WEB_WORKERS": str(workers),
            "EMBEDDED_WORKER": "false",
            "CACHE_TTL": str(cache_ttl),
            "DATA_DIR": str(settings.data_dir),
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
            "SECRET_KEY": settings.secret("secret_key"),
            "JWT_SECRET_KEY": settings.secret("jwt_secret_key"),
            "ADMIN_SECRET_KEY": settings.secret("admin_secret_key"),
            # a run of a million requests outlasts the usual half hour
            "ACCESS_TOKEN_EXPIRE_MINUTES": "600",
            "OUTBOUND_ALLOW": ",".join(settings.outbound_allow),
            # the storm of sign-ins comes from many addresses
            "TRUSTED_PROXIES": HOST,
        }


@contextmanager
def platform(
    folder: Path, odoos: Mapping[str, Program]
) -> Iterator[tuple[Platform, list[Company]]]:
    """An installation with one enterprise tenant for each of `odoos`, by slug."""
    settings = Settings(
        _env_file=None,
        environment=Environment.PRODUCTION,
        data_dir=folder / "data",
        secret_key=SecretStr(secrets.token_urlsafe(48)),
        jwt_secret_key=SecretStr(secrets.token_urlsafe(48)),
        admin_secret_key=SecretStr(secrets.token_urlsafe(48)),
        database_url="",
        redis_url="",
        outbound_allow=[HOST],
        embedded_worker=False,
    )
    settings.data_dir.mkdir()
    with with_servers_blocking(settings) as ready:
        migrate(ready.database_url)
        companies = [Company(slug, odoo) for slug, odoo in odoos.items()]
        asyncio.run(_seed(ready, companies))
        yield Platform(ready, folder), companies


def sign_in(gateway: Program, email: str) -> str:
    """An access token, got as an app gets it. Raises ProgramFailed."""
    status, answer = post_json(
        gateway.port, "/api/v1/auth/tenant/login", {"email": email, "password": PASSWORD}
    )
    if status != 200:
        raise ProgramFailed(f"signing in was answered {status}: {answer}")
    return str(answer["access_token"])


async def _seed(settings: Settings, companies: Sequence[Company]) -> None:
    async with open_resources(settings) as resources:
        for company in companies:
            await _seed_company(resources, company)


async def _seed_company(resources: Resources, company: Company) -> None:
    async with resources.database.platform() as session:
        plans = await tenancy.list_plans(session)
        tenant = await connections.create_tenant(
            session,
            resources,
            None,
            TenantIn(
                name=company.slug,
                slug=company.slug,
                plan_id=next(plan.id for plan in plans if plan.code == "enterprise"),
                max_requests_per_day=CALLS_PER_HOUR,
                max_requests_per_hour=CALLS_PER_HOUR,
                max_requests_per_hour_per_user=CALLS_PER_HOUR,
                burst_limit=CALLS_PER_HOUR,
                allowed_models=ALLOWED_MODELS,
            ),
        )
        await connections.configure_odoo(
            session,
            resources,
            None,
            tenant.id,
            OdooSettings(
                url=company.odoo.url,
                database=stub_odoo.DATABASE,
                username=stub_odoo.LOGIN,
                password=SecretStr(stub_odoo.PASSWORD),
            ),
        )
        for email in company.people:
            await identity.add_member(
                session,
                resources,
                None,
                tenant_id=tenant.id,
                email=email,
                full_name=email.partition("@")[0],
                role="owner" if email == company.owner else "user",
                password=PASSWORD,
            )
