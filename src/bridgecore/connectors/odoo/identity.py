"""Whom we are to one Odoo: address, database, login and secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from bridgecore.connectors.odoo.errors import Kind, odoo_error

_API_KEY = re.compile(r"[0-9a-f]{40}")
# What people paste from the address bar after the server's own address.
_PAGE = re.compile(r"/(web|odoo|jsonrpc|xmlrpc|json)(/.*)?$")


class TransportName(StrEnum):
    """The three ways to call Odoo, and the choice among them."""

    AUTO = "auto"
    SESSION = "session"
    JSONRPC = "jsonrpc"
    JSON2 = "json2"


@dataclass(frozen=True, slots=True)
class OdooIdentity:
    """One user of one Odoo database. `secret` is a password or an API key."""

    url: str
    database: str
    login: str
    secret: str = field(repr=False)
    transport: TransportName = TransportName.AUTO

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", server_address(self.url))

    @property
    def looks_like_api_key(self) -> bool:
        """Odoo's keys are 40 hexadecimal digits; few passwords are."""
        return _API_KEY.fullmatch(self.secret) is not None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> OdooIdentity:
        """The identity in a stored configuration. Raises `Rejected` naming what is missing."""
        missing = [
            name
            for name in ("url", "database", "username", "password")
            if not isinstance(config.get(name), str) or not config[name]
        ]
        if missing:
            raise odoo_error(Kind.BAD_REQUEST, f"The Odoo settings lack {', '.join(missing)}.")
        try:
            transport = TransportName(config.get("transport") or TransportName.AUTO)
        except ValueError:
            raise odoo_error(
                Kind.BAD_REQUEST, "`transport` is one of auto, session, jsonrpc, json2."
            ) from None
        return cls(
            url=config["url"],
            database=config["database"],
            login=config["username"],
            secret=config["password"],
            transport=transport,
        )


def server_address(url: str) -> str:
    """The server's address in a URL as people paste it: no page, query or trailing slash.

    Raises `Rejected` where it is no http address or carries credentials.
    """
    text = url.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise odoo_error(Kind.BAD_REQUEST, "The Odoo address must be an http or https URL.")
    if "@" in parts.netloc:
        raise odoo_error(Kind.BAD_REQUEST, "The Odoo address must not contain credentials.")
    path = _PAGE.sub("", parts.path.rstrip("/")).rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
