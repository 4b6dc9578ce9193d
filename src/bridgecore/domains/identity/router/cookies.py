"""Where refresh tokens travel: body, bearer, or a cookie that scripts can't read."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request, Response

from bridgecore.domains.identity.schemas.external import ExternalSignIn
from bridgecore.domains.identity.schemas.sign_in import RefreshIn, SignIn, TokenPair
from bridgecore.domains.identity.service.grants import SessionKind, SignedIn
from bridgecore.infra.resources import resources_of

TENANT_COOKIE = "bc_refresh"
STAFF_COOKIE = "bc_staff_refresh"
_PATHS = {TENANT_COOKIE: "/api/v1/auth", STAFF_COOKIE: "/admin/auth"}

SessionHeader = Annotated[
    str | None,
    Header(alias="X-Session", description="`cookie`: keep the refresh token in a cookie."),
]


def bearer(request: Request) -> str | None:
    """The bearer token of a request, if it has one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def user_agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


UserAgent = Annotated[str, Depends(user_agent)]
Bearer = Annotated[str | None, Depends(bearer)]


def wants_cookie(body: SignIn | ExternalSignIn, header: str | None) -> bool:
    return body.cookie or header == "cookie"


def answer(request: Request, response: Response, granted: SignedIn) -> TokenPair:
    """The answer to a sign-in or refresh; sets the cookie where the session lives in one."""
    response.headers["Cache-Control"] = "no-store"
    if granted.by_cookie:
        name = STAFF_COOKIE if granted.kind is SessionKind.STAFF else TENANT_COOKIE
        response.set_cookie(
            name,
            granted.refresh_token,
            max_age=granted.refresh_seconds,
            path=_PATHS[name],
            secure=_is_https(request),
            httponly=True,
            samesite="strict",
        )
    return granted.pair


def forget(request: Request, response: Response, name: str) -> None:
    """Take the cookie away, if the browser sent one."""
    if name in request.cookies:
        response.delete_cookie(
            name,
            path=_PATHS[name],
            secure=_is_https(request),
            httponly=True,
            samesite="strict",
        )


def given_tokens(request: Request, body: RefreshIn | None, *cookies: str) -> list[str]:
    """Every token a request brings: of the body, the bearer, then the cookies."""
    found = [
        body.refresh_token.get_secret_value() if body and body.refresh_token else None,
        bearer(request),
        *(request.cookies.get(name) for name in cookies),
    ]
    return [token for token in found if token]


def refresh_token(request: Request, body: RefreshIn | None, cookie: str) -> str:
    """The refresh token of a request; empty when it brings none."""
    return next(iter(given_tokens(request, body, cookie)), "")


def _is_https(request: Request) -> bool:
    public = resources_of(request).settings.public_url
    return request.url.scheme == "https" or public.startswith("https://")
