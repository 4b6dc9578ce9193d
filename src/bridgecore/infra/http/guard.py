"""Which targets may be called: a URL by its look, and each address its name leads to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pyreqwest.http import Url

from bridgecore.kit.addresses import AddressPolicy
from bridgecore.kit.http import AddressRefused

_REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be called, as far as its look tells."""

    url: Url
    host: str
    port: int
    literal: bool

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class AddressGuard:
    """Applies the operator's `AddressPolicy` to a URL, and to each address a name leads to."""

    def __init__(self, policy: AddressPolicy | None = None) -> None:
        self.policy = policy or AddressPolicy()
        self.refuses_address = lru_cache(_REMEMBERED)(self.policy.refuses_address)

    def check_url(self, text: str) -> Target:
        """The target, if its scheme, host and port may be called. Raises AddressRefused."""
        try:
            url = Url(text)
        except ValueError:
            raise AddressRefused("the address is not a URL") from None
        if url.username or url.password is not None:
            raise AddressRefused("the address carries credentials; they belong in a header")
        host = (url.host_str or "").removeprefix("[").removesuffix("]")
        port = url.port_or_known_default or 0
        refusal = self.policy.refuses_url(url.scheme, host, port)
        if refusal is not None:
            raise AddressRefused(f"{host or text[:200]}: {refusal}")
        return Target(url, host, port, literal=url.domain is None)
