"""The real Entra ID, over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from bridgecore.integrations.issuers import IssuerUnavailable, Kept, KeySet, fetch
from bridgecore.integrations.microsoft.contract import (
    SCOPES,
    Application,
    CodeRefused,
    MicrosoftAccount,
)
from bridgecore.integrations.microsoft.id_token import ALGORITHM, Expected, verified_account
from bridgecore.kit.http import HttpClient

_DAY = 24 * 3600.0
_NAME = "Microsoft"
# What a person can't cure: the application itself is registered or configured wrongly.
_OUR_FAULT = frozenset(
    {
        "invalid_client",
        "unauthorized_client",
        "invalid_request",
        "invalid_scope",
        "invalid_resource",
        "unsupported_grant_type",
    }
)
_REASONS = {
    "invalid_grant": "the code was used already, has expired, or belongs to another sign-in",
    "interaction_required": "it asks the person for something more",
    "consent_required": "the person or their administrator has not agreed to it yet",
}


class Discovery(msgspec.Struct, frozen=True):
    """What is needed of the discovery document."""

    issuer: str
    token_endpoint: str
    jwks_uri: str


class Tokens(msgspec.Struct, frozen=True):
    """What is needed of the answer to a code. Neither token leaves this package."""

    id_token: str
    access_token: str | None = None


class EntraClient:
    """Implements `MicrosoftIdentity`. One per process; keys and discovery are kept for a day."""

    def __init__(self, http: HttpClient, application: Application, *, pause: float = 10.0) -> None:
        """`pause`: seconds between two fetches of what is kept, however often it is wanted."""
        self._http = http
        self._application = application
        self._discovery = Kept(self._discover, seconds=_DAY, pause=pause)
        self._keys = KeySet(self._key_set, {ALGORITHM}, seconds=_DAY, pause=pause)

    @property
    def application(self) -> Application:
        return self._application

    async def redeem(
        self, code: str, *, redirect_uri: str, code_verifier: str, nonce: str
    ) -> MicrosoftAccount:
        """The account behind `code`, its id token fully checked.

        Raises CodeRefused, TokenRefused, IssuerUnavailable.
        """
        discovery = await self._discovery.get()
        form = {
            "client_id": self._application.client_id,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": code_verifier,
            "scope": " ".join(SCOPES),
        }
        if self._application.client_secret:
            form["client_secret"] = self._application.client_secret
        status, answer = await fetch(
            self._http,
            _NAME,
            "POST",
            discovery.token_endpoint,
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode(),
        )
        if status != 200:
            raise _refusal(str(answer.get("error")))
        try:
            tokens = msgspec.convert(answer, Tokens)
        except msgspec.ValidationError:
            raise IssuerUnavailable("Microsoft's answer lacks the id token.") from None
        expected = Expected(self._application, discovery.issuer, nonce, tokens.access_token)
        return await verified_account(tokens.id_token, self._keys, expected)

    async def _discover(self) -> Discovery:
        status, document = await fetch(self._http, _NAME, "GET", self._application.discovery)
        if status != 200:
            raise IssuerUnavailable(
                f"Microsoft knows no tenant {self._application.tenant} (status {status})."
            )
        try:
            found = msgspec.convert(document, Discovery)
        except msgspec.ValidationError:
            raise IssuerUnavailable("Microsoft's discovery document lacks something.") from None
        home = _origin(self._application.authority)
        if any(_origin(url) != home for url in msgspec.structs.astuple(found)):
            raise IssuerUnavailable("Microsoft's discovery document leads elsewhere.")
        return found

    async def _key_set(self) -> dict[str, Any]:
        status, document = await fetch(
            self._http, _NAME, "GET", (await self._discovery.get()).jwks_uri
        )
        if status != 200:
            raise IssuerUnavailable(f"Microsoft does not show its keys (status {status}).")
        return document


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _refusal(error: str) -> Exception:
    """`error` is what counts; the AADSTS numbers in the description are for people."""
    if error in _REASONS:
        return CodeRefused(f"Microsoft refuses this sign-in: {_REASONS[error]}.")
    if error in _OUR_FAULT:
        return IssuerUnavailable(f"Microsoft refuses this platform's application ({error}).")
    return IssuerUnavailable("Microsoft did not redeem the code.")
