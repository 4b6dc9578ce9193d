"""Signing in by another system that knows the person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from bridgecore.domains.audit.service import audited
from bridgecore.domains.identity.router.cookies import (
    SessionHeader,
    UserAgent,
    answer,
    wants_cookie,
)
from bridgecore.domains.identity.schemas.external import (
    MicrosoftConfig,
    MicrosoftSignIn,
    RedirectUri,
    SupabaseSignIn,
    WaysIn,
)
from bridgecore.domains.identity.schemas.sign_in import TokenPair
from bridgecore.domains.identity.service import microsoft, supabase
from bridgecore.domains.identity.service.parts import parts_of
from bridgecore.infra.resources import ResourcesDep

router = APIRouter(prefix="/api/v1/auth", tags=["sign-in"])


@router.get("/options", summary="Which ways in there are, beside a password")
async def options(resources: ResourcesDep) -> WaysIn:
    parts = parts_of(resources)
    return WaysIn(
        registration=resources.settings.registration_enabled,
        microsoft=parts.microsoft is not None,
        supabase=parts.supabase is not None,
    )


@router.get("/microsoft/config", summary="Begin a sign-in with Microsoft")
async def microsoft_config(
    resources: ResourcesDep,
    response: Response,
    redirect_uri: Annotated[
        RedirectUri | None, Query(description="One of those registered; else the first of them.")
    ] = None,
) -> MicrosoftConfig:
    response.headers["Cache-Control"] = "no-store"
    return microsoft.begin(resources, redirect_uri)


@router.post("/microsoft/complete", summary="Finish a sign-in with Microsoft")
@audited("session.opened", "identity.linked", "user.created", "session.ended")
async def microsoft_complete(
    request: Request,
    response: Response,
    resources: ResourcesDep,
    body: MicrosoftSignIn,
    agent: UserAgent,
    x_session: SessionHeader = None,
) -> TokenPair:
    granted = await microsoft.complete(
        resources, body, by_cookie=wants_cookie(body, x_session), user_agent=agent
    )
    return answer(request, response, granted)


@router.post("/supabase/complete", summary="Sign in with an access token of Supabase")
@audited("session.opened", "identity.linked", "user.created", "session.ended")
async def supabase_complete(
    request: Request,
    response: Response,
    resources: ResourcesDep,
    body: SupabaseSignIn,
    agent: UserAgent,
    x_session: SessionHeader = None,
) -> TokenPair:
    granted = await supabase.complete(
        resources, body, by_cookie=wants_cookie(body, x_session), user_agent=agent
    )
    return answer(request, response, granted)
