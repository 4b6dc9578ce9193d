"""Signing in by another system: Microsoft, Supabase."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from bridgecore.domains.identity.schemas.fields import Flag, Token
from bridgecore.domains.identity.schemas.sign_in import TenantChoice
from bridgecore.infra.web import Output

RedirectUri = Annotated[str, Field(max_length=2048)]
CodeVerifier = Annotated[SecretStr, Field(min_length=43, max_length=128)]


class MicrosoftConfig(Output):
    """What a client needs to send somebody to Microsoft; all but `enabled` is null where it is off.

    Open `authorization_url`; keep `state` and `code_verifier` in the browser that opened it, and
    bring both with the code within `expires_in` seconds. They serve once.
    """

    enabled: bool
    tenant_id: str | None = None
    client_id: str | None = None
    authority: str | None = None
    scopes: list[str] = Field(default_factory=list)
    redirect_uri: str | None = None
    authorization_url: str | None = None
    state: str | None = None
    nonce: str | None = None
    code_verifier: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    expires_in: int | None = Field(None, description="Seconds this sign-in may take.")


class WaysIn(Output):
    """Which ways in this installation offers, beside a password."""

    registration: bool = Field(description="People may register themselves.")
    microsoft: bool
    supabase: bool


class ExternalSignIn(BaseModel):
    """What it does not know is ignored: callers pass on what the other system sent them."""

    tenant: TenantChoice | None = Field(None, description="Slug or id; else the last one used.")
    cookie: Flag = Field(
        False, description="Keep the refresh token in an httpOnly cookie, not in the answer."
    )


class MicrosoftSignIn(ExternalSignIn):
    code: Token
    state: Token
    code_verifier: CodeVerifier
    redirect_uri: RedirectUri | None = Field(
        None, description="Where Microsoft sent the person back to, if it is to be checked."
    )


class SupabaseSignIn(ExternalSignIn):
    access_token: Token
