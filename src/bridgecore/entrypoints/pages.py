"""The dashboard as it was built: its page with a fresh nonce, its assets cached for a year."""

from __future__ import annotations

import mimetypes
import secrets
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from bridgecore.infra.problems import NotFound

FOLDER = Path(__file__).parent / "dashboard"
_NONCE = "__CSP_NONCE__"
_YEAR = "public, max-age=31536000, immutable"
# Only what this server sends, and only scripts and styles that carry this answer's nonce.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'nonce-{nonce}'",
        "style-src 'self' 'nonce-{nonce}'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>BridgeCore</title>
<p>The dashboard is not built here. Run <code>make dashboard</code>, then load this page again.
The API is documented at <a href="/docs">/docs</a>.</p></html>"""

router = APIRouter(include_in_schema=False)


def is_built() -> bool:
    return (FOLDER / "index.html").is_file()


@router.get("/dashboard")
@router.get("/dashboard/{path:path}")
async def page(request: Request, path: str = "") -> Response:
    """A file of the build, or the page for an address inside the app."""
    if path:
        file = (FOLDER / path).resolve()
        if file.is_relative_to(FOLDER.resolve()) and file.is_file() and file.name != "index.html":
            # built assets carry a digest of their content in their name
            cache = _YEAR if path.startswith("assets/") else "public, max-age=3600"
            media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            return FileResponse(
                file, media_type=media_type, headers={**_HEADERS, "Cache-Control": cache}
            )
        if path.startswith("assets/") or "." in path.rpartition("/")[2]:
            raise NotFound
    return _page()


def _page() -> Response:
    if not is_built():
        return HTMLResponse(_NOT_BUILT, status_code=503)
    nonce = secrets.token_urlsafe(16)
    html = (FOLDER / "index.html").read_text(encoding="utf-8").replace(_NONCE, nonce)
    return HTMLResponse(
        html,
        headers={
            **_HEADERS,
            "Content-Security-Policy": _POLICY.format(nonce=nonce),
            "Cache-Control": "no-store",
        },
    )
