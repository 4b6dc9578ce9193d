"""The platform's data: migrate, seed, backup, restore, keys."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from bridgecore.entrypoints.cli.failures import CommandFailed
from bridgecore.entrypoints.cli.output import Format, FormatOption, show_one
from bridgecore.entrypoints.cli.running import run_with_resources

if TYPE_CHECKING:
    from bridgecore.infra.resources import Resources
    from bridgecore.infra.settings import Settings

_PANEL = "Data"

keys = typer.Typer(help="Keys of encryption at rest.", no_args_is_help=True)


def add_to(cli: typer.Typer) -> None:
    cli.command(rich_help_panel=_PANEL)(migrate)
    cli.command(rich_help_panel=_PANEL)(seed)
    cli.command(rich_help_panel=_PANEL)(backup)
    cli.command(rich_help_panel=_PANEL)(restore)


def migrate(
    revision: Annotated[str, typer.Argument(help="The revision to go to.")] = "head",
) -> None:
    """Bring the database to the newest revision. Safe to run while the platform serves."""
    from bridgecore.entrypoints.servers import with_servers
    from bridgecore.infra.migrate import migrate as apply
    from bridgecore.infra.migrate import pending
    from bridgecore.infra.settings import load_settings

    async def run() -> None:
        async with with_servers(load_settings(), redis=False) as settings:
            before, _ = pending(settings.database_url)
            now = apply(settings.database_url, revision)
        Console().print(
            f"The database is at {now}, where it was."
            if now == before
            else f"The database went from {before or 'empty'} to {now}."
        )

    asyncio.run(run())


def seed(
    demo: Annotated[
        bool, typer.Option(help="In development: the demo tenants and their people as well.")
    ] = True,
    email: Annotated[str | None, typer.Option(help="Of the first member of staff.")] = None,
    password: Annotated[
        str | None,
        typer.Option(envvar="BRIDGECORE_PASSWORD", help="Of the first member of staff."),
    ] = None,
) -> None:
    """Make the first member of staff and, in development, the demo tenants. Repeatable."""
    from bridgecore.domains.identity.service.passwords import check_password
    from bridgecore.entrypoints.cli.people import asked_password, checked_email
    from bridgecore.entrypoints.demo import STAFF_EMAIL, STAFF_PASSWORD, Simulated
    from bridgecore.entrypoints.seed import seed_demo, seed_staff
    from bridgecore.infra.settings import load_settings

    settings = load_settings()
    development = settings.environment.is_development
    if email is None:
        email = STAFF_EMAIL if development else typer.prompt("Email of the first member of staff")
    email = checked_email(email)
    if password is None and not development:
        password = asked_password(f"Password of {email}")
    if password is not None:
        check_password(password, email)

    async def run(resources: Resources) -> bool:
        made = await seed_staff(
            resources, email, password or STAFF_PASSWORD, must_change=password is None
        )
        if demo and development:
            await seed_demo(resources, Simulated())
        return made

    made = run_with_resources(run)
    Console().print(f"{email} is {'now' if made else 'already'} a member of staff.")


def backup(
    target: Annotated[Path, typer.Argument(help="The file to write, such as platform.tar.")],
    output: FormatOption = Format.TABLE,
) -> None:
    """Write the platform's own database to one file, while it serves."""
    from bridgecore.entrypoints.backup import BackupError, back_up
    from bridgecore.entrypoints.servers import with_servers
    from bridgecore.infra.settings import load_settings

    if target.exists():
        raise CommandFailed(f"{target} exists already; choose another name")

    async def run() -> None:
        async with with_servers(load_settings(), redis=False) as settings:
            made = await asyncio.to_thread(
                back_up, settings.database_url, target, key_id=_key_ids(settings)[0]
            )
        show_one(
            {
                "file": str(target),
                "revision": made.revision,
                "key_id": made.key_id,
                "sha256": made.sha256,
                "bytes": target.stat().st_size,
                "rows": sum(made.rows.values()),
            },
            f"{target}: {sum(made.rows.values())} rows of {len(made.rows)} tables, "
            f"{target.stat().st_size / 1024**2:.1f} MB, migration {made.revision}.\n"
            f"Keep SECRET_KEY (key {made.key_id}) in another place: without it the secrets in "
            "this file can't be read.",
            output,
        )

    with Console(stderr=True).status("Backing up …"):
        try:
            asyncio.run(run())
        except BackupError as error:
            raise CommandFailed(str(error)) from error


def restore(
    source: Annotated[Path, typer.Argument(help="A file that `backup` wrote.", exists=True)],
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace what is in the database; it is lost on success."),
    ] = False,
) -> None:
    """Load a backup into an empty database. Stop the platform first."""
    from bridgecore.entrypoints.backup import BackupError
    from bridgecore.entrypoints.backup import restore as load
    from bridgecore.entrypoints.servers import with_servers
    from bridgecore.infra.migrate import pending
    from bridgecore.infra.settings import load_settings

    async def run() -> None:
        async with with_servers(load_settings(), redis=False) as settings:
            loaded = await asyncio.to_thread(
                load,
                settings.database_url,
                source,
                known_keys=_key_ids(settings),
                force=force,
            )
            current, newest = pending(settings.database_url)
        console = Console(soft_wrap=True)
        console.print(
            f"Restored {sum(loaded.rows.values())} rows of {len(loaded.rows)} tables, as of "
            f"{loaded.created_at:%Y-%m-%d %H:%M} UTC; every row was counted again."
        )
        if current != newest:
            console.print(
                f"It is at migration {current}, and this version needs {newest}: run "
                "`bridgecore migrate`."
            )

    with Console(stderr=True).status("Restoring …"):
        try:
            asyncio.run(run())
        except BackupError as error:
            raise CommandFailed(str(error)) from error


def _key_ids(settings: Settings) -> list[str]:
    """The ids of the keys that the settings give, the current one first."""
    from bridgecore.infra.crypto import LocalKeyEncryption

    given = [settings.secret("secret_key"), *settings.secret_key_previous]
    return [LocalKeyEncryption.from_secrets(secret).current_key_id for secret in given]


@keys.command()
def rotate(output: FormatOption = Format.TABLE) -> None:
    """Seal every stored secret under the current SECRET_KEY.

    Before: put the old value into SECRET_KEY_PREVIOUS, the new one into SECRET_KEY, and restart
    every process. May be stopped and run again; the platform serves meanwhile.
    """
    from bridgecore.entrypoints.rotation import remaining, rotations

    async def run(resources: Resources) -> tuple[dict[str, int], Mapping[str, int]]:
        done = {}
        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal) as progress:
            every = rotations()
            task = progress.add_task("Rotating", total=len(every))
            for domain, seal_anew in every.items():
                progress.update(task, description=f"Rotating the secrets of {domain}")
                done[domain] = await seal_anew(resources)
                progress.advance(task)
        async with resources.database.platform() as session:
            return done, await remaining(session, _key_ids(resources.settings)[0])

    done, left = run_with_resources(run)
    if left:
        told = ", ".join(f"{count} in {place}" for place, count in left.items())
        raise CommandFailed(
            f"not under the current key: {told}. Give the key they are sealed under in "
            "SECRET_KEY_PREVIOUS and run this again; if it is lost, have them entered anew"
        )
    changed = sum(done.values())
    show_one(
        {"rotated": changed, "domains": done},
        f"{changed} secrets are newly sealed; all are under the current key. The old key may "
        "leave SECRET_KEY_PREVIOUS a day from now, when no kept answer needs it, but keep it as "
        "long as a backup that does.",
        output,
    )
