"""Calls and answers that several of these tests share."""

from __future__ import annotations

import random
from typing import Any

import httpx

from tests.factories.odoo import Company
from tests.factories.tenants import SignedIn

WRITES = "/api/v1/odoo/writes"
FILES = "/api/v1/files"
CONTENT = random.Random(7).randbytes(300_001)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert isinstance(body, dict)
    assert (body["status"], body["code"]) == (status, code)
    assert isinstance(body["detail"], str)
    assert body["detail"] == body["message"] != ""
    assert body["correlation_id"] == answer.headers["x-correlation-id"]
    assert "Traceback" not in answer.text
    return body


async def writes(company: Company, by: SignedIn | None = None, **query: Any) -> dict[str, Any]:
    headers = (by or company.owner).headers
    answer = await company.client.get(WRITES, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def upload(
    company: Company,
    content: bytes = CONTENT,
    *,
    name: str = "бланк №1.bin",
    media: str = "application/octet-stream",
    by: SignedIn | None = None,
    **fields: Any,
) -> httpx.Response:
    return await company.client.post(
        FILES,
        files={"file": (name, content, media)},
        data={key: str(value) for key, value in fields.items()},
        headers=(by or company.owner).headers,
    )


async def stored(company: Company, **options: Any) -> int:
    answer = await upload(company, **options)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["result"])
