"""Tokens that are nearly right, from an issuer that lies, is away, or changes its keys."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bridgecore.infra.resources import Resources
from bridgecore.integrations.issuers import IssuerUnavailable, TokenRefused
from bridgecore.integrations.microsoft import (
    Application,
    CodeRefused,
    EntraClient,
    MicrosoftAccount,
)
from bridgecore.integrations.supabase import Project, SupabaseClient
from tests.integration.identity.issuer import (
    CLIENT_ID,
    TENANT,
    Issuer,
    SigningKey,
    access_claims,
    id_claims,
    issuing,
    signed_by_hand,
    unsigned,
)

OTHER_TENANT = "99999999-6c0b-4a0e-8c2f-0f1f9a3c7b21"
SECRET = "the-shared-secret-of-the-supabase-project"
Forge = Callable[[Issuer], str]

RSA = SigningKey.make("rsa")
EC = SigningKey.make("ec", "ES256")
STRANGER = SigningKey.make("rsa")  # the same name, another key
WEAK = SigningKey.make("weak", bits=1024)
FOR_OTHERS = SigningKey.make("others", issuer=f"https://login.example/{OTHER_TENANT}/v2.0")


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as opened:
        opened.keys = [RSA, EC, WEAK, FOR_OTHERS]
        yield opened


def entra(resources: Resources, issuer: Issuer, *, pause: float = 0.0, **more: Any) -> EntraClient:
    application = Application(
        authority=issuer.origin, **({"tenant": TENANT, "client_id": CLIENT_ID} | more)
    )
    return EntraClient(resources.http, application, pause=pause)


async def redeem(client: EntraClient) -> MicrosoftAccount:
    return await client.redeem(
        "a-code", redirect_uri="http://127.0.0.1/back", code_verifier="v" * 43, nonce="the-nonce"
    )


def public_pem() -> bytes:
    assert isinstance(RSA.private, RSAPrivateKey)
    return RSA.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def claiming(**more: Any) -> Forge:
    return lambda issuer: RSA.sign(id_claims(issuer, **more))


def tampered(issuer: Issuer) -> str:
    header, _, signature = RSA.sign(id_claims(issuer)).split(".")
    body = unsigned({}, id_claims(issuer, oid="aaaaaaaa-0000-4000-8000-000000000002"))
    return f"{header}.{body.split('.')[1]}.{signature}"


NOW = int(time.time())
HOSTILE: dict[str, Forge] = {
    "no algorithm": lambda i: f"{unsigned({'alg': 'none', 'kid': 'rsa'}, id_claims(i))}.",
    "no algorithm, no key": lambda i: f"{unsigned({'alg': 'None'}, id_claims(i))}.",
    "the public key as shared secret": lambda i: signed_by_hand(
        {"alg": "HS256", "kid": "rsa"}, id_claims(i), public_pem()
    ),
    "the published modulus as shared secret": lambda i: signed_by_hand(
        {"alg": "HS256", "kid": "rsa"}, id_claims(i), RSA.published["n"].encode()
    ),
    "an empty shared secret": lambda i: signed_by_hand({"alg": "HS256"}, id_claims(i), b""),
    "a curve instead of RSA": lambda i: EC.sign(id_claims(i)),
    "a curve's key, called RSA": lambda i: RSA.sign(id_claims(i), kid="ec"),
    "a key of the same name": lambda i: STRANGER.sign(id_claims(i)),
    "a key nobody published": lambda i: RSA.sign(id_claims(i), kid="unheard-of"),
    "no key's name": lambda i: RSA.sign(id_claims(i), kid=""),
    "a key too short": lambda i: WEAK.sign(id_claims(i)),
    "a key that signs for others": lambda i: FOR_OTHERS.sign(id_claims(i)),
    "a key it brings along": lambda i: STRANGER.sign(
        id_claims(i), jwk=STRANGER.published, jku="https://evil.example/keys"
    ),
    "an extension that must be understood": lambda i: RSA.sign(id_claims(i), crit=["exp2"], exp2=1),
    "changed after signing": tampered,
    "for another application": claiming(aud="another"),
    "for two applications": claiming(aud=[CLIENT_ID, "another"]),
    "for nobody": claiming(aud=None),
    "of another issuer": claiming(iss="https://login.example/x/v2.0"),
    "of another tenant's issuer": lambda i: RSA.sign(
        id_claims(i, iss=f"{i.origin}/{OTHER_TENANT}/v2.0", tid=OTHER_TENANT)
    ),
    "of the issuer of v1": claiming(iss=f"https://sts.windows.net/{TENANT}/"),
    "of a tenant its issuer is not": claiming(tid=OTHER_TENANT),
    "of version 1": claiming(ver="1.0"),
    "expired": claiming(iat=NOW - 7200, nbf=NOW - 7200, exp=NOW - 3600),
    "without end": claiming(exp=None),
    "not valid yet": claiming(nbf=NOW + 3600),
    "of another sign-in": claiming(nonce="another"),
    "of no sign-in": claiming(nonce=None),
    "nonce of another kind": claiming(nonce=["the-nonce"]),
    "without object id": claiming(oid=None),
    "object id of no kind": claiming(oid="me"),
    "of another access token": claiming(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "no token": lambda i: "garbage",
    "half a token": lambda i: "a.b",
    "not text": lambda i: "\ud83d\ude00.é.x",
    "endless": lambda i: "a" * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_id_tokens(resources: Resources, issuer: Issuer, name: str) -> None:
    issuer.id_token = HOSTILE[name](issuer)
    with pytest.raises(TokenRefused) as refused:
        await redeem(entra(resources, issuer))
    assert "corp.example" not in str(refused.value)


async def test_a_right_one_and_what_was_sent_for_it(resources: Resources, issuer: Issuer) -> None:
    half = base64.urlsafe_b64encode(hashlib.sha256(b"at").digest()[:16]).rstrip(b"=").decode()
    issuer.id_token = RSA.sign(id_claims(issuer, at_hash=half, xms_edov="1"))
    client = entra(resources, issuer, client_secret="of ours & more")
    account = await redeem(client)
    assert account == MicrosoftAccount(
        tenant_id=UUID(TENANT),
        object_id=UUID("aaaaaaaa-0000-4000-8000-000000000001"),
        name="Alice",
        email="alice@corp.example",
        owns_domain=True,
        guest=False,
    )
    assert issuer.forms == [
        {
            "client_id": CLIENT_ID,
            "client_secret": "of ours & more",
            "grant_type": "authorization_code",
            "code": "a-code",
            "redirect_uri": "http://127.0.0.1/back",
            "code_verifier": "v" * 43,
            "scope": "openid profile email",
        }
    ]
    assert "of ours" not in repr(client.application)


@pytest.mark.parametrize(
    ("edov", "owned"), [(True, True), (1, True), ("true", True), (False, False)]
)
async def test_how_a_proven_domain_is_written(
    resources: Resources, issuer: Issuer, edov: object, owned: bool
) -> None:
    issuer.id_token = RSA.sign(id_claims(issuer, xms_edov=edov))
    assert (await redeem(entra(resources, issuer))).owns_domain is owned


async def test_many_tenants_through_one_door(resources: Resources, issuer: Issuer) -> None:
    issuer.discovery = {"issuer": f"{issuer.origin}/{{tenantid}}/v2.0"}
    issuer.id_token = RSA.sign(
        id_claims(issuer, tid=OTHER_TENANT, iss=f"{issuer.origin}/{OTHER_TENANT}/v2.0")
    )
    account = await redeem(entra(resources, issuer))
    assert str(account.tenant_id) == OTHER_TENANT
    with pytest.raises(TokenRefused, match="not let in"):
        await redeem(entra(resources, issuer, allowed={UUID(TENANT)}))
    issuer.id_token = RSA.sign(id_claims(issuer, tid=OTHER_TENANT))
    with pytest.raises(TokenRefused, match="another issuer"):
        await redeem(entra(resources, issuer))


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        ((400, {"error": "invalid_grant", "error_description": "AADSTS70008"}), CodeRefused),
        ((400, {"error": "consent_required"}), CodeRefused),
        ((401, {"error": "invalid_client"}), IssuerUnavailable),
        ((400, {}), IssuerUnavailable),
        ((429, {"error": "temporarily_unavailable"}), IssuerUnavailable),
        ((500, {}), IssuerUnavailable),
        ((200, {"access_token": "at"}), IssuerUnavailable),
        ((200, []), IssuerUnavailable),
        ((200, {"id_token": "x" * 300_000}), IssuerUnavailable),
        ((302, {}), IssuerUnavailable),
    ],
)
async def test_answers_to_a_code(
    resources: Resources, issuer: Issuer, answer: tuple[int, Any], raised: type[Exception]
) -> None:
    issuer.token_answer = answer
    with pytest.raises(raised, match="Microsoft") as error:
        await redeem(entra(resources, issuer))
    assert "AADSTS" not in str(error.value)


@pytest.mark.parametrize(
    "discovery",
    [
        {"token_endpoint": "https://evil.example/token"},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
        {"issuer": "https://evil.example/"},
        {"issuer": None},
    ],
)
async def test_a_discovery_document_that_leads_elsewhere(
    resources: Resources, issuer: Issuer, discovery: dict[str, Any]
) -> None:
    issuer.discovery = discovery
    with pytest.raises(IssuerUnavailable, match="discovery"):
        await redeem(entra(resources, issuer))
    assert issuer.forms == []


async def test_keys_change_and_are_asked_for_no_oftener_than_need_be(
    resources: Resources, issuer: Issuer
) -> None:
    client = entra(resources, issuer, pause=600)
    issuer.id_token = RSA.sign(id_claims(issuer))
    await asyncio.gather(*(redeem(client) for _ in range(10)))
    keys = f"/{TENANT}/discovery/v2.0/keys"
    assert issuer.asked.count(keys) == 1
    assert issuer.asked.count(f"/{TENANT}/v2.0/.well-known/openid-configuration") == 1
    for n in range(10):
        issuer.id_token = RSA.sign(id_claims(issuer), kid=f"invented-{n}")
        with pytest.raises(TokenRefused):
            await redeem(client)
    assert issuer.asked.count(keys) <= 2


async def test_a_key_that_was_changed_is_found_and_one_withdrawn_is_refused(
    resources: Resources, issuer: Issuer
) -> None:
    client = entra(resources, issuer)
    issuer.id_token = RSA.sign(id_claims(issuer))
    assert (await redeem(client)).name == "Alice"
    fresh = SigningKey.make("fresh")
    issuer.keys = [fresh]
    issuer.id_token = fresh.sign(id_claims(issuer))
    assert (await redeem(client)).name == "Alice"
    issuer.id_token = RSA.sign(id_claims(issuer))
    with pytest.raises(TokenRefused):
        await redeem(client)


async def test_an_issuer_that_is_away_costs_its_waiting_time_once(
    resources: Resources, issuer: Issuer
) -> None:
    issuer.down, issuer.delay = True, 0.2
    client = entra(resources, issuer, pause=30.0)
    answers = await asyncio.gather(*(redeem(client) for _ in range(20)), return_exceptions=True)
    assert all(isinstance(answer, IssuerUnavailable) for answer in answers)
    assert len(issuer.asked) == 1


# ── Supabase ───────────────────────────────────────────────────────────────────────────────────


def supabase(resources: Resources, issuer: Issuer, *, secret: str = SECRET) -> SupabaseClient:
    project = Project(issuer=issuer.supabase_issuer, secret=secret)
    return SupabaseClient(resources.http, project, pause=0.0)


def shared(issuer: Issuer, **more: Any) -> str:
    return signed_by_hand({"alg": "HS256"}, access_claims(issuer, **more), SECRET.encode())


RIGHT: dict[str, Forge] = {
    "shared secret": shared,
    "curve": lambda i: EC.sign(access_claims(i)),
    "RSA": lambda i: RSA.sign(access_claims(i)),
    "an audience in a list": lambda i: EC.sign(access_claims(i, aud=["authenticated"])),
}
FORGED: dict[str, Forge] = {
    "no algorithm": lambda i: f"{unsigned({'alg': 'none'}, access_claims(i))}.",
    "the public key as shared secret": lambda i: signed_by_hand(
        {"alg": "HS256", "kid": "rsa"}, access_claims(i), public_pem()
    ),
    "another shared secret": lambda i: signed_by_hand(
        {"alg": "HS256"}, access_claims(i), b"of another project, guessed or stolen"
    ),
    "another variant of the hash": lambda i: signed_by_hand(
        {"alg": "HS512"}, access_claims(i), SECRET.encode()
    ),
    "a key of the same name": lambda i: STRANGER.sign(access_claims(i)),
    "a key nobody published": lambda i: EC.sign(access_claims(i), kid="unheard-of"),
    "of another project": lambda i: shared(i, iss="https://other.supabase.co/auth/v1"),
    "of no project": lambda i: shared(i, iss=None),
    "for another audience": lambda i: shared(i, aud="another"),
    "expired": lambda i: shared(i, iat=NOW - 7200, exp=NOW - 3600),
    "without end": lambda i: shared(i, exp=None),
    "a key of the project": lambda i: shared(i, role="service_role"),
    "a legacy key of the project": lambda i: shared(
        i, iss="supabase", role="anon", sub=None, aud=None
    ),
    "anonymous": lambda i: shared(i, is_anonymous=True),
    "nobody": lambda i: shared(i, sub=None),
    "no id": lambda i: shared(i, sub="alice"),
    "claims of another kind": lambda i: shared(i, user_metadata=[1]),
    "not a JWT": lambda i: "sb_publishable_abc",
}


@pytest.mark.parametrize("name", RIGHT)
async def test_supabase_tokens_that_are_right(
    resources: Resources, issuer: Issuer, name: str
) -> None:
    account = await supabase(resources, issuer).verify(RIGHT[name](issuer))
    assert str(account.subject) == "bbbbbbbb-0000-4000-8000-000000000001"
    assert account.name == "Alice Ash"


@pytest.mark.parametrize("name", FORGED)
async def test_hostile_supabase_tokens(resources: Resources, issuer: Issuer, name: str) -> None:
    with pytest.raises(TokenRefused):
        await supabase(resources, issuer).verify(FORGED[name](issuer))


async def test_without_a_shared_secret_none_is_taken(resources: Resources, issuer: Issuer) -> None:
    for token in (shared(issuer), signed_by_hand({"alg": "HS256"}, access_claims(issuer), b"")):
        with pytest.raises(TokenRefused):
            await supabase(resources, issuer, secret="").verify(token)
