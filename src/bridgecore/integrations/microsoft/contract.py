"""What a sign-in with Microsoft asks for, and what it gives."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

# `email` and `profile` bring address, name and the object id that never changes.
SCOPES = ("openid", "profile", "email")


class CodeRefused(Exception):
    """Microsoft does not redeem this code; the message says why."""


@dataclass(frozen=True, slots=True)
class Application:
    """The platform as it is registered with Entra ID.

    `tenant` is an Entra tenant's id or domain, or `common`, `organizations`, `consumers`.
    `allowed` are the Entra tenants whose people may come, all of them when empty.
    """

    authority: str
    tenant: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    allowed: Collection[UUID] = ()

    @property
    def authorization_endpoint(self) -> str:
        return f"{self.authority}/{self.tenant}/oauth2/v2.0/authorize"

    @property
    def discovery(self) -> str:
        return f"{self.authority}/{self.tenant}/v2.0/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class MicrosoftAccount:
    """Who signed in. Tenant and object id together never change; everything else may.

    `email` proves nothing by itself: administrators of any Entra tenant can set it to anything.
    `owns_domain`: Microsoft says that the tenant has proven to own the email's domain.
    `guest`: at home in another tenant than the one that signed the token.
    """

    tenant_id: UUID
    object_id: UUID
    name: str
    email: str | None
    owns_domain: bool
    guest: bool


class MicrosoftIdentity(Protocol):
    """Turns the code of a finished sign-in into an account."""

    @property
    def application(self) -> Application: ...

    async def redeem(
        self, code: str, *, redirect_uri: str, code_verifier: str, nonce: str
    ) -> MicrosoftAccount:
        """Raises CodeRefused, TokenRefused, IssuerUnavailable."""
        ...
