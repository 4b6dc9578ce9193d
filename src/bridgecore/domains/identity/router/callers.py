"""Who may call what is open to more than one kind of caller."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from bridgecore.infra.auth import Actor, ActorKind, current_actor, staff_bearer, tenant_bearer
from bridgecore.infra.problems import Forbidden


async def anyone(request: Request, _: Annotated[object, Depends(tenant_bearer)]) -> Actor:
    """Whoever is signed in: staff, a member, a person without a tenant, an API key."""
    return await current_actor(request)


async def somebody(actor: Annotated[Actor, Depends(anyone)]) -> Actor:
    """Any person who is signed in."""
    if actor.kind is ActorKind.API_KEY:
        raise Forbidden("This address is for people; an API key is nobody's account.")
    return actor


def requires_member_or_staff(permission: str) -> Callable[..., Awaitable[Actor]]:
    """A dependency: a member has `permission` in their tenant, or staff have it for all of them."""

    async def member_or_staff(
        request: Request,
        _: Annotated[object, Depends(tenant_bearer)],
        __: Annotated[object, Depends(staff_bearer)],
    ) -> Actor:
        actor = await current_actor(request)
        if actor.kind is ActorKind.PERSON:
            raise Forbidden("This address is for people of a tenant; sign in as one.")
        if not actor.may(permission):
            raise Forbidden(
                f"This needs the permission {permission},"
                f" which the role {actor.role or 'given'} lacks."
            )
        return actor

    return member_or_staff


Anyone = Annotated[Actor, Depends(anyone)]
Somebody = Annotated[Actor, Depends(somebody)]
