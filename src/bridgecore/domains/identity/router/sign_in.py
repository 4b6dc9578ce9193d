"""Signing in and out of the tenant side. `/auth/login` lets staff in as well."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bridgecore.domains.audit.service import audited, unaudited
from bridgecore.domains.identity.router import doors
from bridgecore.domains.identity.router.cookies import (
    STAFF_COOKIE,
    TENANT_COOKIE,
    Bearer,
    SessionHeader,
    UserAgent,
    answer,
)
from bridgecore.domains.identity.schemas.sign_in import (
    Done,
    RefreshIn,
    SecondFactor,
    SignIn,
    SwitchTenant,
    TokenPair,
)
from bridgecore.domains.identity.service.grants import EITHER_SIDE, TENANT_SIDE
from bridgecore.domains.identity.service.sign_in import (
    Door,
    finish_sign_in,
    switch_tenant,
)
from bridgecore.infra.auth import Actor, requires_person
from bridgecore.infra.resources import ResourcesDep

router = APIRouter(prefix="/api/v1/auth", tags=["sign-in"])

_COOKIES = (TENANT_COOKIE, STAFF_COOKIE)


@router.post("/login", summary="Sign in as staff or as a person of a tenant")
@audited("session.opened")
async def login(
    request: Request,
    response: Response,
    resources: ResourcesDep,
    body: SignIn,
    agent: UserAgent,
    token: Bearer,
    x_session: SessionHeader = None,
) -> TokenPair:
    return await doors.enter(Door.ANY, request, response, resources, body, agent, token, x_session)


@router.post("/second-factor", summary="Finish a sign-in with a code of the authenticator app")
@audited("session.opened", "second_factor.code_used")
async def second_factor(
    request: Request,
    response: Response,
    resources: ResourcesDep,
    body: SecondFactor,
    agent: UserAgent,
    token: Bearer,
) -> TokenPair:
    granted = await finish_sign_in(
        resources,
        body.challenge.get_secret_value(),
        body.code,
        bearer_sent=token is not None,
        user_agent=agent,
    )
    return answer(request, response, granted)


@router.post("/refresh", summary="Fresh tokens for a refresh token of any kind")
@unaudited("changes nothing but the token; misuse is audited where it is found")
async def refresh(
    request: Request,
    response: Response,
    resources: ResourcesDep,
    body: RefreshIn | None = None,
) -> TokenPair:
    return await doors.go_on(EITHER_SIDE, TENANT_COOKIE, request, response, resources, body)


@router.post("/tenant/refresh", summary="Fresh tokens for a refresh token of an app")
@unaudited("changes nothing but the token; misuse is audited where it is found")
async def tenant_refresh(
    request: Request,
    response: Response,
    resources: ResourcesDep,
    body: RefreshIn | None = None,
) -> TokenPair:
    return await doors.go_on(TENANT_SIDE, TENANT_COOKIE, request, response, resources, body)


@router.post("/logout", summary="Sign out; never fails, whatever the token")
@audited("session.ended")
async def logout(
    request: Request, response: Response, resources: ResourcesDep, body: RefreshIn | None = None
) -> Done:
    return await doors.leave(_COOKIES, request, response, resources, body)


@router.post("/tenant/logout", summary="Sign out of an app; never fails, whatever the token")
@audited("session.ended")
async def tenant_logout(
    request: Request, response: Response, resources: ResourcesDep, body: RefreshIn | None = None
) -> Done:
    return await doors.leave(_COOKIES, request, response, resources, body)


@router.post("/switch-tenant", summary="Go on in another tenant you belong to")
@audited("session.opened", "session.ended")
async def switch(
    request: Request,
    response: Response,
    actor: Annotated[Actor, Depends(requires_person())],
    resources: ResourcesDep,
    body: SwitchTenant,
    agent: UserAgent,
) -> TokenPair:
    granted = await switch_tenant(
        resources,
        actor,
        body.tenant,
        by_cookie=TENANT_COOKIE in request.cookies,
        user_agent=agent,
    )
    return answer(request, response, granted)
