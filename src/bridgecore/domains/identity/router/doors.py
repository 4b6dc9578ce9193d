"""What every door does, whichever side it leads to: sign in, go on, sign out."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import Request, Response

from bridgecore.domains.identity.router.cookies import (
    Bearer,
    SessionHeader,
    UserAgent,
    answer,
    forget,
    given_tokens,
    refresh_token,
    wants_cookie,
)
from bridgecore.domains.identity.schemas.sign_in import Done, RefreshIn, SignIn, TokenPair
from bridgecore.domains.identity.service import sessions
from bridgecore.domains.identity.service.grants import SessionKind
from bridgecore.domains.identity.service.refresh import refresh
from bridgecore.domains.identity.service.sign_in import Door, sign_in
from bridgecore.infra.resources import Resources


async def enter(
    door: Door,
    request: Request,
    response: Response,
    resources: Resources,
    body: SignIn,
    agent: UserAgent,
    token: Bearer,
    session: SessionHeader,
) -> TokenPair:
    granted = await sign_in(
        resources,
        door,
        email=body.email,
        password=body.password.get_secret_value(),
        tenant=None if door is Door.STAFF else body.tenant,
        code=body.code,
        by_cookie=wants_cookie(body, session),
        bearer_sent=token is not None,
        user_agent=agent,
    )
    return answer(request, response, granted)


async def go_on(
    kinds: Collection[SessionKind],
    cookie: str,
    request: Request,
    response: Response,
    resources: Resources,
    body: RefreshIn | None,
) -> TokenPair:
    """Fresh tokens for a refresh token of these kinds, in the body, as bearer or in `cookie`."""
    given = refresh_token(request, body, cookie)
    return answer(request, response, await refresh(resources, given, kinds))


async def leave(
    cookies: Collection[str],
    request: Request,
    response: Response,
    resources: Resources,
    body: RefreshIn | None,
) -> Done:
    await sessions.sign_out(resources, given_tokens(request, body, *cookies))
    for cookie in cookies:
        forget(request, response, cookie)
    return Done(message="Signed out.")
