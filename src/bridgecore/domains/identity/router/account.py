"""The caller's own account: who they are, and their password."""

from __future__ import annotations

from fastapi import APIRouter, Response, status

from bridgecore.domains.audit.service import audited, unaudited
from bridgecore.domains.identity.router.callers import Anyone, Somebody
from bridgecore.domains.identity.schemas.sign_in import (
    Done,
    Me,
    PasswordChange,
    PasswordChanged,
    PasswordForgotten,
    PasswordReset,
    ProfileChange,
)
from bridgecore.domains.identity.service import people, profile
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import SessionDep

router = APIRouter(prefix="/api/v1/auth", tags=["account"])


@router.get("/me", summary="Who is signed in, where, and what they may do")
async def me(actor: Anyone, session: SessionDep, resources: ResourcesDep) -> Me:
    return await profile.me(session, resources, actor)


@router.patch("/me", summary="Change your name or language")
@audited("user.changed")
async def change_me(
    actor: Somebody, session: SessionDep, resources: ResourcesDep, body: ProfileChange
) -> Me:
    await profile.change_profile(resources, actor, body)
    return await profile.me(session, resources, actor)


@router.post("/change-password", summary="Change your password; other sessions end")
@audited("user.password_changed")
async def change_password(
    actor: Somebody, resources: ResourcesDep, body: PasswordChange, response: Response
) -> PasswordChanged:
    response.headers["Cache-Control"] = "no-store"
    return await people.change_password(
        resources,
        actor,
        body.current_password.get_secret_value(),
        body.new_password.get_secret_value(),
    )


@router.post(
    "/forgot-password",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Ask for a link to set a new password",
)
@unaudited("says nothing about whether there is such an account; setting the password is audited")
async def forgot_password(resources: ResourcesDep, body: PasswordForgotten) -> Done:
    await people.forgot_password(resources, body.email)
    return Done(message="If there is an account with this email, a link is on its way to it.")


@router.post("/reset-password", summary="Set a new password by the link that was mailed")
@audited("user.password_changed")
async def reset_password(resources: ResourcesDep, body: PasswordReset) -> Done:
    await people.reset_password(
        resources, body.token.get_secret_value(), body.new_password.get_secret_value()
    )
    return Done(message="The password is set; sign in with it.")
