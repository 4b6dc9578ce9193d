"""Whether an Odoo connection works, and what to do where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from bridgecore.connectors.odoo.channel import ServerVersion, server_version
from bridgecore.connectors.odoo.errors import Kind, OdooError, understood
from bridgecore.connectors.odoo.identity import TransportName
from bridgecore.connectors.odoo.wire import Wire

if TYPE_CHECKING:
    from bridgecore.connectors.odoo.client import OdooClient

OLDEST = 15
NEWEST = 19

_ADVICE = {
    Kind.ACCESS_DENIED: "Odoo does not accept the login and password (or API key).",
    Kind.DATABASE_MISSING: "The server has no such database.",
    Kind.TIMED_OUT: "The server did not answer in time.",
    Kind.SESSION_EXPIRED: "Odoo does not keep the session it opens; look at the proxy's cookies.",
}


@dataclass(frozen=True, slots=True)
class OdooStatus:
    """What a check found. Everything but `problems` is None or empty where it was not learned."""

    version: ServerVersion | None = None
    transport: TransportName | None = None
    uid: int | None = None
    login: str | None = None
    name: str | None = None
    user_context: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    error: OdooError | None = None

    @property
    def ok(self) -> bool:
        return self.error is None and self.uid is not None


class _User(msgspec.Struct):
    login: str
    name: str
    partner_id: tuple[int, str] | bool = False
    company_id: tuple[int, str] | bool = False
    company_ids: list[int] = msgspec.field(default_factory=list)


async def check(client: OdooClient, wire: Wire, *, timeout: float) -> OdooStatus:
    """Try the server, the sign-in and a call. Never raises `OdooError`."""
    version = None
    try:
        version = await server_version(wire, timeout=timeout)
        account = await client.account(timeout=timeout)
        context = await _context(client, timeout=timeout)
        user = await _user(client, account.uid, timeout=timeout)
    except OdooError as error:
        return OdooStatus(
            version=version, problems=await _explain(error, wire, timeout=timeout), error=error
        )
    problems = []
    if not OLDEST <= version.major <= NEWEST:
        problems.append(f"Odoo {version.text} is outside the versions known to work (15 to 19).")
    if client.identity.login not in ("", user.login):
        problems.append(f"The API key belongs to {user.login}, not to {client.identity.login}.")
    return OdooStatus(
        version=version,
        transport=account.transport,
        uid=account.uid,
        login=user.login,
        name=user.name,
        user_context=context,
        problems=tuple(problems),
    )


async def session_info(client: OdooClient, *, timeout: float) -> bytes:
    """The main keys of Odoo's session_info, put together for users without a session."""
    account = await client.account(timeout=timeout)
    context = await _context(client, timeout=timeout)
    user = await _user(client, account.uid, timeout=timeout)
    company = user.company_id[0] if isinstance(user.company_id, tuple) else None
    return msgspec.json.encode(
        {
            "uid": account.uid,
            "username": user.login,
            "name": user.name,
            "partner_id": user.partner_id[0] if isinstance(user.partner_id, tuple) else None,
            "user_context": context,
            "db": client.identity.database,
            "server_version": account.version.text,
            "user_companies": {
                "current_company": company,
                "allowed_companies": {str(each): {"id": each} for each in user.company_ids},
            },
        }
    )


async def _context(client: OdooClient, *, timeout: float) -> dict[str, Any]:
    raw = await client.call("res.users", "context_get", timeout=timeout)
    with understood("the user's context"):
        return msgspec.json.decode(raw, type=dict[str, Any])


async def _user(client: OdooClient, uid: int, *, timeout: float) -> _User:
    fields = ["login", "name", "partner_id", "company_id", "company_ids"]
    raw = await client.call("res.users", "read", [[uid], fields], timeout=timeout)
    with understood("the user"):
        (user,) = msgspec.json.decode(raw, type=tuple[_User])
    return user


async def _explain(error: OdooError, wire: Wire, *, timeout: float) -> tuple[str, ...]:
    problems = [_ADVICE.get(error.kind, error.message)]
    if error.kind is Kind.DATABASE_MISSING:
        try:
            raw, _ = await wire.rpc("/web/database/list", {}, timeout=timeout)
            names = msgspec.json.decode(raw, type=list[str])
        except (OdooError, msgspec.ValidationError):
            names = []
        if names:
            problems.append(f"It has {', '.join(names)}.")
    return tuple(problems)
