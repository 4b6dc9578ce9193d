"""What identity keeps open in one process, held by its Resources."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from bridgecore.domains.identity.service.passwords import PasswordHasher
from bridgecore.domains.identity.service.throttling import SignInThrottle
from bridgecore.domains.identity.service.tokens import TokenSigner
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from bridgecore.integrations.microsoft import Application, EntraClient, MicrosoftIdentity
from bridgecore.integrations.supabase import Project, SupabaseClient, SupabaseIdentity

_NAME = "identity"


@dataclass(frozen=True, slots=True)
class Parts:
    signer: TokenSigner
    passwords: PasswordHasher
    throttle: SignInThrottle
    microsoft: MicrosoftIdentity | None
    supabase: SupabaseIdentity | None


def parts_of(resources: Resources) -> Parts:
    """The parts of this process, made when first asked for."""
    parts: Parts | None = resources.extensions.get(_NAME)
    if parts is None:
        parts = Parts(
            signer=TokenSigner(resources.settings),
            passwords=PasswordHasher(),
            throttle=SignInThrottle(resources.redis),
            microsoft=_microsoft(resources),
            supabase=_supabase(resources),
        )
        resources.extensions[_NAME] = parts
    return parts


def redirect_uris(settings: Settings) -> list[str]:
    """Where Microsoft may send people back to; the first is the default."""
    if settings.microsoft_redirect_uris or not settings.public_url:
        return settings.microsoft_redirect_uris
    return [f"{settings.public_url.rstrip('/')}/dashboard/sign-in/microsoft"]


def _microsoft(resources: Resources) -> MicrosoftIdentity | None:
    settings = resources.settings
    if not settings.microsoft_client_id or not redirect_uris(settings):
        return None
    application = Application(
        authority=settings.microsoft_authority,
        tenant=settings.microsoft_tenant_id,
        client_id=settings.microsoft_client_id,
        client_secret=settings.secret("microsoft_client_secret"),
        allowed=frozenset(UUID(each) for each in settings.microsoft_allowed_tenants),
    )
    return EntraClient(resources.http, application)


def _supabase(resources: Resources) -> SupabaseIdentity | None:
    settings = resources.settings
    issuer = settings.supabase_issuer or (
        f"{settings.supabase_url}/auth/v1" if settings.supabase_url else ""
    )
    if not issuer:
        return None
    project = Project(
        issuer=issuer,
        audience=settings.supabase_audience,
        secret=settings.secret("supabase_jwt_secret"),
        api_key=settings.secret("supabase_api_key"),
    )
    return SupabaseClient(resources.http, project)


async def close(resources: Resources) -> None:
    """Let go of the hashing thread."""
    parts: Parts | None = resources.extensions.pop(_NAME, None)
    if parts is not None:
        parts.passwords.close()
