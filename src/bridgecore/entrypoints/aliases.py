"""Other paths for the same handlers: old names and prefixes that existing clients still call.

A path is rewritten before routing, so an alias costs no route and no entry in the OpenAPI
document. Legacy ones answer with a `Deprecation` header and a link to where they went.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The day the tenant API replaced the system one (RFC 9745: a Unix time behind an @).
_DEPRECATED_SINCE = b"@1763683200"

# each: the aliased path, where it leads, and whether it is legacy
_ALIASES: tuple[tuple[re.Pattern[str], str, bool], ...] = (
    (re.compile(r"/api/v1/systems/[^/]+/odoo/(?P<rest>[^/]+)"), r"/api/v1/odoo/\g<rest>", True),
    (re.compile(r"/api/v1/health(?P<rest>/.*)?"), r"/health\g<rest>", False),
    # what an administrator of a tenant calls in its own tenant
    (re.compile(r"/api/v1/admin/users(?P<rest>/.*)?"), r"/api/v1/members\g<rest>", False),
    (re.compile(r"/api/v1/admin/integrations/test"), r"/api/v1/integrations/odoo/test", False),
    (
        re.compile(r"/api/v1/admin/integrations(?P<rest>/.*)?"),
        r"/api/v1/integrations\g<rest>",
        False,
    ),
    (re.compile(r"/api/v1/admin/health"), r"/health/detailed", False),
    # what staff call under a second prefix
    (
        re.compile(r"/api/v1/admin/(?P<rest>tenants|metrics/platform)(?P<more>/.*)?"),
        r"/admin/\g<rest>\g<more>",
        False,
    ),
    # the unversioned paths of the CRM document
    (re.compile(r"/api/health(?P<rest>/.*)?"), r"/health\g<rest>", False),
    (
        re.compile(r"/api/(?P<rest>(auth|integrations|connectors)(/.*)?|webhooks/status)"),
        r"/api/v1/\g<rest>",
        False,
    ),
)


class Aliases:
    """Rewrites aliased paths, and lets every path end with or without a slash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] not in ("http", "websocket"):
            return self._app(scope, receive, send)
        path: str = scope["path"]
        if path.startswith("/api/v1/odoo/") and not path.endswith("/"):
            return self._app(scope, receive, send)  # the hot path has no alias
        wanted = path
        if len(wanted) > 1 and wanted.endswith("/") and not wanted.startswith("/dashboard"):
            wanted = wanted.rstrip("/") or "/"
        legacy = False
        for pattern, replacement, old in _ALIASES:
            if match := pattern.fullmatch(wanted):
                wanted, legacy = match.expand(replacement), old
                break
        if wanted != path:
            scope = {**scope, "path": wanted, "raw_path": wanted.encode()}
        return self._app(scope, receive, _deprecated(send, wanted) if legacy else send)


def _deprecated(send: Send, successor: str) -> Send:
    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                *message.get("headers", ()),
                (b"deprecation", _DEPRECATED_SINCE),
                (b"link", f'<{successor}>; rel="successor-version"'.encode()),
            ]
        await send(message)

    return marked
