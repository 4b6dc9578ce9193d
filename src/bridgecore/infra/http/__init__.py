"""The outbound HTTP client: pooled, bounded, and unable to call what it must not.

Tenants say where their systems are, so every connection passes `AddressGuard`. Names are looked up
here, and a connection is made to the very address that was checked, so a name that resolves
differently a moment later gains nothing. The URL is parsed once, by the parser that connects.
"""

from bridgecore.infra.http.guard import AddressGuard, Target
from bridgecore.infra.http.transport import HttpTransport

__all__ = ["AddressGuard", "HttpTransport", "Target"]
