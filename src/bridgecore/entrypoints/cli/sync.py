"""`bridgecore sync …`: how copies stand, runs, comparison with the source, repair."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer
from rich.console import Console

from bridgecore.entrypoints.cli.failures import CommandFailed
from bridgecore.entrypoints.cli.output import Format, FormatOption, print_json, show, show_one
from bridgecore.entrypoints.cli.running import run_with_resources
from bridgecore.entrypoints.cli.tenants import tenant_named

if TYPE_CHECKING:
    from bridgecore.domains.sync.schemas import RunOut
    from bridgecore.infra.resources import Resources

cli = typer.Typer(help="Synchronisation of connections into the lake.", no_args_is_help=True)

TenantArgument = Annotated[str, typer.Argument(help="The tenant's slug or id.")]
ConnectionArgument = Annotated[
    str, typer.Argument(help="A connection's id or name, or a connector such as odoo.")
]
WaitOption = Annotated[
    bool,
    typer.Option(help="Stay until it has ended. Nothing runs where no worker does."),
]

_STATUS = ("connection_name", "connector", "state", "lag_seconds", "set_aside", "what_to_do")
_ENDED = ("completed", "partial", "failed", "cancelled", "needs_confirmation")
_LOOK_SECONDS = 0.5


@cli.command()
def status(tenant: TenantArgument, output: FormatOption = Format.TABLE) -> None:
    """How old each copy of a tenant is, and what is wrong with it."""
    from bridgecore.domains.sync import service

    async def run(resources: Resources) -> Sequence[Mapping[str, Any]]:
        tenant_id = await tenant_named(resources, tenant)
        async with resources.database.tenant(tenant_id) as session:
            found = await service.background_status(session, resources, tenant_id)
        return [each.model_dump(mode="json") for each in found.connections]

    show(run_with_resources(run), _STATUS, output)


@cli.command()
def run(
    tenant: TenantArgument,
    connection: ConnectionArgument = "odoo",
    full: Annotated[bool, typer.Option("--full", help="Read everything again.")] = False,
    wait: WaitOption = True,
    output: FormatOption = Format.TABLE,
) -> None:
    """Synchronise a connection now."""
    from bridgecore.domains.sync import service
    from bridgecore.domains.sync.schemas import RunIn

    async def ask(resources: Resources) -> RunOut:
        tenant_id = await tenant_named(resources, tenant)
        async with resources.database.tenant(tenant_id) as session:
            asked = await service.trigger(session, None, tenant_id, connection, RunIn(full=full))
        return await _waited(resources, tenant_id, asked) if wait else asked

    _tell(run_with_resources(ask), output)


@cli.command()
def parity(
    tenant: TenantArgument,
    connection: ConnectionArgument = "odoo",
    content: Annotated[
        str, typer.Option(help="How much content to compare: none, rolling or full.")
    ] = "none",
    output: FormatOption = Format.TABLE,
) -> None:
    """Compare the copy with its source. Exits 1 if they differ."""
    from bridgecore.domains.sync import service
    from bridgecore.domains.sync.schemas import ParityIn

    if content not in ("none", "rolling", "full"):
        raise CommandFailed(f"--content is none, rolling or full, not {content}")

    async def ask(resources: Resources) -> Mapping[str, Any]:
        tenant_id = await tenant_named(resources, tenant)
        wanted = ParityIn.model_validate({"content": content})
        async with resources.database.tenant(tenant_id) as session:
            asked = await service.compare(session, None, tenant_id, connection, wanted)
        ended = await _waited(resources, tenant_id, asked)
        if "report_id" not in ended.options:
            raise CommandFailed(ended.error_message or "the comparison was not made")
        async with resources.database.tenant(tenant_id) as session:
            report = await service.get_report(session, tenant_id, UUID(ended.options["report_id"]))
        return report.model_dump(mode="json")

    report = run_with_resources(ask)
    if output is Format.JSON:
        print_json(report)
    else:
        rows = [{"entity": name, **about} for name, about in report["entities"].items()]
        columns = ("entity", "source_records", "lake_records", "missing", "extra", "different")
        show(rows, (*columns, "error"), output)
    if report["status"] != "equal":
        raise CommandFailed(
            f"{report['missing']} missing, {report['extra']} extra, {report['different']}"
            f" different: repair with `bridgecore sync repair {tenant} {connection}`"
        )


@cli.command()
def repair(
    tenant: TenantArgument,
    connection: ConnectionArgument = "odoo",
    report: Annotated[
        str | None, typer.Option(help="A parity report's id; the latest that differs if left out.")
    ] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Read again exactly the records a parity report lists."""
    from bridgecore.domains.sync import service
    from bridgecore.domains.sync.schemas import RepairIn

    async def ask(resources: Resources) -> RunOut:
        tenant_id = await tenant_named(resources, tenant)
        wanted = RepairIn.model_validate({"report_id": report})
        async with resources.database.tenant(tenant_id) as session:
            asked = await service.repair(session, None, tenant_id, connection, wanted)
        return await _waited(resources, tenant_id, asked)

    _tell(run_with_resources(ask), output)


async def _waited(resources: Resources, tenant_id: UUID, asked: RunOut) -> RunOut:
    """The run once it has ended. Progress is shown to whoever sits at a terminal."""
    from bridgecore.domains.sync import service

    console = Console(stderr=True)
    with console.status("Waiting for a worker …") as told:
        while True:
            async with resources.database.tenant(tenant_id) as session:
                found = await service.get_run(session, tenant_id, asked.id)
            if found.status in _ENDED:
                return found
            if found.status == "running":
                told.update(f"{found.records_read} records read, {found.changed} changed …")
            await asyncio.sleep(_LOOK_SECONDS)


def _tell(run: RunOut, output: Format) -> None:
    show_one(
        run.model_dump(mode="json"),
        f"{run.kind} {run.id} is {run.status}: {run.records_read} records read, {run.changed}"
        f" changed, {run.removed} removed, {run.set_aside} set aside.",
        output,
    )
    if run.status == "failed":
        raise CommandFailed(f"{run.error_message} {run.what_to_do or ''}".strip())
