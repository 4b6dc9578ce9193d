"""The demo installation: who is in it, and the simulated Odoos and n8ns it works with."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from bridgecore.simulators.n8n import N8nSimulator
from bridgecore.simulators.odoo import OdooSimulator, UserSpec

PASSWORD = "demo-demo"  # noqa: S105 - printed for everyone who starts the demo
STAFF_EMAIL = "admin@bridgecore.local"
STAFF_PASSWORD = "admin123"  # noqa: S105 - of the requirement document; must be changed at sign-in

# what the platform itself signs in to the simulated Odoos with
ODOO_USERNAME = "bridgecore"
ODOO_PASSWORD = "bridgecore"  # noqa: S105 - of a simulator that listens on this machine alone
# of simulators that listen on this machine alone, and stays the same when they start again
N8N_API_KEY = "n8n_api_of_the_demo_platform"


@dataclass(frozen=True, slots=True)
class DemoMember:
    email: str
    full_name: str
    role: str


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A tenant, its people, and the versions of the Odoo and the n8n it plays with."""

    slug: str
    name: str
    plan: str
    odoo_version: int
    n8n_version: str
    members: tuple[DemoMember, ...]


TENANTS = (
    DemoTenant(
        slug="acme",
        name="Acme",
        plan="professional",
        odoo_version=17,
        n8n_version="1.123.81",
        members=(
            DemoMember("owner@acme.example", "Olivia Owner", "owner"),
            DemoMember("sales@acme.example", "Samir Sales", "user"),
            DemoMember("client@acme.example", "Clara Client", "client"),
        ),
    ),
    DemoTenant(
        slug="globex",
        name="Globex",
        plan="starter",
        odoo_version=19,
        n8n_version="2.41.3",
        members=(DemoMember("owner@globex.example", "Gloria Owner", "owner"),),
    ),
)


@dataclass(frozen=True, slots=True)
class Simulated:
    """Where each tenant's simulated Odoo and n8n are, by slug."""

    odoos: Mapping[str, str] = field(default_factory=dict)
    n8ns: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_name(self) -> dict[str, str]:
        """The same by the names of their data."""
        return {**self.odoos, **{f"{slug}-n8n": url for slug, url in self.n8ns.items()}}

    @property
    def addresses(self) -> list[str]:
        return [*self.odoos.values(), *self.n8ns.values()]


def simulator_ports(api_port: int) -> Mapping[str, int]:
    """Where each simulator listens, by the name of its data: beside the API, so that it stays."""
    odoos = {tenant.slug: api_port + tenant.odoo_version for tenant in TENANTS}
    n8ns = {f"{tenant.slug}-n8n": api_port + tenant.odoo_version + 10 for tenant in TENANTS}
    return {**odoos, **n8ns}


@asynccontextmanager
async def simulators(data_dir: Path, api_port: int) -> AsyncIterator[Simulated]:
    """Run the simulated Odoos and n8ns; yields their addresses.

    A port that is taken is replaced by a free one. Their data stays in `data_dir/simulators`.
    """
    folder = data_dir / "simulators"
    folder.mkdir(parents=True, exist_ok=True)
    ports = simulator_ports(api_port)
    async with AsyncExitStack() as stack:
        odoos, n8ns = {}, {}
        for tenant in TENANTS:
            # building a company's data takes its time on the first start
            odoo = await asyncio.to_thread(
                OdooSimulator,
                tenant.odoo_version,
                tenant.slug,
                data=folder,
                port=_free_or_any(ports[tenant.slug]),
                users=(UserSpec(ODOO_USERNAME, ODOO_PASSWORD, "BridgeCore", "admin"),),
            )
            await stack.enter_async_context(odoo)
            odoos[tenant.slug] = odoo.url
            n8n = N8nSimulator(
                tenant.n8n_version,
                api_key=N8N_API_KEY,
                name=tenant.slug,
                data=folder,
                demo=tenant.slug,
                port=_free_or_any(ports[f"{tenant.slug}-n8n"]),
            )
            await stack.enter_async_context(n8n)
            n8ns[tenant.slug] = n8n.url
        running = Simulated(odoos, n8ns)
        record = _record(data_dir)
        record.write_bytes(orjson.dumps(running.by_name))
        try:
            yield running
        finally:
            record.unlink(missing_ok=True)


def running_simulators(data_dir: Path) -> dict[str, str]:
    """Where those that run with this folder are, by the names of their data; empty without any."""
    try:
        found: dict[str, str] = orjson.loads(_record(data_dir).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _record(data_dir: Path) -> Path:
    return data_dir / "simulators" / "running.json"


def _free_or_any(port: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return 0
    return port
