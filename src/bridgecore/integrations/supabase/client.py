"""The real Supabase Auth, over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from bridgecore.integrations.issuers import (
    IssuerUnavailable,
    KeySet,
    TokenRefused,
    claims_of,
    fetch,
    header_of,
)
from bridgecore.integrations.supabase.contract import Project, SupabaseAccount
from bridgecore.kit.http import HttpClient

_NAME = "Supabase"
_SHARED = "HS256"
_ASYMMETRIC = frozenset({"ES256", "RS256"})
_KEYS_KEPT = 600.0  # seconds, as the project itself says of them
_NAME_LENGTH = 200


class AccessToken(msgspec.Struct, frozen=True):
    """The claims that are looked at."""

    iss: str
    sub: UUID
    role: str
    is_anonymous: bool = False
    user_metadata: dict[str, Any] = {}


class User(msgspec.Struct, frozen=True):
    """What is needed of the user object."""

    id: UUID
    email: str = ""
    email_confirmed_at: str | None = None


class SupabaseClient:
    """Implements `SupabaseIdentity`. One per process."""

    def __init__(self, http: HttpClient, project: Project, *, pause: float = 10.0) -> None:
        """`pause`: seconds between two fetches of the keys, however often they are wanted."""
        self._http = http
        self._project = project
        self._keys = KeySet(self._key_set, _ASYMMETRIC, seconds=_KEYS_KEPT, pause=pause)

    @property
    def project(self) -> Project:
        return self._project

    async def verify(self, token: str) -> SupabaseAccount:
        algorithm, name = header_of(token)
        key: Any
        if algorithm in _ASYMMETRIC:
            key = (await self._keys.key(name, algorithm)).key
        elif algorithm == _SHARED and self._project.secret:
            key = self._project.secret
        else:
            raise TokenRefused("It is not signed the way this project signs.")
        raw = claims_of(
            token, key, algorithm, audience=self._project.audience, required=("sub", "role")
        )
        try:
            claims = msgspec.convert(raw, AccessToken)
        except msgspec.ValidationError:
            raise TokenRefused("It lacks a claim, or one is of the wrong kind.") from None
        if claims.iss != self._project.issuer:
            raise TokenRefused("It is of another project.")
        if claims.role != "authenticated":
            raise TokenRefused("It is a key of the project, not a person's token.")
        if claims.is_anonymous:
            raise TokenRefused("It is of an anonymous user.")
        said = claims.user_metadata.get("full_name") or claims.user_metadata.get("name")
        known = said if isinstance(said, str) else ""
        return SupabaseAccount(claims.sub, known.replace("\x00", "")[:_NAME_LENGTH])

    async def confirmed_email(self, token: str, account: SupabaseAccount) -> str | None:
        headers = {"authorization": f"Bearer {token}"}
        if self._project.api_key:
            headers["apikey"] = self._project.api_key
        status, answer = await fetch(
            self._http, _NAME, "GET", f"{self._project.issuer}/user", headers=headers
        )
        if status in (401, 403):
            raise TokenRefused("Supabase does not take it any more.")
        if status != 200:
            raise IssuerUnavailable(f"Supabase does not show the user (status {status}).")
        try:
            user = msgspec.convert(answer, User)
        except msgspec.ValidationError:
            raise IssuerUnavailable("Supabase's user lacks something.") from None
        if user.id != account.subject:
            raise TokenRefused("It is of somebody else.")
        return user.email if user.email and user.email_confirmed_at else None

    async def _key_set(self) -> dict[str, Any]:
        status, document = await fetch(
            self._http, _NAME, "GET", f"{self._project.issuer}/.well-known/jwks.json"
        )
        if status != 200:
            raise IssuerUnavailable(f"Supabase does not show its keys (status {status}).")
        return document
