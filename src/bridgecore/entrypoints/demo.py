"""The demo installation: who is in it, and the simulated Odoos it works with."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bridgecore.simulators.odoo import OdooSimulator, UserSpec

PASSWORD = "demo-demo"  # noqa: S105 - printed for everyone who starts the demo
STAFF_EMAIL = "admin@bridgecore.local"
STAFF_PASSWORD = "admin123"  # noqa: S105 - of the requirement document; must be changed at sign-in

# what the platform itself signs in to the simulated Odoos with
ODOO_USERNAME = "bridgecore"
ODOO_PASSWORD = "bridgecore"  # noqa: S105 - of a simulator that listens on this machine alone


@dataclass(frozen=True, slots=True)
class DemoMember:
    email: str
    full_name: str
    role: str


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A tenant, its people, and the version of the Odoo it plays with."""

    slug: str
    name: str
    plan: str
    odoo_version: int
    members: tuple[DemoMember, ...]


TENANTS = (
    DemoTenant(
        slug="acme",
        name="Acme",
        plan="professional",
        odoo_version=17,
        members=(
            DemoMember("owner@acme.example", "Olivia Owner", "owner"),
            DemoMember("sales@acme.example", "Samir Sales", "user"),
        ),
    ),
    DemoTenant(
        slug="globex",
        name="Globex",
        plan="starter",
        odoo_version=19,
        members=(DemoMember("owner@globex.example", "Gloria Owner", "owner"),),
    ),
)


def simulator_ports(api_port: int) -> Mapping[str, int]:
    """Where each tenant's simulated Odoo listens, by slug: beside the API, so that it stays."""
    return {tenant.slug: api_port + tenant.odoo_version for tenant in TENANTS}


@asynccontextmanager
async def simulators(data_dir: Path, api_port: int) -> AsyncIterator[Mapping[str, str]]:
    """Run the simulated Odoos; yields their addresses by slug.

    A port that is taken is replaced by a free one. Their data stays in `data_dir/simulators`.
    """
    folder = data_dir / "simulators"
    folder.mkdir(parents=True, exist_ok=True)
    ports = simulator_ports(api_port)
    async with AsyncExitStack() as stack:
        addresses = {}
        for tenant in TENANTS:
            # building a company's data takes its time on the first start
            simulator = await asyncio.to_thread(
                OdooSimulator,
                tenant.odoo_version,
                tenant.slug,
                data=folder,
                port=_free_or_any(ports[tenant.slug]),
                users=(UserSpec(ODOO_USERNAME, ODOO_PASSWORD, "BridgeCore", "admin"),),
            )
            await stack.enter_async_context(simulator)
            addresses[tenant.slug] = simulator.url
        yield addresses


def _free_or_any(port: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return 0
    return port
