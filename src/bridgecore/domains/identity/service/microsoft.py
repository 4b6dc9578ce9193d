"""Sign-in with Microsoft: sent there with state, nonce and PKCE, and let in on return.

State, nonce and code challenge travel in a signed token that serves once; the code verifier stays
in the browser that began, so nobody can be made to finish a sign-in that another began.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from urllib.parse import urlencode

from bridgecore.domains.identity.errors import ProviderOff, SignInOver
from bridgecore.domains.identity.schemas.external import MicrosoftConfig, MicrosoftSignIn
from bridgecore.domains.identity.service.external import (
    Claimed,
    Provider,
    named,
    person_behind,
)
from bridgecore.domains.identity.service.grants import SignedIn
from bridgecore.domains.identity.service.parts import parts_of, redirect_uris
from bridgecore.domains.identity.service.sign_in import sign_in_proven
from bridgecore.domains.identity.service.tokens import FLOW_SECONDS
from bridgecore.infra.crypto import same_secret
from bridgecore.infra.problems import ServiceUnavailable, Unauthorized, ValidationFailed
from bridgecore.infra.redis import RedisError
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from bridgecore.integrations.microsoft import CodeRefused, MicrosoftAccount
from bridgecore.integrations.microsoft.contract import SCOPES

_ANY_DOMAIN = "*"
_MANY = frozenset({"common", "organizations", "consumers"})


def begin(resources: Resources, redirect_uri: str | None) -> MicrosoftConfig:
    """Everything a client needs to send somebody there. Raises ValidationFailed for another
    `redirect_uri` than those of the settings."""
    parts = parts_of(resources)
    if parts.microsoft is None:
        return MicrosoftConfig(enabled=False)
    application = parts.microsoft.application
    known = redirect_uris(resources.settings)
    back = redirect_uri or known[0]
    if back not in known:
        raise ValidationFailed("redirect_uri is not one of those registered with this platform.")
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    challenge = _challenge(verifier)
    state = parts.signer.flow({"nonce": nonce, "challenge": challenge, "back": back})
    query = {
        "client_id": application.client_id,
        "response_type": "code",
        "response_mode": "query",
        "redirect_uri": back,
        "scope": " ".join(SCOPES),
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return MicrosoftConfig(
        enabled=True,
        tenant_id=application.tenant,
        client_id=application.client_id,
        authority=f"{application.authority}/{application.tenant}",
        scopes=list(SCOPES),
        redirect_uri=back,
        authorization_url=f"{application.authorization_endpoint}?{urlencode(query)}",
        state=state,
        nonce=nonce,
        code_verifier=verifier,
        code_challenge=challenge,
        code_challenge_method="S256",
        expires_in=FLOW_SECONDS,
    )


async def complete(
    resources: Resources, wanted: MicrosoftSignIn, *, by_cookie: bool, user_agent: str
) -> SignedIn:
    """Let in who comes back with a code.

    Raises ProviderOff, SignInOver, ProofRefused, ProviderUnavailable, LoginThrottled; for people
    not let in NotKnownHere, StaffByPassword; else as `sign_in` does.
    """
    parts = parts_of(resources)
    if parts.microsoft is None:
        raise ProviderOff
    try:
        flow, agreed = parts.signer.verify_flow(wanted.state.get_secret_value())
    except Unauthorized:
        raise SignInOver from None
    verifier = wanted.code_verifier.get_secret_value()
    if not same_secret(_challenge(verifier), agreed["challenge"]):
        raise SignInOver("This sign-in began in another browser; start again.")
    if wanted.redirect_uri not in (None, agreed["back"]):
        raise SignInOver("This sign-in was to come back to another address; start again.")
    attempt = f"microsoft:{flow}"
    await parts.throttle.attempt(attempt)
    await _spend(resources, flow)
    try:
        with named(Provider.MICROSOFT):
            account = await parts.microsoft.redeem(
                wanted.code.get_secret_value(),
                redirect_uri=agreed["back"],
                code_verifier=verifier,
                nonce=agreed["nonce"],
            )
    except CodeRefused as error:
        raise SignInOver(f"{error} Start again.") from None
    await parts.throttle.succeeded(attempt)
    claimed = Claimed(
        provider=Provider.MICROSOFT,
        issuer=str(account.tenant_id),
        subject=str(account.object_id),
        name=account.name,
        sign_up=resources.settings.microsoft_sign_up,
    )

    async def proven_email() -> str | None:
        return believed_email(resources.settings, account)

    user_id = await person_behind(resources, claimed, proven_email)
    return await sign_in_proven(
        resources, user_id, tenant=wanted.tenant, by_cookie=by_cookie, user_agent=user_agent
    )


def believed_email(settings: Settings, account: MicrosoftAccount) -> str | None:
    """The account's email, if it proves anything.

    Administrators of any Entra tenant can write any address into their directory. So its domain
    must be one the operator named, and either Microsoft says that the tenant owns it, or people
    of one tenant alone are let in, to which this one belongs and is no guest.
    """
    if account.email is None:
        return None
    domains = {each.lower() for each in settings.microsoft_email_domains}
    _, at, domain = account.email.rpartition("@")
    named_domain = bool(at) and domain.lower() in domains
    if account.owns_domain:
        return account.email if named_domain or _ANY_DOMAIN in domains else None
    one_tenant = (
        len(settings.microsoft_allowed_tenants) == 1
        or settings.microsoft_tenant_id.lower() not in _MANY
    )
    return account.email if named_domain and one_tenant and not account.guest else None


async def _spend(resources: Resources, flow: str) -> None:
    """Raises SignInOver the second time."""
    try:
        first = await resources.redis.redis.set(f"sign_in:flow:{flow}", 1, nx=True, ex=FLOW_SECONDS)
    except (RedisError, OSError):
        raise ServiceUnavailable(headers={"Retry-After": "5"}) from None
    if not first:
        raise SignInOver


def _challenge(verifier: str) -> str:
    """RFC 7636, S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
