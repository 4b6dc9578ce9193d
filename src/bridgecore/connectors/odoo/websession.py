"""Calls over Odoo's web session: the password is checked once, a cookie after that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from bridgecore.connectors.odoo.arguments import Args, Kwargs
from bridgecore.connectors.odoo.channel import (
    Account,
    CreateRequest,
    ServerVersion,
    created_id,
    server_version,
)
from bridgecore.connectors.odoo.errors import Kind, OdooError, odoo_error
from bridgecore.connectors.odoo.identity import OdooIdentity, TransportName
from bridgecore.connectors.odoo.wire import JSON_HEADERS, Wire, rpc_body
from bridgecore.kit.http import HttpResponse


class _Params(msgspec.Struct):
    model: str
    method: str
    args: Any
    kwargs: Any


class _SessionInfo(msgspec.Struct):
    uid: int | bool | None = None
    user_context: dict[str, Any] = msgspec.field(default_factory=dict)
    server_version: str = ""


class WebSession:
    """A signed-in session. Follows the rotation of its cookie; is not renewed once refused."""

    def __init__(self, wire: Wire, account: Account, cookies: Mapping[str, str]) -> None:
        self._wire = wire
        self.account = account
        self._cookies = dict(cookies)
        self._headers = self._with_cookies()

    @property
    def cookie(self) -> str:
        """The Cookie header of this session."""
        return self._headers["cookie"]

    async def call(
        self, model: str, method: str, args: Args, kwargs: Kwargs, *, timeout: float
    ) -> bytes:
        params = _Params(model, method, args, kwargs)
        return await self.route(
            "/web/dataset/call_kw", params, model=model, method=method, timeout=timeout
        )

    async def route(
        self, path: str, params: Any, *, timeout: float, model: str = "", method: str = ""
    ) -> bytes:
        """Call one of the session's JSON routes: the result's bytes."""
        try:
            result, response = await self._wire.rpc(
                path, params, headers=self._headers, model=model, method=method, timeout=timeout
            )
        except OdooError as error:
            if error.kind is Kind.NOT_ODOO and error.status in (303, 404):
                # A session that lost its database has no such route, or is sent to log in.
                raise odoo_error(
                    Kind.SESSION_EXPIRED, "Odoo no longer knows the session.", status=error.status
                ) from error
            if error.kind is Kind.ACCESS_DENIED:
                # The session stands: it is the method that denies, a wrong old password say.
                raise odoo_error(
                    Kind.ACCESS_ERROR, error.message, exception=error.exception
                ) from error
            raise
        if response.set_cookie:
            self.adopt(response)
        return result

    def adopt(self, response: HttpResponse) -> None:
        """Take over the cookies an answer sets: Odoo 19 renames its sessions every few hours."""
        cookies = self._cookies | read_cookies(response)
        if cookies != self._cookies:
            self._cookies = cookies
            self._headers = self._with_cookies()

    def create_request(self, model: str, values: Mapping[str, Any]) -> CreateRequest:
        params = _Params(model, "create", [values], {})
        return CreateRequest("/web/dataset/call_kw", self._headers, rpc_body(params))

    def created(self, response: HttpResponse, model: str) -> int:
        return created_id(self._wire.rpc_result(response, model=model, method="create"))

    async def close(self, *, timeout: float) -> None:
        await self._wire.rpc("/web/session/destroy", {}, headers=self._headers, timeout=timeout)

    def _with_cookies(self) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {**JSON_HEADERS, "cookie": cookie}


async def sign_in(wire: Wire, identity: OdooIdentity, *, timeout: float) -> WebSession:
    """Open a session with a password. Raises `OdooError`; an API key is access_denied here."""
    params = {"db": identity.database, "login": identity.login, "password": identity.secret}
    raw, response = await wire.rpc("/web/session/authenticate", params, timeout=timeout)
    try:
        info = msgspec.json.decode(raw, type=_SessionInfo)
    except msgspec.ValidationError:
        raise odoo_error(Kind.NOT_ODOO, "The sign-in answer is not Odoo's.") from None
    if not info.uid or info.uid is True:
        raise odoo_error(
            Kind.MFA_REQUIRED,
            "This Odoo user signs in with a second factor. Create an API key for the user in"
            " Odoo (Preferences, Account Security) and store it in place of the password.",
        )
    cookies = read_cookies(response)
    if "session_id" not in cookies:
        raise odoo_error(
            Kind.NOT_ODOO, "Odoo opened a session, but no session cookie came through."
        )
    version = (
        ServerVersion.parse(info.server_version)
        if info.server_version
        else await server_version(wire, timeout=timeout)
    )
    account = Account(info.uid, version, TransportName.SESSION, info.user_context)
    return WebSession(wire, account, cookies)


def read_cookies(response: HttpResponse) -> dict[str, str]:
    """The cookies an answer sets, by name; those it takes back are left out."""
    cookies = {}
    for line in response.set_cookie:
        name, separator, value = line.partition(";")[0].partition("=")
        if separator and value.strip():
            cookies[name.strip()] = value.strip()
    return cookies
