"""Starting the platform, and looking at how it is: up, serve, worker, doctor."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridgecore.entrypoints.api_process import (
    ApiFailed,
    api_process,
    await_environment,
    leave_at_end_of_input,
)
from bridgecore.entrypoints.cli.failures import CommandFailed
from bridgecore.entrypoints.cli.output import Format, FormatOption, print_json

HostOption = Annotated[str | None, typer.Option(help="Address to listen on (HOST).")]
PortOption = Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on (PORT).")]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="API processes (WEB_WORKERS).")]

_PANEL = "Run"


def add_to(cli: typer.Typer) -> None:
    cli.command(rich_help_panel=_PANEL)(up)
    cli.command(rich_help_panel=_PANEL)(serve)
    cli.command(rich_help_panel=_PANEL)(worker)
    cli.command(rich_help_panel=_PANEL)(doctor)


def up(
    host: HostOption = None,
    port: PortOption = None,
    demo: Annotated[
        bool, typer.Option(help="Make demo tenants and run the Odoos they play with.")
    ] = True,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start the API again when a source file changes.")
    ] = False,
) -> None:
    """Start everything for development: servers, migrations, demo data, API. Ctrl-C stops it."""
    from bridgecore.entrypoints.serve import ensure_port_free
    from bridgecore.infra.settings import load_settings

    # one process, so that background work runs inside it
    settings = load_settings(**_given(host=host, port=port), web_workers=1, embedded_worker=True)
    if not settings.environment.is_development:
        raise CommandFailed(
            f"`up` is for development and ENVIRONMENT is {settings.environment}: use migrate, "
            "serve and worker"
        )
    ensure_port_free(settings.host, settings.port)

    async def run() -> None:
        async with api_process() as api:
            # imported while the API process imports its part
            from bridgecore.entrypoints.up import up as run_everything

            console = Console(highlight=False)
            await run_everything(settings, api, console, demo=demo, reload=reload)

    try:
        asyncio.run(run())
    except ApiFailed as error:
        raise CommandFailed(str(error)) from error


def serve(
    host: HostOption = None,
    port: PortOption = None,
    workers: WorkersOption = None,
    supervised: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Serve the API. With more than one process, run `bridgecore worker` beside it."""
    from bridgecore.entrypoints import serve as room
    from bridgecore.entrypoints.servers import with_servers_blocking
    from bridgecore.infra.settings import load_settings

    if supervised:
        room.preload()
        try:
            os.environ.update(await_environment())
        except EOFError:
            return
        threading.Thread(target=leave_at_end_of_input, daemon=True).start()
    settings = load_settings(**_given(host=host, port=port, web_workers=workers))
    room.ensure_port_free(settings.host, settings.port)
    with with_servers_blocking(settings) as ready:
        room.serve(ready)


def worker(
    concurrency: Annotated[int, typer.Option(min=1, max=1000, help="Jobs at the same time.")] = 20,
) -> None:
    """Work on background jobs and events; any number of these, on any hosts."""
    from bridgecore.entrypoints import worker as room
    from bridgecore.entrypoints.servers import with_servers
    from bridgecore.infra.settings import load_settings

    async def run() -> None:
        async with with_servers(load_settings()) as settings:
            await room.work(settings, concurrency=concurrency)

    asyncio.run(run())


def doctor(output: FormatOption = Format.TABLE) -> None:
    """Look at everything the platform stands on, and say what to do. Exits 1 if something fails."""
    from bridgecore.entrypoints.doctor import Finding, State, examine

    console = Console()
    colours = {State.OK: "green", State.WARN: "yellow", State.FAIL: "bold red"}

    async def run() -> list[Finding]:
        return [finding async for finding in examine()]

    findings = asyncio.run(run())
    if output is Format.JSON:
        print_json([_fields(finding) for finding in findings])
    else:
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, style="bold")
        table.add_column(overflow="fold")
        for finding in findings:
            told = Text(finding.detail)
            if finding.advice:
                told.append(f"\n→ {finding.advice}", style="dim")
            state = Text(finding.state.value, style=colours[finding.state])
            table.add_row(state, Text(finding.check), told)
        console.print(table)
    if any(finding.state is State.FAIL for finding in findings):
        raise typer.Exit(1)


def _fields(finding: Any) -> Mapping[str, str]:
    return {
        "check": finding.check,
        "state": finding.state.value,
        "detail": finding.detail,
        "advice": finding.advice,
    }


def _given(**options: Any) -> dict[str, Any]:
    """The options that were given: the others stay as the environment says."""
    return {name: value for name, value in options.items() if value is not None}
