"""`bridgecore user …`: people of tenants, and staff."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Self

import typer

from bridgecore.entrypoints.cli.failures import CommandFailed
from bridgecore.entrypoints.cli.output import Format, FormatOption, show_one
from bridgecore.entrypoints.cli.running import run_with_resources

if TYPE_CHECKING:
    from bridgecore.infra.resources import Resources

cli = typer.Typer(help="People: members of tenants, and staff.", no_args_is_help=True)

PasswordOption = Annotated[
    str | None,
    typer.Option(
        envvar="BRIDGECORE_PASSWORD",
        help="Asked for if left out; without a terminal one is made up and printed.",
    ),
]


class StaffRole(StrEnum):
    """Of `identity.STAFF_ROLES`."""

    SUPER_ADMIN = "super_admin"
    ADMIN = "admin"
    SUPPORT = "support"


def checked_email(text: str) -> str:
    """The address as it is stored. Raises CommandFailed."""
    from bridgecore.kit.emails import normal_email

    try:
        return normal_email(text)
    except ValueError as error:
        raise CommandFailed(f"{text} {error}") from error


def asked_password(prompt: str) -> str:
    """A password from the terminal, typed twice. Raises CommandFailed where there is none."""
    if not sys.stdin.isatty():
        raise CommandFailed(f"{prompt}: give --password, or BRIDGECORE_PASSWORD")
    password: str = typer.prompt(prompt, hide_input=True, confirmation_prompt=True)
    return password


@cli.command()
def create(
    email: Annotated[str, typer.Argument(help="What the person signs in with.")],
    tenant: Annotated[str | None, typer.Option(help="The tenant's slug or id.")] = None,
    role: Annotated[str, typer.Option(help="In that tenant: owner, admin, manager, …")] = "user",
    staff: Annotated[
        StaffRole | None, typer.Option(help="Make a member of staff of this role instead.")
    ] = None,
    name: Annotated[str, typer.Option(help="Full name.")] = "",
    password: PasswordOption = None,
    link: Annotated[
        bool,
        typer.Option("--link", help="Print a link, good once, by which they choose a password."),
    ] = False,
    output: FormatOption = Format.TABLE,
) -> None:
    """Create a person in a tenant, or a member of staff."""
    from bridgecore.domains.identity import service as identity
    from bridgecore.domains.identity.service.passwords import check_password
    from bridgecore.entrypoints.cli.tenants import tenant_named

    if (tenant is None) == (staff is None):
        raise CommandFailed("give either --tenant or --staff")
    if link and password is not None:
        raise CommandFailed("give either --password or --link")
    email = checked_email(email)
    chosen = _Chosen.never_told() if link else _Chosen.of(password, email)
    check_password(chosen.password, email)
    address = ""

    async def run(resources: Resources) -> bool:
        nonlocal address
        tenant_id = await tenant_named(resources, tenant) if tenant is not None else None
        async with resources.database.platform() as session:
            known = await identity.find_user(session, email) is not None
            if tenant_id is not None:
                await identity.add_member(
                    session,
                    resources,
                    None,
                    tenant_id,
                    email=email,
                    full_name=name or email,
                    role=role,
                    password=chosen.password,
                    must_change=chosen.made_up,
                )
            elif not await identity.seed_staff(
                session,
                email=email,
                password=chosen.password,
                role=str(staff),
                must_change=chosen.made_up,
                full_name=name or email,
            ):
                raise CommandFailed(f"{email} is a member of staff already")
            person = await identity.find_user(session, email)
            if link and not known and person is not None:
                address = await identity.password_link(session, resources, person.id)
        return known

    known = run_with_resources(run)
    place = f"a member of staff, {staff.value}" if staff else f"{role} of {tenant}"
    told = " They keep the password they have." if known else chosen.told
    fields = {"email": email, "tenant": tenant, "role": str(staff or role)}
    if address:
        fields["link"] = address
        told = f" They choose a password at {address} (once, within a week)."
    shown = {} if known or link else chosen.fields
    show_one({**fields, **shown}, f"{email} is now {place}.{told}", output)


@cli.command("reset-password")
def reset_password(
    email: Annotated[str, typer.Argument(help="Whose password.")],
    password: PasswordOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Set a person's password, end their sessions, and have it changed at the next sign-in."""
    from bridgecore.domains.identity import service as identity

    email = checked_email(email)
    chosen = _Chosen.of(password, email)

    async def run(resources: Resources) -> None:
        async with resources.database.platform() as session:
            person = await identity.find_user(session, email)
            if person is None:
                raise CommandFailed(f"there is nobody with the email {email}")
            await identity.set_password(
                session, resources, None, person.id, chosen.password, must_change=True
            )

    run_with_resources(run)
    told = f"The password of {email} is set, to be changed at the next sign-in.{chosen.told}"
    show_one({"email": email, **chosen.fields}, told, output)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A password, and whether it was made up here and so has to be told."""

    password: str
    made_up: bool

    @classmethod
    def of(cls, given: str | None, email: str) -> Self:
        if given is not None:
            return cls(given, made_up=False)
        if sys.stdin.isatty():
            return cls(asked_password(f"Password of {email}"), made_up=False)
        return cls(secrets.token_urlsafe(12), made_up=True)

    @classmethod
    def never_told(cls) -> Self:
        """One that stands there until its owner has chosen their own."""
        return cls(secrets.token_urlsafe(32), made_up=False)

    @property
    def fields(self) -> Mapping[str, str]:
        return {"password": self.password} if self.made_up else {}

    @property
    def told(self) -> str:
        return f" Password: {self.password}" if self.made_up else ""
