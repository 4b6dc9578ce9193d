"""Which targets may be called: a URL by its look, and each address its name leads to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

from yarl import URL

from bridgecore.kit.addresses import AddressPolicy
from bridgecore.kit.http import AddressRefused

_REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be called, as far as its look tells.

    `path` is what a request asks for, `authority` what its Host header says, both in ASCII.
    `literal`: the host is an address and no name.
    """

    host: str
    port: int
    secure: bool
    literal: bool
    path: str
    authority: str

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
            url = URL(text)
            host, port = url.raw_host or "", url.port or 0
        except ValueError:
            raise AddressRefused("the address is not a URL") from None
        if url.raw_user is not None or url.raw_password is not None:
            raise AddressRefused("the address carries credentials; they belong in a header")
        refusal = self.policy.refuses_url(url.scheme, host, port)
        if refusal is not None:
            raise AddressRefused(f"{host or text[:200]}: {refusal}")
        return Target(
            host=host,
            port=port,
            secure=url.scheme == "https",
            literal=_is_address(host),
            path=url.raw_path_qs or "/",
            authority=url.host_port_subcomponent or host,
        )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
