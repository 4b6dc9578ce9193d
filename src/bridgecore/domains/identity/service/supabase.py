"""Sign-in with an access token of a Supabase project, exchanged for tokens of ours."""

from __future__ import annotations

from bridgecore.domains.identity.errors import ProviderOff
from bridgecore.domains.identity.schemas.external import SupabaseSignIn
from bridgecore.domains.identity.service.external import (
    Claimed,
    Provider,
    named,
    person_behind,
)
from bridgecore.domains.identity.service.grants import SignedIn
from bridgecore.domains.identity.service.parts import parts_of
from bridgecore.domains.identity.service.sign_in import sign_in_proven
from bridgecore.infra.resources import Resources


async def complete(
    resources: Resources, wanted: SupabaseSignIn, *, by_cookie: bool, user_agent: str
) -> SignedIn:
    """Let in who brings an access token of the project.

    Raises ProviderOff, ProofRefused, ProviderUnavailable, LoginThrottled; for people not let in
    NotKnownHere, StaffByPassword; else as `sign_in` does.
    """
    parts = parts_of(resources)
    supabase = parts.supabase
    if supabase is None:
        raise ProviderOff
    token = wanted.access_token.get_secret_value()
    attempt = f"supabase:{token}"
    await parts.throttle.attempt(attempt)
    with named(Provider.SUPABASE):
        account = await supabase.verify(token)
    await parts.throttle.succeeded(attempt)

    async def proven_email() -> str | None:
        with named(Provider.SUPABASE):
            return await supabase.confirmed_email(token, account)

    claimed = Claimed(
        provider=Provider.SUPABASE,
        issuer=supabase.project.issuer,
        subject=str(account.subject),
        name=account.name,
        sign_up=resources.settings.supabase_sign_up,
    )
    user_id = await person_behind(resources, claimed, proven_email)
    return await sign_in_proven(
        resources, user_id, tenant=wanted.tenant, by_cookie=by_cookie, user_agent=user_agent
    )
