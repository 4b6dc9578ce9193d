"""Who may call what is open to more than one kind of caller."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from bridgecore.infra.auth import Actor, ActorKind, current_actor, tenant_bearer
from bridgecore.infra.problems import Forbidden


async def anyone(request: Request, _: Annotated[object, Depends(tenant_bearer)]) -> Actor:
    """Whoever is signed in: staff, a member, a person without a tenant, an API key."""
    return await current_actor(request)


async def somebody(actor: Annotated[Actor, Depends(anyone)]) -> Actor:
    """Any person who is signed in."""
    if actor.kind is ActorKind.API_KEY:
        raise Forbidden("This address is for people; an API key is nobody's account.")
    return actor


Anyone = Annotated[Actor, Depends(anyone)]
Somebody = Annotated[Actor, Depends(somebody)]
