"""The dashboard as it was built: its page with a fresh nonce, its assets cached for a year.

The build leaves compressed copies beside its texts; whoever takes those gets them.
"""

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
            sent, encoding = _compressed(file, request.headers.get("accept-encoding", ""))
            return FileResponse(
                sent,
                media_type=media_type,
                headers={**_HEADERS, **encoding, "Cache-Control": cache},
            )
        # files lie in these two places; elsewhere a dot is of a name, as in /lake/res.partner
        if path.startswith("assets/") or ("." in path and "/" not in path):
            raise NotFound
    return _page()


def _compressed(file: Path, accepted: str) -> tuple[Path, dict[str, str]]:
    """The smallest copy of a file that a client takes, and the headers that say which it is."""
    headers = {"Vary": "Accept-Encoding"}
    taken = {
        name.strip()
        for name, _, weight in (part.partition(";") for part in accepted.lower().split(","))
        if weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    }
    for encoding, ending in (("br", ".br"), ("gzip", ".gz")):
        copy = file.with_name(file.name + ending)
        if encoding in taken and copy.is_file():
            return copy, {**headers, "Content-Encoding": encoding}
    return file, headers


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
