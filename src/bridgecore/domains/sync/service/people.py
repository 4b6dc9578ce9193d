"""Members matched to the people of their company's Odoo, by login or email."""

from __future__ import annotations

import asyncio
from uuid import UUID

import msgspec

from bridgecore.connectors.errors import ConnectorError
from bridgecore.connectors.odoo import OdooConnector
from bridgecore.domains.connections import service as connections
from bridgecore.domains.identity import service as identity
from bridgecore.domains.identity.schemas.people import MemberChange, MemberFilter, MemberOut
from bridgecore.domains.sync.errors import SourceRefused
from bridgecore.domains.sync.schemas import MatchedPeopleOut
from bridgecore.domains.sync.service.faults import fault_of
from bridgecore.infra.auth import Actor
from bridgecore.infra.resources import Resources

SECONDS = 20.0
_MOST = 10_000


class _User(msgspec.Struct):
    id: int
    login: str | bool = False
    email: str | bool = False
    partner_id: list[int | str] | bool = False


async def match_people(resources: Resources, actor: Actor, tenant_id: UUID) -> MatchedPeopleOut:
    """Tie each member to the Odoo user of their email. Nobody is made or taken away.

    Holds no transaction while Odoo is asked. Raises ConnectionNotFound, ConnectionMissing,
    SourceRefused.
    """
    async with resources.database.tenant(tenant_id) as session:
        connection = await connections.named_connection(session, tenant_id, "odoo")
        source = await connections.source(session, resources, tenant_id, connection.id)
    users = await _users(resources, source)
    matched = unchanged = 0
    unmatched = []
    async with resources.database.tenant(tenant_id) as session:
        members: list[MemberOut] = []
        while True:
            page, total = await identity.list_members(
                session, tenant_id, MemberFilter(), len(members), 1_000
            )
            members.extend(page)
            if not page or len(members) >= total:
                break
        for member in members:
            user = users.get(member.email.lower())
            if user is None:
                unmatched.append(member.email)
                continue
            partner = user.partner_id[0] if isinstance(user.partner_id, list) else None
            partner_id = partner if isinstance(partner, int) else None
            if (member.odoo_user_id, member.odoo_partner_id, member.matched) == (
                user.id,
                partner_id,
                True,
            ):
                unchanged += 1
                continue
            change = MemberChange(odoo_user_id=user.id, odoo_partner_id=partner_id, matched=True)
            await identity.change_member(session, resources, actor, tenant_id, member.id, change)
            matched += 1
    return MatchedPeopleOut(
        matched=matched,
        unchanged=unchanged,
        unmatched=sorted(unmatched),
        message=f"{matched} people were matched to users of Odoo, {unchanged} were already,"
        f" {len(unmatched)} have no user with their email there.",
    )


async def _users(resources: Resources, source: connections.Source) -> dict[str, _User]:
    opened = None
    try:
        opened = source.open(resources)
        assert isinstance(opened, OdooConnector)
        async with asyncio.timeout(SECONDS):
            raw = await opened.client.call(
                "res.users",
                "search_read",
                [],
                {
                    "domain": [["share", "=", False]],
                    "fields": ["login", "email", "partner_id"],
                    "order": "id desc",
                    "limit": _MOST,
                },
                timeout=SECONDS,
            )
    except ConnectorError as error:
        fault = fault_of(error, "its users")
        raise SourceRefused(f"{fault.error} {fault.what_to_do}") from None
    except TimeoutError:
        raise SourceRefused(
            "Odoo did not list its users in time. Try again; if it stays so, ask whoever runs that"
            " Odoo why it is slow."
        ) from None
    finally:
        if opened is not None:
            await opened.close()
    found: dict[str, _User] = {}
    rows = msgspec.json.decode(raw, type=list[_User])
    # the login decides before the email, and the older user before the newer
    for attribute in ("email", "login"):
        for user in rows:
            address = getattr(user, attribute)
            if isinstance(address, str) and address:
                found[address.strip().lower()] = user
    return found
