"""The tree of commands."""

from __future__ import annotations

from typing import Annotated

import typer

from bridgecore import __version__
from bridgecore.entrypoints.cli import data, documents, operate, people, sync, tenants

cli = typer.Typer(
    name="bridgecore",
    help="BridgeCore: the platform between business systems and the apps and people that need "
    "them.\n\nSettings come from the environment and `.env`; see docs/reference/configuration.md.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@cli.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of every command."""


operate.add_to(cli)
data.add_to(cli)
documents.add_to(cli)
cli.add_typer(tenants.cli, name="tenant", rich_help_panel="Manage")
cli.add_typer(people.cli, name="user", rich_help_panel="Manage")
cli.add_typer(sync.cli, name="sync", rich_help_panel="Manage")
cli.add_typer(data.keys, name="keys", rich_help_panel="Manage")
cli.add_typer(documents.migrations, name="migrations", rich_help_panel="Develop")
