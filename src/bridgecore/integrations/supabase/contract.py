"""What an access token of Supabase is checked against, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Project:
    """A Supabase project. `issuer` is the address of its Auth, such as `https://…/auth/v1`.

    `secret` is the shared one older projects sign with; without it only asymmetric keys count.
    `api_key` is the publishable key that a gateway before Auth asks for.
    """

    issuer: str
    audience: str = "authenticated"
    secret: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SupabaseAccount:
    """Who the token is of. `name` is what the person wrote themselves: for show only."""

    subject: UUID
    name: str


class SupabaseIdentity(Protocol):
    """Tells whose an access token of the project is."""

    @property
    def project(self) -> Project: ...

    async def verify(self, token: str) -> SupabaseAccount:
        """Raises TokenRefused, IssuerUnavailable."""
        ...

    async def confirmed_email(self, token: str, account: SupabaseAccount) -> str | None:
        """The address the project says it has confirmed; a token alone does not tell.

        Raises TokenRefused when the session is over, IssuerUnavailable.
        """
        ...
