"""Checks an id token of Entra ID, claim by claim."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import msgspec

from bridgecore.integrations.issuers import KeySet, TokenRefused, claims_of, header_of
from bridgecore.integrations.microsoft.contract import Application, MicrosoftAccount

ALGORITHM = "RS256"
_PLACEHOLDER = "{tenantid}"
_NAME_LENGTH = 200
_EMAIL_LENGTH = 254


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to agree with. `issuer` is the one of the discovery document.

    With `common` and its like that holds a placeholder for the tenant of the token.
    """

    application: Application
    issuer: str
    nonce: str
    access_token: str | None


class IdToken(msgspec.Struct, frozen=True):
    """The claims that are looked at."""

    iss: str
    aud: str
    ver: str
    tid: UUID
    oid: UUID
    nonce: str
    at_hash: str | None = None
    name: str | None = None
    email: Annotated[str, msgspec.Meta(max_length=_EMAIL_LENGTH)] | None = None
    idp: str | None = None
    # written as a bool, a number or a text, by the way the claim was asked for
    xms_edov: Any = False


async def verified_account(token: str, keys: KeySet, expected: Expected) -> MicrosoftAccount:
    """Raises TokenRefused, and IssuerUnavailable where the keys can't be had."""
    algorithm, name = header_of(token)
    if algorithm != ALGORITHM:
        raise TokenRefused(f"It is not signed with {ALGORITHM}.")
    key = await keys.key(name, algorithm)
    raw = claims_of(
        token,
        key.key,
        algorithm,
        audience=expected.application.client_id,
        required=("nonce", "tid", "oid"),
    )
    try:
        claims = msgspec.convert(raw, IdToken)
    except msgspec.ValidationError:
        raise TokenRefused("It lacks a claim, or one is of the wrong kind.") from None
    tenant = str(claims.tid)
    if claims.ver != "2.0":
        raise TokenRefused("It is not of the v2.0 endpoint.")
    issuer = expected.issuer.replace(_PLACEHOLDER, tenant)
    if claims.iss != issuer or f"/{tenant}/" not in claims.iss:
        raise TokenRefused("It is of another issuer.")
    if key.issuer is not None and key.issuer.replace(_PLACEHOLDER, tenant) != claims.iss:
        raise TokenRefused("Its key signs for another issuer.")
    if not hmac.compare_digest(claims.nonce.encode(), expected.nonce.encode()):
        raise TokenRefused("It belongs to another sign-in.")
    if claims.at_hash is not None and not _matches(claims.at_hash, expected.access_token):
        raise TokenRefused("It belongs to another access token.")
    allowed = expected.application.allowed
    if allowed and claims.tid not in allowed:
        raise TokenRefused("People of this Microsoft tenant are not let in here.")
    return MicrosoftAccount(
        tenant_id=claims.tid,
        object_id=claims.oid,
        name=(claims.name or "").replace("\x00", "")[:_NAME_LENGTH],
        email=claims.email or None,
        owns_domain=claims.xms_edov in (True, 1, "1", "true"),
        guest=claims.idp is not None and claims.idp != claims.iss,
    )


def _matches(at_hash: str, access_token: str | None) -> bool:
    """OpenID Connect Core 3.1.3.6: the left half of the access token's SHA-256."""
    if access_token is None:
        return False
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    wanted = base64.urlsafe_b64encode(half).rstrip(b"=")
    return hmac.compare_digest(at_hash.encode(), wanted)
