"""Everything beside the public API: health, the start page, headless set-up, webhooks."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import Any

import orjson
from aiohttp import web

from .api import refused, reply
from .installation import SCOPES, Installation, iso

_PASSWORD = re.compile(r"(?=.*\d)(?=.*[A-Z]).{8,64}")
_START_PAGE = (
    '<!DOCTYPE html><html><head><meta name="n8n:config:rest-endpoint" content="cmVzdA==">'
    '<meta name="n8n:config:sentry" content="{sentry}"></head><body></body></html>'
)


class Pages:
    """The addresses outside `/api/v1`. A sign-in with a `browser-id` is good for that id alone."""

    def __init__(self, installation: Installation) -> None:
        self.server = installation
        self._sessions: dict[str, str | None] = {}

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is answered there."""
        return [
            web.get("/", self.start_page),
            web.get("/healthz", self.health),
            web.get("/healthz/readiness", self.health),
            web.post("/rest/owner/setup", self.set_up_owner),
            web.post("/rest/login", self.sign_in),
            web.get("/rest/api-keys/scopes", self.scopes),
            web.post("/rest/api-keys", self.make_key),
            web.route("*", "/webhook/{path:.*}", self.webhook),
            web.route("*", "/{rest:.*}", self.lost),
        ]

    async def start_page(self, request: web.Request) -> web.StreamResponse:
        told = {"dsn": "", "environment": "production", "release": f"n8n@{self.server.version}"}
        page = _START_PAGE.format(sentry=base64.b64encode(orjson.dumps(told)).decode())
        return web.Response(text=page, content_type="text/html")

    async def health(self, request: web.Request) -> web.StreamResponse:
        return reply({"status": "ok"})

    async def lost(self, request: web.Request) -> web.StreamResponse:
        return web.Response(
            text=f"<pre>Cannot {request.method} {request.path}</pre>",
            status=404,
            content_type="text/html",
        )

    # ── headless set-up ─────────────────────────────────────────────────────────────────────────

    async def set_up_owner(self, request: web.Request) -> web.StreamResponse:
        body = orjson.loads(await request.read())
        if self.server.owner is not None:
            return reply({"code": 400, "message": "Instance owner already setup"}, 400)
        if _PASSWORD.fullmatch(str(body.get("password", ""))) is None:
            issue = {
                "code": "too_small",
                "message": "Password must be 8 to 64 characters long.",
                "path": ["password"],
            }
            return reply(issue, 400)
        self.server.set_owner(
            {
                "id": self.server.new_uuid(),
                "email": body["email"],
                "firstName": body.get("firstName", ""),
                "lastName": body.get("lastName", ""),
                "role": "global:owner",
                "password": _hashed(body["password"]),
            }
        )
        return self._signed_in(request)

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        body = orjson.loads(await request.read())
        owner = self.server.owner
        if (
            owner is None
            or owner["email"] != body.get("emailOrLdapLoginId")
            or owner["password"] != _hashed(str(body.get("password", "")))
        ):
            message = "Wrong username or password. Do you have caps lock on?"
            return reply({"code": 401, "message": message}, 401)
        return self._signed_in(request)

    async def scopes(self, request: web.Request) -> web.StreamResponse:
        return self._guard(request) or reply({"data": list(SCOPES)})

    async def make_key(self, request: web.Request) -> web.StreamResponse:
        if (refusal := self._guard(request)) is not None:
            return refusal
        body = orjson.loads(await request.read())
        if not body.get("scopes"):
            return reply({"code": "too_small", "path": ["scopes"]}, 400)
        secret = f"n8n_api_{secrets.token_hex(24)}"
        key = self.server.add_key(
            secret, body["scopes"], label=body["label"], expires_at=body.get("expiresAt")
        )
        told = {
            "id": key.id,
            "label": key.label,
            "scopes": list(key.scopes),
            "apiKey": f"******{secret[-4:]}",
            "rawApiKey": secret,
            "audience": "public-api",
            "expiresAt": key.expires_at,
            "createdAt": iso(self.server.clock()),
        }
        return reply({"data": told})

    def _signed_in(self, request: web.Request) -> web.Response:
        assert self.server.owner is not None
        cookie = secrets.token_urlsafe(24)
        self._sessions[cookie] = request.headers.get("browser-id")
        shown = {name: value for name, value in self.server.owner.items() if name != "password"}
        response = reply({"data": {**shown, "isOwner": True}})
        response.set_cookie("n8n-auth", cookie, httponly=True, samesite="Lax")
        return response

    def _guard(self, request: web.Request) -> web.Response | None:
        cookie = request.cookies.get("n8n-auth", "")
        bound = self._sessions.get(cookie, "")
        if bound is None or (bound and bound == request.headers.get("browser-id")):
            return None
        return reply({"status": "error", "message": "Unauthorized"}, 401)

    # ── production webhooks ─────────────────────────────────────────────────────────────────────

    async def webhook(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        for workflow in self.server.workflows.values():
            if workflow["active"] and any(_listens(node, path) for node in workflow["nodes"]):
                failing = [node for node in workflow["nodes"] if "stopAndError" in node["type"]]
                if failing:
                    self.server.run(
                        workflow["id"],
                        "error",
                        error=failing[0]["parameters"].get("errorMessage", "The step failed"),
                        node=failing[0]["name"],
                    )
                else:
                    self.server.run(workflow["id"])
                return reply({"message": "Workflow was started"})
        return refused(f'The requested webhook "{request.method} {path}" is not registered.', 404)


def _listens(node: Any, path: str) -> bool:
    kind: str = node["type"]
    return kind.endswith(".webhook") and node["parameters"].get("path") == path


def _hashed(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
