"""The dashboard's files as browsers get them."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from bridgecore.entrypoints import pages
from bridgecore.infra.web import install_problem_handlers

SCRIPT = b"export const one = 1;" * 100


@pytest.fixture
async def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> httpx.AsyncClient:
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "app.js").write_bytes(SCRIPT)
    (assets / "app.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "app.js.br").write_bytes(b"as brotli")
    (assets / "small.js").write_bytes(b"1")
    monkeypatch.setattr(pages, "FOLDER", tmp_path)
    app = FastAPI()
    app.include_router(pages.router)
    install_problem_handlers(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://platform")


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=0.8", "gzip"),
        ("br;q=0, gzip;q=1.0", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
async def test_a_text_is_sent_as_the_browser_takes_it(
    browser: httpx.AsyncClient, accepted: str, encoding: str | None
) -> None:
    path = "/dashboard/assets/app.js"
    async with browser.stream("GET", path, headers={"Accept-Encoding": accepted}) as answer:
        body = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    if encoding == "gzip":
        body = gzip.decompress(body)
    assert body == (b"as brotli" if encoding == "br" else SCRIPT)


async def test_what_was_not_worth_compressing_is_sent_as_it_is(browser: httpx.AsyncClient) -> None:
    answer = await browser.get(
        "/dashboard/assets/small.js", headers={"Accept-Encoding": "br, gzip"}
    )
    assert answer.content == b"1"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status"),
    [("lake/res.partner", 200), ("nowhere", 200), ("assets/gone.js", 404), ("favicon.ico", 404)],
)
async def test_an_address_inside_the_app_may_hold_a_dot(
    browser: httpx.AsyncClient, path: str, status: int
) -> None:
    (pages.FOLDER / "index.html").write_text("<!doctype html>")
    assert (await browser.get(f"/dashboard/{path}")).status_code == status
