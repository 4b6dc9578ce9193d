"""A real OpenID provider that stands in for Entra ID, and a browser that signs in there."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest

PACKAGE = "oidc-provider@9.13.3"
TENANT = "7f1b9b1e-0a52-4a2c-9f43-0d8f6d0b8a11"
CLIENT_ID = "3c5bd7b6-6c6c-4a6a-8a7a-2a4d1b7f0c55"
CLIENT_SECRET = "a-secret-of-the-application-in-entra"
BACK = "http://127.0.0.1:5173/dashboard/sign-in/microsoft"
_SCRIPT = Path(__file__).parent / "oidc_provider" / "server.mjs"


def installed() -> Path:
    """A folder with the provider in it, kept between runs; skips where it can't be had."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("the OpenID provider needs Node.js and npm")
    parent = Path(tempfile.gettempdir()) / f"bridgecore-tests-{os.getuid()}"
    parent.mkdir(mode=0o711, exist_ok=True)
    folder = parent / PACKAGE
    with (parent / "oidc-provider.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            draft = folder.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            try:
                subprocess.run(
                    ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", PACKAGE],
                    cwd=draft,
                    check=True,
                    capture_output=True,
                    timeout=180,
                )
            except (subprocess.SubprocessError, OSError) as error:
                pytest.skip(f"npm can't install {PACKAGE}: {error}")
            draft.rename(folder)
        shutil.copyfile(_SCRIPT, folder / _SCRIPT.name)
    return folder


@asynccontextmanager
async def provider(people: Mapping[str, Mapping[str, Any]]) -> AsyncIterator[str]:
    """The provider as a process of its own; gives its origin. `people`: claims by login name."""
    folder = await asyncio.to_thread(installed)
    configuration = {
        "tenant": TENANT,
        "clientId": CLIENT_ID,
        "clientSecret": CLIENT_SECRET,
        "redirectUri": BACK,
        "people": people,
    }
    process = await asyncio.create_subprocess_exec(
        "node",
        _SCRIPT.name,
        json.dumps(configuration),
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            origin = (await process.stdout.readline()).decode().strip()
        assert origin, "the OpenID provider did not start"
        yield origin
    finally:
        process.stdin.close()
        await process.wait()


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way, as the browser that began it keeps it."""

    url: str
    state: str
    code_verifier: str


async def begin(client: httpx.AsyncClient, **query: str) -> Begun:
    answer = await client.get("/api/v1/auth/microsoft/config", params=query)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return Begun(found["authorization_url"], found["state"], found["code_verifier"])


async def sign_in_there(url: str, login: str) -> dict[str, str]:
    """Follow `url` as somebody; what their browser is sent back with."""
    async with httpx.AsyncClient(timeout=20) as browser:
        here = f"{url}&login_hint={login}"
        for _ in range(8):
            answer = await browser.get(here)
            assert answer.status_code == 303, answer.text
            here = urljoin(here, answer.headers["location"])
            if here.startswith(BACK):
                return {name: values[0] for name, values in parse_qs(urlsplit(here).query).items()}
    raise AssertionError("the provider sent nobody back")


async def complete(
    client: httpx.AsyncClient, begun: Begun, back: Mapping[str, str], **more: Any
) -> httpx.Response:
    body = {**back, "code_verifier": begun.code_verifier, **more}
    return await client.post("/api/v1/auth/microsoft/complete", json=body)


async def whole(client: httpx.AsyncClient, login: str, **more: Any) -> httpx.Response:
    """All three steps."""
    begun = await begin(client)
    return await complete(client, begun, await sign_in_there(begun.url, login), **more)
