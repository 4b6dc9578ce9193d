"""Which network addresses the platform may call on behalf of a tenant.

Tenants give addresses of their Odoo, their n8n, their webhook receivers. Without a rule they could
make the platform call its own network: databases, metadata services, other tenants' instances.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# Services that hand out credentials of the machine; no tenant's system is at any of these. The
# others of their kind are link-local, which is never allowed.
_METADATA: frozenset[IpAddress] = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",  # most clouds
        "fd00:ec2::254",  # Amazon
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure
    )
)

_PRIVATE: tuple[IpNetwork, ...] = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)

_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")

# Services that do not speak HTTP, and could be made to misread it.
_SYSTEM_PORTS = frozenset(
    (*range(19, 26), 53, 69, 110, 111, 119, *range(135, 140), 143, 161, 179, 389, 445, 465)
)
_LOGIN_PORTS = frozenset((*range(512, 516), 587, 636, 873, 993, 995, 2049, 3389, 5900, 6000))
_DATABASE_PORTS = frozenset((1433, 1521, 3306, 5432, 6379, 6380, 11211, 26379, 27017))
_OTHER_SERVICES = _SYSTEM_PORTS | _LOGIN_PORTS | _DATABASE_PORTS

_IPV4_PART = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AllowedTarget:
    """An exception made by the operator: a network, or a host name; any port when `port` is None.

    A host name that starts with a dot stands for every name below it. Names are trusted wherever
    they lead, so they should be names that only the operator can point elsewhere.
    """

    network: IpNetwork | None = None
    name: str = ""
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `10.1.0.0/16`, `127.0.0.1:8069`, `[::1]:8069`, `odoo.internal:8069`, `.internal`.

        Raises ValueError.
        """
        text = text.strip().lower()
        host, port = text, None
        found = re.fullmatch(r"(\[[^\]]+\]|[^:]+):(\d+)", text)
        if found:
            host, port = found.group(1), int(found.group(2))
            if not 0 < port < 65536:
                raise ValueError(f"{text!r} has no such port")
        host = host.removeprefix("[").removesuffix("]")
        try:
            return cls(network=ipaddress.ip_network(host), port=port)
        except ValueError:
            if not re.fullmatch(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*", host):
                raise ValueError(
                    f"{text!r} is not a network, an address or a host name, with or without a port"
                ) from None
        return cls(name=host, port=port)

    def covers(self, host: str, port: int, address: IpAddress | None) -> bool:
        if self.port is not None and self.port != port:
            return False
        if self.network is not None:
            return address is not None and address in self.network
        return host == self.name or (self.name.startswith(".") and host.endswith(self.name))


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """The operator's decision about outgoing calls. The default: public addresses, https only."""

    allow_http: bool = False
    allow_private: bool = False
    allowed: tuple[AllowedTarget, ...] = ()

    @classmethod
    def of(
        cls,
        allowed: Iterable[str] = (),
        *,
        allow_http: bool = False,
        allow_private: bool = False,
    ) -> Self:
        """A policy with exceptions as `AllowedTarget.parse` reads them. Raises ValueError."""
        return cls(
            allow_http=allow_http,
            allow_private=allow_private,
            allowed=tuple(AllowedTarget.parse(text) for text in allowed),
        )

    def refuses_url(self, scheme: str, host: str, port: int) -> str | None:
        """Why a URL is refused before its name is resolved; None: it may be resolved."""
        if scheme not in ("http", "https"):
            return f"{scheme or 'no scheme'} is not http or https"
        host = _plain(host)
        if not host:
            return "it names no host"
        address = literal_address(host)
        if self._excepted(host, port, address):
            return None
        if scheme == "http" and not self.allow_http:
            return "it is not https"
        if port in _OTHER_SERVICES:
            return f"port {port} belongs to another kind of service"
        return None if address is None else self._refuses(address)

    def refuses_address(self, host: str, port: int, address: str) -> str | None:
        """Why a connection to the address that `host` led to is refused; None: it may be made."""
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return f"{address!r} is not an IP address"
        if self._excepted(_plain(host), port, found):
            return None
        return self._refuses(found)

    def _excepted(self, host: str, port: int, address: IpAddress | None) -> bool:
        reached = (None,) if address is None else _reached(address)
        return all(
            any(target.covers(host, port, one) for target in self.allowed) for one in reached
        )

    def _refuses(self, address: IpAddress) -> str | None:
        for one in _reached(address):
            if one in _METADATA:
                return "it is a metadata service"
            if any(one in network for network in _PRIVATE if network.version == one.version):
                if self.allow_private:
                    continue
                return "it is a private address"
            if one.is_loopback:
                return "it is this machine"
            if one.is_link_local:
                return "it is a link-local address"
            if one.is_multicast or one.is_unspecified or one.is_reserved or not one.is_global:
                return "it is not a public address"
        return None


def literal_address(host: str) -> IpAddress | None:
    """The address a host is written as, in any form an operating system would accept.

    `127.1`, `0x7f.0.0.1`, `0177.0.0.1` and `2130706433` are all 127.0.0.1.
    """
    host = _plain(host)
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return _loose_ipv4(host)


def authority(url: str) -> str:
    """`host:port` of an http or https URL, as `AllowedTarget.parse` reads it. Raises ValueError."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    if not parts.hostname or port is None:
        raise ValueError(f"{url!r} is not an http or https URL")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{port}"


def client_network(address: str) -> str:
    """What one caller can be told by: their IPv4 address, or their IPv6 /64 network.

    Text that is no address comes back as it is.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def _plain(host: str) -> str:
    return host.strip().lower().removeprefix("[").removesuffix("]").rstrip(".")


def _loose_ipv4(host: str) -> ipaddress.IPv4Address | None:
    parts = host.split(".")
    if len(parts) > 4 or not all(_IPV4_PART.fullmatch(part) for part in parts):
        return None
    numbers: list[int] = []
    for part in parts:
        try:
            if part.lower().startswith("0x"):
                numbers.append(int(part[2:] or "0", 16))
            else:
                numbers.append(int(part, 8 if part.startswith("0") else 10))
        except ValueError:
            return None
    *leading, last = numbers
    if any(number > 255 for number in leading) or last >= 256 ** (5 - len(numbers)):
        return None
    value = last
    for place, number in enumerate(leading):
        value += number << (8 * (3 - place))
    return ipaddress.IPv4Address(value)


def _reached(address: IpAddress) -> tuple[IpAddress, ...]:
    """The addresses a packet may end at: an IPv6 address can carry an IPv4 one inside."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if any(address in network for network in _NAT64):
        return (_last_32_bits(address),)
    if address in _IPV4_COMPATIBLE and int(address) > 0xFFFF:
        return (address, _last_32_bits(address))
    if address.sixtofour is not None:
        return (address, address.sixtofour)
    if address.teredo is not None:
        return (address, *address.teredo)
    return (address,)


def _last_32_bits(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
