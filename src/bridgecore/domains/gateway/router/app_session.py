"""Sign-in and profile of existing apps, with what the tenant's Odoo knows of the person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bridgecore.domains.audit.service import audited, unaudited
from bridgecore.domains.gateway.router.callers import GatewayDep
from bridgecore.domains.gateway.router.endpoint import GatewayEndpoint
from bridgecore.domains.gateway.service.profile import OdooProfile
from bridgecore.domains.identity.schemas.sign_in import (
    AppProfile,
    AppProfileIn,
    AppSession,
    AppSignIn,
)
from bridgecore.domains.identity.service import app_profile, sign_in_app
from bridgecore.infra.auth import Actor, ActorKind, bearer_token, requires_member
from bridgecore.infra.resources import Resources, ResourcesDep

router = APIRouter(prefix="/api/v1/auth/tenant", tags=["sign-in"])

Member = Annotated[Actor, Depends(requires_member())]


@router.post("/login", summary="Sign in as a person of a tenant")
@audited("session.opened")
async def login(
    request: Request,
    response: Response,
    resources: ResourcesDep,
    gateway: GatewayDep,
    body: AppSignIn,
) -> AppSession:
    response.headers["Cache-Control"] = "no-store"
    session = await sign_in_app(
        resources,
        body,
        bearer_sent="authorization" in request.headers,
        user_agent=request.headers.get("user-agent", ""),
    )
    profile = OdooProfile(gateway.calls, await gateway.identified(session.access_token))
    place = await profile.place()
    session.tenant.odoo_database = place.database or None
    session.tenant.odoo_version = place.version
    if body.odoo_fields_check is not None:
        session.odoo_fields_data = await profile.checked_fields(
            body.odoo_fields_check, session.user.odoo_user_id
        )
    return session


@router.post("/me", summary="Who is signed in")
@unaudited("only reads")
async def profile_by_post(
    request: Request,
    actor: Member,
    resources: ResourcesDep,
    gateway: GatewayDep,
    body: AppProfileIn | None = None,
) -> AppProfile:
    return await _profile(request, actor, resources, gateway, body)


@router.get("/me", summary="Who is signed in")
async def profile(
    request: Request, actor: Member, resources: ResourcesDep, gateway: GatewayDep
) -> AppProfile:
    return await _profile(request, actor, resources, gateway, None)


async def _profile(
    request: Request,
    actor: Actor,
    resources: Resources,
    gateway: GatewayEndpoint,
    body: AppProfileIn | None,
) -> AppProfile:
    assert actor.tenant_id is not None
    # no transaction is held while Odoo is asked
    async with resources.database.tenant(actor.tenant_id) as session:
        known = await app_profile(session, actor)
    caller = await gateway.identified(bearer_token(request))
    profile = OdooProfile(gateway.calls, caller)
    place = await profile.place()
    known.tenant.odoo_url = place.url
    known.tenant.odoo_database = place.database
    known.tenant.odoo_version = place.version
    user_id = known.user.odoo_user_id
    if actor.kind is ActorKind.API_KEY or not place.url:
        return known
    if user_id is not None and (person := await profile.person(user_id)) is not None:
        known.partner_id = person.partner_id
        known.employee_id = person.employee_id
        known.groups = person.groups
        known.is_admin = person.is_admin
        known.is_internal_user = person.is_internal_user
        known.company_ids = person.company_ids
        known.current_company_id = person.current_company_id
    if body is not None and body.odoo_fields_check is not None:
        known.odoo_fields_data = await profile.own_values(body.odoo_fields_check, user_id)
    return known
