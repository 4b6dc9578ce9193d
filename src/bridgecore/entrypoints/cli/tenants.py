"""`bridgecore tenant …`: customer companies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from bridgecore.entrypoints.cli.failures import CommandFailed
from bridgecore.entrypoints.cli.output import Format, FormatOption, show, show_one
from bridgecore.entrypoints.cli.running import run_with_resources

if TYPE_CHECKING:
    from bridgecore.infra.resources import Resources

cli = typer.Typer(help="Tenants: the customer companies.", no_args_is_help=True)

TenantArgument = Annotated[str, typer.Argument(help="The tenant's slug or id.")]
ReasonOption = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]

_COLUMNS = ("slug", "name", "status", "plan_code", "created_at", "id")


@cli.command()
def create(
    name: Annotated[str, typer.Argument(help="The company's name.")],
    slug: Annotated[
        str | None, typer.Option(help="Short name: a-z, 0-9, -. Made from the name if left out.")
    ] = None,
    plan: Annotated[str | None, typer.Option(help="A plan's code; free unless set.")] = None,
    contact_email: Annotated[str | None, typer.Option(help="Whom to write to.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Such as Europe/Berlin.")] = None,
    odoo_url: Annotated[str | None, typer.Option(help="Address of its Odoo.")] = None,
    odoo_database: Annotated[str | None, typer.Option(help="That Odoo's database.")] = None,
    odoo_username: Annotated[str | None, typer.Option(help="Login in that Odoo.")] = None,
    odoo_password: Annotated[
        str | None,
        typer.Option(envvar="BRIDGECORE_ODOO_PASSWORD", help="Password or API key."),
    ] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Create a tenant, with its Odoo connection if one is given."""
    from bridgecore.domains.connections import service as connections
    from bridgecore.domains.connections.schemas import TenantIn
    from bridgecore.domains.tenancy import service as tenancy
    from bridgecore.domains.tenancy.errors import PlanNotFound

    options = {
        "name": name,
        "slug": slug,
        "contact_email": contact_email,
        "time_zone": time_zone,
        "odoo_url": odoo_url,
        "odoo_database": odoo_database,
        "odoo_username": odoo_username,
        "odoo_password": odoo_password,
    }
    given = {key: value for key, value in options.items() if value is not None}

    async def run(resources: Resources) -> Mapping[str, Any]:
        async with resources.database.platform() as session:
            if plan is not None:
                known = await tenancy.list_plans(session)
                found = next((entry.id for entry in known if entry.code == plan), None)
                if found is None:
                    codes = ", ".join(entry.code for entry in known)
                    raise PlanNotFound(f"There is no plan {plan}; there are {codes}.")
                given["plan_id"] = str(found)
            tenant = await connections.create_tenant(
                session, resources, None, TenantIn.model_validate(given)
            )
        return tenant.model_dump(mode="json")

    made = run_with_resources(run)
    show_one(made, f"Tenant {made['slug']} is created: {made['id']}", output)


@cli.command("list")
def list_(
    status: Annotated[
        str | None, typer.Option(help="Only these: trial, active, suspended or deleted.")
    ] = None,
    plan: Annotated[str | None, typer.Option(help="Only those on this plan.")] = None,
    search: Annotated[str | None, typer.Option(help="In name, slug or address.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    output: FormatOption = Format.TABLE,
) -> None:
    """List tenants, the newest first."""
    from bridgecore.domains.tenancy import service as tenancy
    from bridgecore.domains.tenancy.schemas import TenantFilter

    wanted = TenantFilter.model_validate({"status": status, "plan": plan, "search": search})

    async def run(resources: Resources) -> list[Mapping[str, Any]]:
        async with resources.database.platform() as session:
            found, _ = await tenancy.list_tenants(session, wanted, 0, limit)
        return [tenant.model_dump(mode="json") for tenant in found]

    show(run_with_resources(run), _COLUMNS, output)


@cli.command()
def suspend(
    tenant: TenantArgument, reason: ReasonOption = "", output: FormatOption = Format.TABLE
) -> None:
    """Refuse a tenant's calls from the next one on."""
    from bridgecore.domains.tenancy import service as tenancy

    async def run(resources: Resources) -> Mapping[str, Any]:
        tenant_id = await tenant_named(resources, tenant)
        async with resources.database.platform() as session:
            moved = await tenancy.suspend(session, resources, None, tenant_id, reason)
        return moved.model_dump(mode="json")

    moved = run_with_resources(run)
    show_one(moved, f"Tenant {moved['slug']} is {moved['status']}.", output)


@cli.command()
def activate(
    tenant: TenantArgument, reason: ReasonOption = "", output: FormatOption = Format.TABLE
) -> None:
    """Serve a suspended tenant again, or bring a deleted one back."""
    from bridgecore.domains.tenancy import service as tenancy

    async def run(resources: Resources) -> Mapping[str, Any]:
        tenant_id = await tenant_named(resources, tenant)
        async with resources.database.platform() as session:
            moved = await tenancy.activate(session, resources, None, tenant_id, reason)
        return moved.model_dump(mode="json")

    moved = run_with_resources(run)
    show_one(moved, f"Tenant {moved['slug']} is {moved['status']}.", output)


@cli.command("test")
def try_connection(tenant: TenantArgument, output: FormatOption = Format.TABLE) -> None:
    """Try a tenant's Odoo connection. Exits 1 when it does not work."""
    from bridgecore.domains.connections import service as connections

    async def run(resources: Resources) -> Mapping[str, Any]:
        tenant_id = await tenant_named(resources, tenant)
        found = await connections.check_odoo(resources, tenant_id)
        return found.model_dump(mode="json")

    found = run_with_resources(run)
    told = f"It works: {found['server_version']}, {found['latency_ms']:.0f} ms."
    if not found["success"]:
        told = "\n".join(filter(None, (found["problem"], found["what_to_do"])))
    show_one(found, told, output)
    if not found["success"]:
        raise typer.Exit(1)


async def tenant_named(resources: Resources, text: str) -> UUID:
    """The id of the tenant with this slug or id. Raises CommandFailed."""
    from bridgecore.entrypoints.seed import tenant_by_slug

    try:
        return UUID(text)
    except ValueError:
        found = await tenant_by_slug(resources, text)
    if found is None:
        raise CommandFailed(f"there is no tenant {text}; see `bridgecore tenant list`")
    return found
