"""The paths on which existing apps sign in and read their profile; Odoo's part is not here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from bridgecore.domains.audit.service import audited, unaudited
from bridgecore.domains.identity.router.cookies import Bearer, UserAgent
from bridgecore.domains.identity.schemas.sign_in import (
    AppProfile,
    AppProfileIn,
    AppSession,
    AppSignIn,
)
from bridgecore.domains.identity.service.profile import app_profile
from bridgecore.domains.identity.service.sign_in import sign_in_app
from bridgecore.infra.auth import Actor, requires_member
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import SessionDep

router = APIRouter(prefix="/api/v1/auth/tenant", tags=["sign-in"])

Member = Annotated[Actor, Depends(requires_member())]


@router.post("/login", summary="Sign in as a person of a tenant")
@audited("session.opened")
async def login(
    response: Response, resources: ResourcesDep, body: AppSignIn, agent: UserAgent, token: Bearer
) -> AppSession:
    response.headers["Cache-Control"] = "no-store"
    return await sign_in_app(resources, body, bearer_sent=token is not None, user_agent=agent)


@router.post("/me", summary="Who is signed in")
@unaudited("only reads")
async def profile_by_post(
    actor: Member, session: SessionDep, body: AppProfileIn | None = None
) -> AppProfile:
    return await app_profile(session, actor)


@router.get("/me", summary="Who is signed in")
async def profile(actor: Member, session: SessionDep) -> AppProfile:
    return await app_profile(session, actor)
