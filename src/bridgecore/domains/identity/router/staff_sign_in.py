"""Signing in and out of the staff side."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bridgecore.domains.audit.service import audited, unaudited
from bridgecore.domains.identity.router import doors
from bridgecore.domains.identity.router.cookies import (
    STAFF_COOKIE,
    Bearer,
    SessionHeader,
    UserAgent,
)
from bridgecore.domains.identity.schemas.sign_in import (
    Done,
    Me,
    PasswordChange,
    PasswordChanged,
    RefreshIn,
    SignIn,
    TokenPair,
)
from bridgecore.domains.identity.service import profile
from bridgecore.domains.identity.service.grants import STAFF_SIDE
from bridgecore.domains.identity.service.people import change_password
from bridgecore.domains.identity.service.sign_in import Door
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import SessionDep

router = APIRouter(prefix="/admin/auth", tags=["staff sign-in"])

Staff = Annotated[Actor, Depends(requires_staff())]


@router.post("/login", summary="Sign in as staff")
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
    return await doors.enter(
        Door.STAFF, request, response, resources, body, agent, token, x_session
    )


@router.post("/refresh", summary="Fresh tokens for a refresh token of staff")
@unaudited("changes nothing but the token; misuse is audited where it is found")
async def refresh(
    request: Request,
    response: Response,
    resources: ResourcesDep,
    body: RefreshIn | None = None,
) -> TokenPair:
    return await doors.go_on(STAFF_SIDE, STAFF_COOKIE, request, response, resources, body)


@router.post("/logout", summary="Sign out; never fails, whatever the token")
@audited("session.ended")
async def logout(
    request: Request, response: Response, resources: ResourcesDep, body: RefreshIn | None = None
) -> Done:
    return await doors.leave((STAFF_COOKIE,), request, response, resources, body)


@router.get("/me", summary="Who is signed in")
async def me(actor: Staff, session: SessionDep, resources: ResourcesDep) -> Me:
    return await profile.me(session, resources, actor)


@router.post("/change-password", summary="Change your password")
@audited("user.password_changed")
async def change_own_password(
    actor: Staff, resources: ResourcesDep, body: PasswordChange, response: Response
) -> PasswordChanged:
    response.headers["Cache-Control"] = "no-store"
    return await change_password(
        resources,
        actor,
        body.current_password.get_secret_value(),
        body.new_password.get_secret_value(),
    )
