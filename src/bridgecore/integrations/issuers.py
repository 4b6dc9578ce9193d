"""What every issuer of signed tokens has in common: published keys, and how a token fails.

An issuer publishes its keys as a JWKS (RFC 7517) and changes them when it likes. A set is fetched
when first needed and kept. A token that names a key not in it makes the set be fetched once more,
but only so often, because anybody can invent a name.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bridgecore.kit.http import HttpClient, TransportError

LEEWAY = 60  # seconds clocks may differ
_LONGEST_TOKEN = 16_384  # characters
_LARGEST_DOCUMENT = 256 * 1024  # bytes
_MOST_KEYS = 100
_SHORTEST_RSA = 2048  # bits
_TIMEOUT = 8.0  # seconds

Document = TypeVar("Document")


class TokenRefused(Exception):
    """The token does not prove what it claims; the message says why and repeats nothing of it."""


class IssuerUnavailable(Exception):
    """The issuer can't be asked now, or answers what can't be used; the message says which."""


async def fetch(
    http: HttpClient,
    issuer: str,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of a small answer. `issuer` is its name in messages.

    Raises IssuerUnavailable, also for 5xx and 429.
    """
    pieces: list[bytes] = []
    size = 0
    sent = {"accept": "application/json", **(headers or {})}
    try:
        async with http.stream(method, url, headers=sent, body=body, timeout=_TIMEOUT) as answer:
            async for piece in answer.chunks():
                pieces.append(piece)
                size += len(piece)
                if size > _LARGEST_DOCUMENT:
                    raise IssuerUnavailable(f"{issuer} answers more than can be right.")
            status = answer.status
    except TransportError as error:
        raise IssuerUnavailable(f"{issuer} can't be reached right now.") from error
    if status >= 500 or status == 429:
        raise IssuerUnavailable(f"{issuer} does not answer right now (status {status}).")
    try:
        return status, msgspec.json.decode(b"".join(pieces), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise IssuerUnavailable(f"{issuer} answers what is no JSON object.") from None


class Kept(Generic[Document]):
    """A document of an issuer, fetched when needed and kept for a while.

    One fetch at a time; a failure is remembered for `pause` seconds, so that an issuer that is
    away costs its waiting time once. While it is away, an old document serves `patience` longer.
    """

    def __init__(
        self,
        load: Callable[[], Awaitable[Document]],
        *,
        seconds: float,
        patience: float = 24 * 3600,
        pause: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._load = load
        self._seconds = seconds
        self._patience = patience
        self._pause = pause
        self._lock = asyncio.Lock()
        self._document: Document | None = None
        self._fetched = self._tried = float("-inf")
        self._failure: IssuerUnavailable | None = None

    async def get(self) -> Document:
        """Raises IssuerUnavailable."""
        age = self._clock() - self._fetched
        if self._document is None or age > self._seconds:
            await self._renew()
        if self._document is None or (
            self._failure is not None
            and self._clock() - self._fetched > self._seconds + self._patience
        ):
            raise self._failure or IssuerUnavailable("Nothing was fetched.")
        return self._document

    async def renewed(self) -> Document:
        """The document anew, unless it was asked for within the pause. Raises IssuerUnavailable."""
        await self._renew()
        if self._document is None or self._failure is not None:
            raise self._failure or IssuerUnavailable("Nothing was fetched.")
        return self._document

    async def _renew(self) -> None:
        asked = self._clock()
        async with self._lock:
            # whoever waited for another's fetch takes what that brought
            if self._tried >= asked or self._clock() - self._tried < self._pause:
                return
            try:
                self._document = await self._load()
            except IssuerUnavailable as failure:
                self._failure = failure
                self._tried = self._clock()
            else:
                self._failure = None
                self._fetched = self._tried = self._clock()


class PublicKey(NamedTuple):
    """A key of an issuer. `issuer` is whose tokens alone it signs, where the set says so."""

    key: Any
    algorithm: str
    issuer: str | None


class KeySet:
    """The keys an issuer signs with at this time."""

    def __init__(
        self,
        load: Callable[[], Awaitable[Mapping[str, Any]]],
        algorithms: Collection[str],
        *,
        seconds: float,
        pause: float = 10.0,
    ) -> None:
        """`load` fetches the JWKS. Only `algorithms` count, none of which may be symmetric."""

        async def parsed() -> dict[str, PublicKey]:
            return _public_keys(await load(), algorithms)

        self._kept = Kept(parsed, seconds=seconds, pause=pause)

    async def key(self, name: str, algorithm: str) -> PublicKey:
        """The key called `name`, if it is for `algorithm`.

        Raises TokenRefused, IssuerUnavailable.
        """
        found = (await self._kept.get()).get(name)
        if found is None:
            found = (await self._kept.renewed()).get(name)
        if found is None:
            raise TokenRefused("It is signed with a key that its issuer does not publish.")
        if found.algorithm != algorithm:
            raise TokenRefused("It is not signed the way its issuer signs.")
        return found


def _public_keys(document: Mapping[str, Any], algorithms: Collection[str]) -> dict[str, PublicKey]:
    """Those of a JWKS that can be used; what can't be is left out, as RFC 7517 has it."""
    found: dict[str, PublicKey] = {}
    entries = document.get("keys")
    for entry in entries[:_MOST_KEYS] if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        name, issuer = entry.get("kid"), entry.get("issuer")
        if not isinstance(name, str) or entry.get("kty") not in ("RSA", "EC"):
            continue
        try:
            key = jwt.PyJWK(entry)
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        if key.algorithm_name not in algorithms:
            continue
        if isinstance(key.key, RSAPublicKey) and key.key.key_size < _SHORTEST_RSA:
            continue
        found[name] = PublicKey(
            key.key, key.algorithm_name, issuer if isinstance(issuer, str) else None
        )
    return found


def header_of(token: str) -> tuple[str, str]:
    """Algorithm and key name a token claims; the name is empty where it has none.

    Raises TokenRefused for what is no signed token.
    """
    if len(token) > _LONGEST_TOKEN:
        raise TokenRefused("It is longer than any token.")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError):
        raise TokenRefused("It is no signed token.") from None
    name = header.get("kid")
    return str(header.get("alg")), name if isinstance(name, str) else ""


def claims_of(
    token: str, key: Any, algorithm: str, *, audience: str, required: Collection[str]
) -> dict[str, Any]:
    """What a token says, once signature, audience and times are right. The issuer is not checked.

    Raises TokenRefused.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=audience,
            leeway=LEEWAY,
            options={"require": ["iss", "aud", "exp", "iat", *required]},
        )
    except jwt.ExpiredSignatureError:
        raise TokenRefused("It has expired.") from None
    except jwt.ImmatureSignatureError:
        raise TokenRefused("It is not valid yet.") from None
    except jwt.InvalidAudienceError:
        raise TokenRefused("It was made for another application.") from None
    except jwt.MissingRequiredClaimError as error:
        raise TokenRefused(f"It does not say its {error.claim}.") from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise TokenRefused("Its signature is not right.") from None
    return claims
