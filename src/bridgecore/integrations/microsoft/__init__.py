"""Sign-in with Microsoft (Entra ID, v2.0 endpoint): authorization code with PKCE."""

from bridgecore.integrations.microsoft.client import EntraClient
from bridgecore.integrations.microsoft.contract import (
    Application,
    CodeRefused,
    MicrosoftAccount,
    MicrosoftIdentity,
)

__all__ = [
    "Application",
    "CodeRefused",
    "EntraClient",
    "MicrosoftAccount",
    "MicrosoftIdentity",
]
