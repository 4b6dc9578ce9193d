"""Who is calling: the actor of a request, and the permissions a route asks for in its signature.

This room knows no people and no tokens: `domains.identity` supplies the `Authenticator`, so that
floors below it can still ask who is calling.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from bridgecore.infra.problems import Forbidden, Unauthorized


class ActorKind(StrEnum):
    STAFF = "staff"
    MEMBER = "member"
    API_KEY = "api_key"
    PERSON = "person"  # signed in, but in no tenant yet


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller of one request.

    `id` is the user's id (of an API key: the key's). `tenant_id` and `membership_id` are None for
    staff. `permissions` are strings such as `connections:write`; `*` is everything of that kind.
    """

    kind: ActorKind
    id: UUID
    email: str
    tenant_id: UUID | None = None
    membership_id: UUID | None = None
    session_id: UUID | None = None
    role: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)

    def may(self, permission: str) -> bool:
        if "*" in self.permissions or permission in self.permissions:
            return True
        subject, _, _ = permission.partition(":")
        return f"{subject}:*" in self.permissions


class Authenticator(Protocol):
    """Finds the actor of a request. Raises `Unauthorized` when its token is no good."""

    async def authenticate(self, request: Request) -> Actor: ...


async def current_actor(request: Request) -> Actor:
    """The actor of `request`, found once."""
    actor: Actor | None = getattr(request.state, "actor", None)
    if actor is None:
        authenticator: Authenticator = request.app.state.authenticator
        actor = await authenticator.authenticate(request)
        request.state.actor = actor
    return actor


async def counted_for_plan(request: Request) -> None:
    """A dependency of routes: what people read there counts for the plan of their tenant.

    Calls of API keys and changes always do. What a person only looks at counts for that person,
    or else the pages about a tenant's limits would be what uses them up.
    """
    request.state.counted_for_plan = True


def counts_for_plan(request: Request, kind: ActorKind) -> bool:
    """Whether a request of the control plane counts for the plan of its tenant."""
    is_looking = kind is ActorKind.MEMBER and request.method in ("GET", "HEAD")
    return not is_looking or getattr(request.state, "counted_for_plan", False)


tenant_bearer = HTTPBearer(
    auto_error=False, scheme_name="tenant", description="Tenant access token or API key"
)
staff_bearer = HTTPBearer(auto_error=False, scheme_name="staff", description="Staff access token")


def requires_member(permission: str | None = None) -> Callable[..., Awaitable[Actor]]:
    """A dependency: the caller works inside one tenant and has `permission` there."""

    async def member(request: Request, _: Annotated[object, Depends(tenant_bearer)]) -> Actor:
        actor = await current_actor(request)
        if actor.kind not in (ActorKind.MEMBER, ActorKind.API_KEY):
            raise Forbidden("This address is for people of a tenant; sign in as one.")
        return _checked(actor, permission)

    return member


def requires_staff(permission: str | None = None) -> Callable[..., Awaitable[Actor]]:
    """A dependency: the caller runs the platform and has `permission`."""

    async def staff(request: Request, _: Annotated[object, Depends(staff_bearer)]) -> Actor:
        actor = await current_actor(request)
        if actor.kind is not ActorKind.STAFF:
            raise Forbidden("This address is for platform staff; sign in at /admin/auth/login.")
        return _checked(actor, permission)

    return staff


def requires_person() -> Callable[..., Awaitable[Actor]]:
    """A dependency: a person signed in through the tenant side, in a tenant or not."""

    async def person(request: Request, _: Annotated[object, Depends(tenant_bearer)]) -> Actor:
        actor = await current_actor(request)
        if actor.kind in (ActorKind.STAFF, ActorKind.API_KEY):
            raise Forbidden("This address is for people of a tenant; sign in as one.")
        return actor

    return person


def _checked(actor: Actor, permission: str | None) -> Actor:
    if permission is not None and not actor.may(permission):
        raise Forbidden(
            f"This needs the permission {permission}, which the role {actor.role or 'given'} lacks."
        )
    return actor


def bearer_token(request: Request) -> str:
    """The bearer token of a request. Raises Unauthorized when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized
    return token.strip()
