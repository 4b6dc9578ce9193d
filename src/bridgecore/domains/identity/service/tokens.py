"""Access tokens and second-factor challenges (JWT), and the shape of refresh tokens.

Tenant, staff and person tokens differ in key, audience or both. The header's `kid` says which
kind a token claims to be, so exactly one key is tried.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import jwt
import msgspec

from bridgecore.domains.identity.errors import TokenExpired
from bridgecore.infra.auth import ActorKind
from bridgecore.infra.crypto import generate_token, hash_token, token_prefix
from bridgecore.infra.problems import Unauthorized
from bridgecore.infra.settings import Settings

API_KEY_PREFIX = "bc_live"
REFRESH_PREFIX = "bc_refresh"
CHALLENGE_SECONDS = 300
FLOW_SECONDS = 600
DASHBOARD_SECONDS = 15 * 60
_LONGEST = 4096  # characters; a longer text is no token of ours


class TokenKind(StrEnum):
    """Whom a token is for; the audience and the `kid` of its JWT."""

    TENANT = "tenant"
    STAFF = "staff"
    PERSON = "person"
    CHALLENGE = "second_factor"
    FLOW = "flow"


ACCESS_KINDS = frozenset({TokenKind.TENANT, TokenKind.STAFF, TokenKind.PERSON})
USER_TYPES = {TokenKind.TENANT: "tenant", TokenKind.STAFF: "admin", TokenKind.PERSON: "person"}
ACTOR_KINDS = {
    TokenKind.TENANT: ActorKind.MEMBER,
    TokenKind.STAFF: ActorKind.STAFF,
    TokenKind.PERSON: ActorKind.PERSON,
}


class Subject(msgspec.Struct, frozen=True):
    """Whom an access token speaks for."""

    kind: TokenKind
    user_id: UUID
    email: str
    role: str
    session_id: UUID
    tenant_id: UUID | None = None
    membership_id: UUID | None = None
    must_change_password: bool = False


class Claims(msgspec.Struct, frozen=True):
    """What a verified access token says. Moments are Unix seconds."""

    subject: Subject
    issued_at: float
    expires_at: float


class TokenSigner:
    """Issues and verifies the JWTs of one installation."""

    def __init__(self, settings: Settings) -> None:
        tenant, staff = settings.secret("jwt_secret_key"), settings.secret("admin_secret_key")
        self._algorithm = settings.jwt_algorithm
        self._keys: Mapping[str, str] = {
            TokenKind.TENANT: tenant,
            TokenKind.PERSON: tenant,
            TokenKind.CHALLENGE: tenant,
            TokenKind.FLOW: tenant,
            TokenKind.STAFF: staff,
        }
        self._tenant_seconds = settings.access_token_expire_minutes * 60
        self._staff_seconds = settings.admin_token_expire_hours * 3600

    def lifetime(self, kind: TokenKind, *, by_cookie: bool = False) -> int:
        """Seconds an access token lives; in a browser at most a quarter of an hour."""
        full = self._staff_seconds if kind is TokenKind.STAFF else self._tenant_seconds
        return min(full, DASHBOARD_SECONDS) if by_cookie else full

    def access(self, subject: Subject, *, seconds: int, now: float | None = None) -> str:
        """Sign an access token of `seconds`.

        `iat` is in whole seconds, as apps expect; `at` is the same moment in milliseconds, so a
        token made right after a revocation is told from one made right before.
        """
        now = time.time() if now is None else now
        claims: dict[str, Any] = {
            "aud": subject.kind.value,
            "user_type": USER_TYPES[subject.kind],
            "sub": str(subject.user_id),
            "id": str(subject.user_id),
            "email": subject.email,
            "role": subject.role,
            "sid": str(subject.session_id),
            "iat": int(now),
            "at": int(now * 1000),
            "exp": int(now) + seconds,
            "jti": secrets.token_urlsafe(12),
        }
        if subject.tenant_id is not None:
            claims["tenant_id"] = str(subject.tenant_id)
            claims["mid"] = str(subject.membership_id)
        if subject.must_change_password:
            claims["pwd"] = True
        return self._sign(subject.kind, claims)

    def verify_access(self, token: str, *, allow_expired: bool = False) -> Claims:
        """Raises TokenExpired, or Unauthorized for anything that is no access token of ours.

        `allow_expired` is for signing out, which an expired token may still do.
        """
        kind, claims = self._verify(token, ACCESS_KINDS, allow_expired=allow_expired)
        try:
            subject = Subject(
                kind=kind,
                user_id=UUID(claims["sub"]),
                email=str(claims["email"]),
                role=str(claims["role"]),
                session_id=UUID(claims["sid"]),
                tenant_id=UUID(claims["tenant_id"]) if kind is TokenKind.TENANT else None,
                membership_id=UUID(claims["mid"]) if kind is TokenKind.TENANT else None,
                must_change_password=bool(claims.get("pwd")),
            )
            return Claims(subject, claims["at"] / 1000, float(claims["exp"]))
        except (KeyError, ValueError, TypeError):
            raise Unauthorized from None

    def challenge(self, user_id: UUID, context: Mapping[str, Any]) -> str:
        """Sign what a sign-in wanted, so that it can go on once the second factor is given."""
        now = int(time.time())
        return self._sign(
            TokenKind.CHALLENGE,
            {
                "aud": TokenKind.CHALLENGE.value,
                "sub": str(user_id),
                "ctx": dict(context),
                "iat": now,
                "exp": now + CHALLENGE_SECONDS,
            },
        )

    def verify_challenge(self, token: str) -> tuple[UUID, dict[str, Any]]:
        """The person and the context given to `challenge`. Raises TokenExpired, Unauthorized."""
        _, claims = self._verify(token, frozenset({TokenKind.CHALLENGE}))
        return UUID(claims["sub"]), claims["ctx"]

    def flow(self, context: Mapping[str, Any]) -> str:
        """Sign what a sign-in at another system has to agree with when the person comes back.

        It travels with them, so that whoever only asks leaves nothing behind here.
        """
        now = int(time.time())
        return self._sign(
            TokenKind.FLOW,
            {
                "aud": TokenKind.FLOW.value,
                "sub": secrets.token_urlsafe(16),
                "ctx": dict(context),
                "iat": now,
                "exp": now + FLOW_SECONDS,
            },
        )

    def verify_flow(self, token: str) -> tuple[str, dict[str, Any]]:
        """The flow's own id and the context given to `flow`. Raises TokenExpired, Unauthorized."""
        _, claims = self._verify(token, frozenset({TokenKind.FLOW}))
        return claims["sub"], claims["ctx"]

    def _sign(self, kind: TokenKind, claims: dict[str, Any]) -> str:
        return jwt.encode(
            claims, self._keys[kind], algorithm=self._algorithm, headers={"kid": kind.value}
        )

    def _verify(
        self, token: str, allowed: frozenset[TokenKind], *, allow_expired: bool = False
    ) -> tuple[TokenKind, dict[str, Any]]:
        if len(token) > _LONGEST:
            raise Unauthorized
        try:
            kind = TokenKind(str(jwt.get_unverified_header(token).get("kid")))
            if kind not in allowed:
                raise Unauthorized
            claims: dict[str, Any] = jwt.decode(
                token,
                self._keys[kind],
                algorithms=[self._algorithm],
                audience=kind.value,
                options={
                    "require": ["exp", "iat", "sub", "aud"],
                    "verify_iat": False,
                    "verify_exp": not allow_expired,
                },
            )
        except jwt.ExpiredSignatureError:
            raise TokenExpired from None
        except (jwt.InvalidTokenError, ValueError):
            raise Unauthorized("This is not an access token of this platform.") from None
        return kind, claims


class RefreshToken(NamedTuple):
    """A refresh token: a secret of its own, and the secret its session's tokens share.

    Whoever shows the family secret holds, or held, a token of the session; if the first part is
    not the current one, a spent token is being used again.
    """

    secret: str
    family: str

    def __str__(self) -> str:
        return f"{self.secret}.{self.family}"

    @classmethod
    def fresh(cls, family: str | None = None) -> RefreshToken:
        return cls(generate_token(REFRESH_PREFIX), family or secrets.token_urlsafe(16))

    @classmethod
    def parse(cls, text: str) -> RefreshToken | None:
        """None for any text that is no refresh token of ours."""
        secret, _, family = text.partition(".")
        if token_prefix(secret) != REFRESH_PREFIX or len(family) != 22 or not family.isascii():
            return None
        return cls(secret, family)

    @property
    def secret_hash(self) -> bytes:
        return hash_token(self.secret)

    @property
    def family_hash(self) -> bytes:
        return hash_token(self.family)
