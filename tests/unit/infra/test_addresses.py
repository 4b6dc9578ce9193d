"""Which addresses tenants may make the platform call."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgecore.kit.addresses import (
    AddressPolicy,
    AllowedTarget,
    authority,
    client_network,
    literal_address,
)

PUBLIC = AddressPolicy()

REFUSED = [
    "127.0.0.1",
    "127.255.0.9",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "fc00::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
]
OPEN = [
    "1.1.1.1",
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "64:ff9b::101:101",
]


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert PUBLIC.refuses_url("https", address, 443)
    assert PUBLIC.refuses_url("https", f"[{address}]", 443)
    assert PUBLIC.refuses_address("odoo.example.com", 443, address)


@pytest.mark.parametrize("address", OPEN)
def test_public_addresses_are_open(address: str) -> None:
    assert PUBLIC.refuses_url("https", address, 443) is None
    assert PUBLIC.refuses_address("odoo.example.com", 443, address) is None


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "127.0.0.1.",
        "0",
        "017700000001",
    ],
)
def test_every_way_to_write_this_machine_is_seen(host: str) -> None:
    assert PUBLIC.refuses_url("https", host, 443)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.sampled_from(["%d", "0x%x", "0%o"]))
def test_loose_forms_are_read_as_the_system_reads_them(value: int, count: int, form: str) -> None:
    octets = value.to_bytes(4)
    parts = [*octets[: count - 1], int.from_bytes(octets[count - 1 :])]
    host = ".".join(form % part for part in parts)
    assert literal_address(host) == ipaddress.IPv4Address(socket.inet_aton(host))


@given(st.from_regex(r"[0-9a-fx]{1,9}(\.[0-9a-fx]{1,4}){0,4}", fullmatch=True))
def test_whatever_the_system_takes_for_an_address_is_taken_for_one(host: str) -> None:
    try:
        read = ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return
    assert literal_address(host) == read


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_judged_alike(address: ipaddress.IPv4Address) -> None:
    plain = PUBLIC.refuses_address("h", 443, str(address)) is None
    for wrapped in (f"::ffff:{address}", str(ipaddress.IPv6Address(f"64:ff9b::{address}"))):
        assert (PUBLIC.refuses_address("h", 443, wrapped) is None) is plain


@pytest.mark.parametrize("scheme", ["", "http", "ftp", "file", "gopher", "unix"])
def test_other_schemes_are_refused(scheme: str) -> None:
    assert PUBLIC.refuses_url(scheme, "odoo.example.com", 443)


@pytest.mark.parametrize("port", [22, 25, 5432, 6379, 11211])
def test_ports_of_other_services_are_refused(port: int) -> None:
    assert PUBLIC.refuses_url("https", "odoo.example.com", port)


@pytest.mark.parametrize("port", [443, 80, 8069, 8443, 5678, 30443])
def test_other_ports_are_open(port: int) -> None:
    assert PUBLIC.refuses_url("https", "odoo.example.com", port) is None


def test_private_networks_open_without_opening_the_machine_or_its_metadata() -> None:
    policy = AddressPolicy.of(allow_private=True, allow_http=True)
    for address in ("10.0.0.1", "192.168.0.5", "fd12::1", "::ffff:10.0.0.1", "100.64.0.1"):
        assert policy.refuses_url("http", address, 8069) is None
        assert policy.refuses_address("h", 8069, address) is None
    for address in (
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fd00:ec2::254",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
    ):
        assert policy.refuses_url("http", address, 8069)
        assert policy.refuses_address("h", 8069, address)


def test_exceptions_open_what_they_name_and_nothing_beside() -> None:
    policy = AddressPolicy.of(
        ["127.0.0.1:8069", "10.20.0.0/16", "odoo.internal:8070", ".instances.local", "[::1]:9000"]
    )
    assert policy.refuses_url("http", "127.0.0.1", 8069) is None
    assert policy.refuses_address("127.0.0.1", 8069, "127.0.0.1") is None
    assert policy.refuses_url("http", "127.0.0.1", 8070)
    assert policy.refuses_address("127.0.0.1", 8070, "127.0.0.1")
    assert policy.refuses_url("http", "127.0.0.2", 8069)
    assert policy.refuses_address("any.example", 9999, "10.20.255.1") is None
    assert policy.refuses_address("any.example", 9999, "10.21.0.1")
    assert policy.refuses_url("http", "Odoo.Internal", 8070) is None
    assert policy.refuses_address("odoo.internal", 8070, "127.0.0.1") is None
    assert policy.refuses_address("odoo.internal", 8071, "127.0.0.1")
    assert policy.refuses_address("a.instances.local", 80, "192.168.3.4") is None
    assert policy.refuses_address("ainstances.local", 80, "192.168.3.4")
    assert policy.refuses_url("http", "[::1]", 9000) is None
    assert policy.refuses_url("http", "[::1]", 9001)


@pytest.mark.parametrize("text", ["", "http://x", "a b", "host:0", "host:99999", "10.0.0.1/8:80"])
def test_exceptions_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        AllowedTarget.parse(text)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8069/web", "127.0.0.1:8069"),
        ("https://Odoo.Example.com", "odoo.example.com:443"),
        ("http://[::1]/x", "[::1]:80"),
    ],
)
def test_authority_of_a_url_is_an_exception_for_it(url: str, expected: str) -> None:
    assert authority(url) == expected
    host, _, port = expected.rpartition(":")
    assert AddressPolicy.of([expected]).refuses_url("http", host, int(port)) is None


@pytest.mark.parametrize("url", ["", "odoo:8069", "ftp://odoo/", "http://:80/"])
def test_authority_of_anything_else_is_a_mistake(url: str) -> None:
    with pytest.raises(ValueError):
        authority(url)


def test_callers_are_told_apart_by_network() -> None:
    assert client_network("203.0.113.9") == "203.0.113.9"
    assert client_network("::ffff:203.0.113.9") == "203.0.113.9"
    assert client_network("2001:db8:1:2:3::4") == client_network("2001:db8:1:2::9")
    assert client_network("2001:db8:1:2::1") != client_network("2001:db8:1:3::1")
    assert client_network("unknown") == "unknown"
