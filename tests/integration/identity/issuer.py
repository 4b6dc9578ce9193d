"""An issuer of tokens that says whatever a test wants, over real HTTP.

It speaks as Entra ID (discovery, keys, token endpoint) and as Supabase Auth (keys, user).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

TENANT = "0d4f1f52-6c0b-4a0e-8c2f-0f1f9a3c7b21"
CLIENT_ID = "an-application"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """The part of a token that is signed."""
    return ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))


def signed_by_hand(header: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes) -> str:
    """HS256 with any secret, also one that no library would sign with."""
    text = unsigned(header, claims)
    return f"{text}.{encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


@dataclass(slots=True)
class SigningKey:
    name: str
    algorithm: str
    private: PrivateKeyTypes
    published: dict[str, Any]

    @classmethod
    def make(cls, name: str, algorithm: str = "RS256", **more: Any) -> SigningKey:
        private: PrivateKeyTypes
        if algorithm == "RS256":
            private = rsa.generate_private_key(65537, more.pop("bits", 2048))
            public = jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
        else:
            private = ec.generate_private_key(ec.SECP256R1())
            public = jwt.algorithms.ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
        return cls(name, algorithm, private, {**public, "kid": name, "use": "sig", **more})

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        return jwt.encode(
            dict(claims),
            self.private,  # type: ignore[arg-type]
            algorithm=self.algorithm,
            headers={"kid": self.name, **header},
        )


@dataclass(slots=True)
class Issuer:
    """What it says, and how often it was asked. `down`: it answers nothing but 503."""

    origin: str = ""
    keys: list[SigningKey] = field(default_factory=list)
    down: bool = False
    delay: float = 0.0
    id_token: str = ""
    token_answer: tuple[int, Any] | None = None
    discovery: dict[str, Any] = field(default_factory=dict)
    users: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)

    @property
    def entra_issuer(self) -> str:
        return f"{self.origin}/{TENANT}/v2.0"

    @property
    def supabase_issuer(self) -> str:
        return f"{self.origin}/auth/v1"

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        await asyncio.sleep(self.delay)
        if self.down:
            return web.json_response({}, status=503)
        match request.path.removeprefix(f"/{TENANT}"):
            case "/v2.0/.well-known/openid-configuration":
                document = {
                    "issuer": self.entra_issuer,
                    "token_endpoint": f"{self.origin}/{TENANT}/oauth2/v2.0/token",
                    "jwks_uri": f"{self.origin}/{TENANT}/discovery/v2.0/keys",
                }
                return web.json_response(document | self.discovery)
            case "/discovery/v2.0/keys" | "/auth/v1/.well-known/jwks.json":
                return web.json_response({"keys": [key.published for key in self.keys]})
            case "/oauth2/v2.0/token":
                self.forms.append({k: str(v) for k, v in (await request.post()).items()})
                if self.token_answer is not None:
                    status, body = self.token_answer
                    return web.json_response(body, status=status)
                return web.json_response({"access_token": "at", "id_token": self.id_token})
            case "/auth/v1/user":
                token = request.headers.get("authorization", "").removeprefix("Bearer ")
                if token not in self.users:
                    body = {"code": "session_not_found", "message": "gone"}
                    return web.json_response(body, status=403)
                return web.json_response(self.users[token])
        return web.json_response({}, status=404)


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", issuer.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    issuer.origin = f"http://127.0.0.1:{port}"
    try:
        yield issuer
    finally:
        await runner.cleanup()


def id_claims(issuer: Issuer, **more: Any) -> dict[str, Any]:
    """A right id token's claims, some of them changed; None leaves one out."""
    now = int(time.time())
    claims = {
        "iss": issuer.entra_issuer,
        "aud": CLIENT_ID,
        "ver": "2.0",
        "tid": TENANT,
        "oid": "aaaaaaaa-0000-4000-8000-000000000001",
        "sub": "pairwise",
        "nonce": "the-nonce",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "name": "Alice",
        "email": "alice@corp.example",
        **more,
    }
    return {name: value for name, value in claims.items() if value is not None}


def access_claims(issuer: Issuer, **more: Any) -> dict[str, Any]:
    """A right Supabase access token's claims, some of them changed; None leaves one out."""
    now = int(time.time())
    claims = {
        "iss": issuer.supabase_issuer,
        "aud": "authenticated",
        "sub": "bbbbbbbb-0000-4000-8000-000000000001",
        "role": "authenticated",
        "email": "alice@corp.example",
        "phone": "",
        "aal": "aal1",
        "is_anonymous": False,
        "app_metadata": {"provider": "email"},
        "user_metadata": {"full_name": "Alice Ash", "email_verified": True},
        "iat": now,
        "exp": now + 3600,
        **more,
    }
    return {name: value for name, value in claims.items() if value is not None}
