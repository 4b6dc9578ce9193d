"""Files made from the code: openapi.json, reference pages, migrations."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from bridgecore.entrypoints.cli.failures import CommandFailed

_PANEL = "Develop"

migrations = typer.Typer(help="Migrations: write one, compare them.", no_args_is_help=True)

CheckOption = Annotated[
    bool, typer.Option("--check", help="Write nothing; exit 1 if something would change.")
]


def add_to(cli: typer.Typer) -> None:
    cli.command(rich_help_panel=_PANEL)(openapi)
    cli.command(rich_help_panel=_PANEL)(reference)


def openapi(
    target: Annotated[Path, typer.Argument(help="The file to write; - is standard output.")] = Path(
        "openapi.json"
    ),
    check: CheckOption = False,
) -> None:
    """Write the OpenAPI document: the same code always gives the same file."""
    from bridgecore.domains.gateway.router.endpoint import GatewayEndpoint
    from bridgecore.entrypoints.app import build_api
    from bridgecore.infra.settings import Settings

    # what is served does not depend on where
    document = build_api(Settings(_env_file=None), GatewayEndpoint(), []).openapi()
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    text = orjson.dumps(document, option=options)
    if str(target) == "-":
        typer.echo(text.decode(), nl=False)
        return
    same = target.exists() and target.read_bytes() == text
    if check and not same:
        raise CommandFailed(f"{target} is not what the code says; run `make openapi`")
    if not same:
        target.write_bytes(text)
    Console().print(f"{target}: {'as the code says' if same else 'written'}")


def reference(check: CheckOption = False) -> None:
    """Write the pages of docs/reference that are made from the code. Run it in a checkout."""
    from bridgecore.entrypoints.reference import stale, write

    root = Path.cwd()
    if not (root / "docs").is_dir():
        raise CommandFailed("there is no folder docs here; run this at the top of a checkout")
    if check:
        different = stale(root)
        if different:
            names = ", ".join(str(path.relative_to(root)) for path in different)
            raise CommandFailed(f"not what the code says: {names}; run `make docs`")
    changed = [] if check else write(root)
    for path in changed:
        Console().print(f"{path.relative_to(root)}: written")
    if not changed:
        Console().print("docs/reference: as the code says")


@migrations.command("check")
def compare() -> None:
    """Migrate an empty database and compare it with the models. Exits 1 if they differ."""
    from bridgecore.entrypoints.schema import differences
    from bridgecore.entrypoints.servers import with_servers
    from bridgecore.infra.settings import load_settings

    async def run() -> str:
        async with with_servers(load_settings(), redis=False) as settings:
            return await asyncio.to_thread(differences, settings.database_url)

    found = asyncio.run(run())
    if found:
        raise CommandFailed(f"models and migrations differ: {found}")
    Console().print("migrations: an empty database becomes what the models say")


@migrations.command()
def new(name: Annotated[str, typer.Argument(help="What it does, in a few words.")]) -> None:
    """Write the next revision from what the models have more. Read it before you commit it."""
    from bridgecore.entrypoints.schema import new_revision
    from bridgecore.entrypoints.servers import with_servers
    from bridgecore.infra.settings import load_settings

    async def run() -> Path:
        async with with_servers(load_settings(), redis=False) as settings:
            return await asyncio.to_thread(new_revision, settings.database_url, name)

    Console(soft_wrap=True).print(f"{asyncio.run(run())}: written; read it before you commit it")
