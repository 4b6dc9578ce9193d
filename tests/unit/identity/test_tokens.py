"""Access tokens: what they carry, and that no kind opens another's doors."""

from __future__ import annotations

import time
from uuid import UUID

import jwt
import pytest

from bridgecore.domains.identity.errors import TokenExpired
from bridgecore.domains.identity.service.tokens import (
    RefreshToken,
    Subject,
    TokenKind,
    TokenSigner,
)
from bridgecore.infra.problems import Unauthorized
from bridgecore.infra.settings import Settings
from bridgecore.kit.ids import uuid7

JWT_KEY = "tenant-key-0123456789abcdef0123456789"
ADMIN_KEY = "staff-key-0123456789abcdef0123456789ab"


@pytest.fixture
def signer() -> TokenSigner:
    return TokenSigner(
        Settings(jwt_secret_key=JWT_KEY, admin_secret_key=ADMIN_KEY, _env_file=None)  # type: ignore[call-arg]
    )


def subject(kind: TokenKind, **more: object) -> Subject:
    tenant: dict[str, UUID] = (
        {"tenant_id": uuid7(), "membership_id": uuid7()} if kind is TokenKind.TENANT else {}
    )
    return Subject(
        kind=kind,
        user_id=uuid7(),
        email="a@b.example",
        role="admin",
        session_id=uuid7(),
        **tenant,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("kind", [TokenKind.TENANT, TokenKind.STAFF, TokenKind.PERSON])
def test_a_token_says_what_was_signed(signer: TokenSigner, kind: TokenKind) -> None:
    wanted = subject(kind, must_change_password=True)
    now = time.time()
    found = signer.verify_access(signer.access(wanted, seconds=60, now=now))
    assert found.subject == wanted
    assert found.issued_at == pytest.approx(now, abs=0.001)
    assert found.issued_at <= now
    assert found.expires_at == int(now) + 60


def test_a_tenant_token_carries_what_existing_apps_read(signer: TokenSigner) -> None:
    wanted = subject(TokenKind.TENANT)
    claims = jwt.decode(
        signer.access(wanted, seconds=60), JWT_KEY, algorithms=["HS256"], audience="tenant"
    )
    assert claims["user_type"] == "tenant"
    assert claims["tenant_id"] == str(wanted.tenant_id)
    assert claims["sub"] == claims["id"] == str(wanted.user_id)
    assert isinstance(claims["iat"], int)
    assert isinstance(claims["exp"], int)


def test_a_token_signed_with_the_other_key_is_refused(signer: TokenSigner) -> None:
    token = signer.access(subject(TokenKind.TENANT), seconds=60)
    claims = jwt.decode(token, options={"verify_signature": False})
    claims["aud"] = "staff"
    forged = jwt.encode(claims, JWT_KEY, algorithm="HS256", headers={"kid": "staff"})
    with pytest.raises(Unauthorized):
        signer.verify_access(forged)


@pytest.mark.parametrize("claimed", ["person", "second_factor", "staff", "none", None])
def test_a_token_can_not_claim_another_kind(signer: TokenSigner, claimed: str | None) -> None:
    token = signer.access(subject(TokenKind.TENANT), seconds=60)
    claims = jwt.decode(token, options={"verify_signature": False})
    headers = {"kid": claimed} if claimed else {}
    with pytest.raises(Unauthorized):
        signer.verify_access(jwt.encode(claims, JWT_KEY, algorithm="HS256", headers=headers))


def test_an_unsigned_token_is_refused(signer: TokenSigner) -> None:
    token = signer.access(subject(TokenKind.STAFF), seconds=60)
    claims = jwt.decode(token, options={"verify_signature": False})
    with pytest.raises(Unauthorized):
        signer.verify_access(jwt.encode(claims, "", algorithm="none", headers={"kid": "staff"}))


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "é" * 40, "." * 5000, "null", "eyJhbGciOiJ9.e30."]
)
def test_garbage_is_refused(signer: TokenSigner, text: str) -> None:
    with pytest.raises(Unauthorized):
        signer.verify_access(text)


def test_an_expired_token_is_told_apart_and_may_still_sign_out(signer: TokenSigner) -> None:
    wanted = subject(TokenKind.TENANT)
    token = signer.access(wanted, seconds=60, now=time.time() - 61)
    with pytest.raises(TokenExpired):
        signer.verify_access(token)
    assert signer.verify_access(token, allow_expired=True).subject == wanted


def test_a_challenge_is_no_access_token_and_the_other_way_round(signer: TokenSigner) -> None:
    user_id = uuid7()
    challenge = signer.challenge(user_id, {"door": "app"})
    assert signer.verify_challenge(challenge) == (user_id, {"door": "app"})
    with pytest.raises(Unauthorized):
        signer.verify_access(challenge)
    with pytest.raises(Unauthorized):
        signer.verify_challenge(signer.access(subject(TokenKind.TENANT), seconds=60))


def test_browsers_get_short_tokens(signer: TokenSigner) -> None:
    assert signer.lifetime(TokenKind.TENANT) == 1800
    assert signer.lifetime(TokenKind.STAFF) == 24 * 3600
    assert signer.lifetime(TokenKind.STAFF, by_cookie=True) == 900
    assert signer.lifetime(TokenKind.TENANT, by_cookie=True) == 900


def test_refresh_tokens_of_a_session_share_a_family_and_nothing_else() -> None:
    first = RefreshToken.fresh()
    second = RefreshToken.fresh(first.family)
    assert RefreshToken.parse(str(first)) == first
    assert first.family_hash == second.family_hash
    assert first.secret_hash != second.secret_hash
    for text in ("", "x.y", str(first)[:-1], str(first).replace("bc_refresh", "bc_live"), "é.é"):
        assert RefreshToken.parse(text) is None


def test_a_flow_comes_back_as_it_went_and_is_nothing_else(signer: TokenSigner) -> None:
    token = signer.flow({"nonce": "n"})
    flow, agreed = signer.verify_flow(token)
    assert agreed == {"nonce": "n"}
    assert signer.verify_flow(signer.flow({}))[0] != flow
    challenge = signer.challenge(uuid7(), {})
    access = signer.access(subject(TokenKind.TENANT), seconds=60)
    for other in (challenge, access, token[:-3] + "AAA", "garbage"):
        with pytest.raises(Unauthorized):
            signer.verify_flow(other)
    with pytest.raises(Unauthorized):
        signer.verify_access(token)
    with pytest.raises(Unauthorized):
        signer.verify_challenge(token)
