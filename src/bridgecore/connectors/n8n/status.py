"""Whether an n8n connection works, and what to do where it does not."""

from __future__ import annotations

import base64
import binascii
import re

import msgspec

from bridgecore.connectors.contract import CheckReport
from bridgecore.connectors.n8n.client import N8nClient
from bridgecore.connectors.n8n.errors import Kind, N8nError, N8nReauthorise

OLDEST = 1
NEWEST = 2
TIMEOUT = 15.0

_RELEASE = re.compile(rb'name="n8n:config:sentry" content="([A-Za-z0-9+/=]*)"')
_VERSION = re.compile(r"n8n@v?((\d+)\.[\w.+-]+)")
_NEEDED = {"/workflows": "workflow:list", "/executions": "execution:list", "/tags": "tag:list"}


class _Sentry(msgspec.Struct):
    release: str = ""


async def check(client: N8nClient) -> CheckReport:
    """Try the server, the key and each right that is needed. Raises nothing."""
    try:
        version = await version_of(client)
        healthy = (await client.ask_root("/healthz", timeout=TIMEOUT)).status == 200
        lacking = [scope for path, scope in _NEEDED.items() if not await _may(client, path)]
        projects = await licensed(client)
        version = version or await _generation(client)
    except N8nError as error:
        return CheckReport(
            ok=False,
            problems=(await _explained(client, error),),
            unauthorised=isinstance(error, N8nReauthorise),
        )
    problems = []
    if lacking:
        problems.append(
            f"The API key lacks {', '.join(lacking)}. Edit the key's scopes in n8n under Settings,"
            " n8n API."
        )
    major = int(version.partition(".")[0])
    if not OLDEST <= major <= NEWEST:
        problems.append(f"n8n {version} is outside the versions known to work (1.x and 2.x).")
    return CheckReport(
        ok=not lacking and major >= OLDEST,
        version=version,
        details={"healthy": healthy, "projects": projects, "address": client.server.root},
        problems=tuple(problems),
        unauthorised=bool(lacking),
    )


async def version_of(client: N8nClient) -> str | None:
    """The server's own version, which only its start page tells; None where it is hidden."""
    response = await client.ask_root("/", timeout=TIMEOUT)
    found = _RELEASE.search(response.body)
    if found is None:
        return None
    try:
        release = msgspec.json.decode(base64.b64decode(found[1]), type=_Sentry).release
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError):
        return None
    version = _VERSION.fullmatch(release)
    return version[1] if version else None


async def licensed(client: N8nClient) -> bool:
    """Whether this edition has projects and the key may list them. Raises `N8nError`."""
    return await _may(client, "/projects")


async def _generation(client: N8nClient) -> str:
    """`1.x` or `2.x` by what the API accepts."""
    try:
        await client.page("/executions", {"status": "new"}, limit=1)
    except N8nError as error:
        if error.kind is Kind.BAD_REQUEST:
            return "1.x"
        raise
    return "2.x"


async def _may(client: N8nClient, path: str) -> bool:
    try:
        await client.page(path, limit=1)
    except N8nError as error:
        if error.kind in (Kind.MISSING_SCOPE, Kind.UNLICENSED):
            return False
        if error.kind is Kind.NOT_FOUND and path == "/projects":
            return False
        raise
    return True


async def _explained(client: N8nClient, error: N8nError) -> str:
    if error.kind is Kind.NOT_FOUND:
        return (
            "This server is n8n, or something like it, but has no public API at"
            f" {client.server.api}. n8n before 1.0 is too old; upgrade it, or correct the address."
        )
    return error.message
