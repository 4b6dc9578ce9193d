"""What identity keeps open in one process, held by its Resources."""

from __future__ import annotations

from dataclasses import dataclass

from bridgecore.domains.identity.service.passwords import PasswordHasher
from bridgecore.domains.identity.service.throttling import SignInThrottle
from bridgecore.domains.identity.service.tokens import TokenSigner
from bridgecore.infra.resources import Resources

_NAME = "identity"


@dataclass(frozen=True, slots=True)
class Parts:
    signer: TokenSigner
    passwords: PasswordHasher
    throttle: SignInThrottle


def parts_of(resources: Resources) -> Parts:
    """The parts of this process, made when first asked for."""
    parts: Parts | None = resources.extensions.get(_NAME)
    if parts is None:
        parts = Parts(
            signer=TokenSigner(resources.settings),
            passwords=PasswordHasher(),
            throttle=SignInThrottle(resources.redis),
        )
        resources.extensions[_NAME] = parts
    return parts


async def close(resources: Resources) -> None:
    """Let go of the hashing thread."""
    parts: Parts | None = resources.extensions.pop(_NAME, None)
    if parts is not None:
        parts.passwords.close()
