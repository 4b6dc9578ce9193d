"""Requests the gateway refuses by itself: their form, their sender, their right."""

from __future__ import annotations

import json
from typing import Any

import httpx
import jwt
import pytest

from bridgecore.infra.settings import Settings
from tests.factories.odoo import Company
from tests.factories.tenants import SignedIn
from tests.integration.gateway.wire import problem

PARTNER = "res.partner"
PATH = "/api/v1/odoo/search_read"
DEEP = b'{"model": "res.partner", "domain": ' + b"[" * 100_000
WORKING = {"model": PARTNER, "limit": 1, "fields": ["name"]}


async def raw(
    company: Company, body: bytes, *, path: str = PATH, media: str | None = "application/json"
) -> httpx.Response:
    headers = dict(company.owner.headers)
    if media is not None:
        headers["Content-Type"] = media
    return await company.client.post(path, content=body, headers=headers)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"model": nope}', DEEP])
async def test_no_json(somewhere: Company, body: bytes) -> None:
    problem(await raw(somewhere, body), 400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("operation", "body", "pointer"),
    [
        ("search_read", {}, ""),
        ("search_read", [], ""),
        ("search_read", {"model": 5}, "/model"),
        ("search_read", {"model": "Res.Partner;"}, "/model"),
        ("search_read", {"model": PARTNER, "limit": "10"}, "/limit"),
        ("search_read", {"model": PARTNER, "limit": -1}, "/limit"),
        ("search_read", {"model": PARTNER, "fields": ["name", 7]}, "/fields/1"),
        ("read", {"model": PARTNER, "ids": [1, "2"]}, "/ids/1"),
        ("read", {"model": PARTNER, "ids": [0]}, "/ids/0"),
        ("create", {"model": PARTNER, "values": 5}, "/values"),
        ("write", {"model": PARTNER, "ids": [1]}, ""),
        ("call_kw", {"model": PARTNER, "method": "a b"}, "/method"),
        ("check_access_rights", {"model": PARTNER, "operation": "fly"}, "/operation"),
        ("batch_write", {"model": PARTNER, "updates": [{"id": 1}]}, "/updates/0"),
    ],
)
async def test_wrong_types_are_pointed_at(
    somewhere: Company, operation: str, body: Any, pointer: str
) -> None:
    answer = await somewhere.post(operation, body)
    told = problem(answer, 422, "VALIDATION_FAILED")
    assert told["errors"][0]["pointer"] == pointer
    assert told["errors"][0]["detail"]


async def test_members_nobody_knows_are_ignored(somewhere: Company) -> None:
    await somewhere.ask("search_read", {**WORKING, "credentials": {"password": "x"}, "v": 2})


async def test_other_media_types(somewhere: Company) -> None:
    body = json.dumps(WORKING).encode()
    for media in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        problem(await raw(somewhere, body, media=media), 415, "UNSUPPORTED_MEDIA_TYPE")
    for fine in ("application/json; charset=utf-8", "application/vnd.api+json", None):
        assert (await raw(somewhere, body, media=fine)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_other_methods(somewhere: Company, method: str) -> None:
    answer = await somewhere.client.request(method, PATH, headers=somewhere.owner.headers)
    problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "POST"


async def test_too_large_a_body(somewhere: Company, settings: Settings) -> None:
    body = b'{"model": "res.partner", "x": "' + b"a" * settings.max_body_bytes + b'"}'
    problem(await raw(somewhere, body), 413, "BODY_TOO_LARGE")

    async def pieces() -> Any:
        for start in range(0, len(body), 1 << 20):
            yield body[start : start + (1 << 20)]

    answer = await somewhere.client.post(
        PATH,
        content=pieces(),
        headers={**somewhere.owner.headers, "Content-Type": "application/json"},
    )
    problem(answer, 413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer a.b.c", "Bearer bc_x"]
)
async def test_no_token_or_none_of_ours(client: httpx.AsyncClient, authorization: str) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = await client.post(PATH, json=WORKING, headers=headers)
    problem(answer, 401, "UNAUTHORIZED")
    assert "bearer" in answer.headers["www-authenticate"].lower()


async def test_an_expired_token_says_so(somewhere: Company, settings: Settings) -> None:
    key = settings.jwt_secret_key.get_secret_value()
    claims = jwt.decode(
        somewhere.owner.access_token, options={"verify_signature": False, "verify_aud": False}
    )
    header = jwt.get_unverified_header(somewhere.owner.access_token)
    expired = jwt.encode(
        {**claims, "iat": claims["iat"] - 7200, "exp": claims["iat"] - 3600},
        key,
        algorithm="HS256",
        headers={name: value for name, value in header.items() if name in ("kid", "typ")},
    )
    headers = {"Authorization": f"Bearer {expired}"}
    answer = await somewhere.client.post(PATH, json=WORKING, headers=headers)
    assert answer.status_code == 401, answer.text
    # signed by somebody else, it is no token of ours at all
    forged = jwt.encode(claims, "x" * 40, algorithm="HS256")
    headers = {"Authorization": f"Bearer {forged}"}
    answer = await somewhere.client.post(PATH, json=WORKING, headers=headers)
    problem(answer, 401, "UNAUTHORIZED")


async def test_staff_are_not_served(client: httpx.AsyncClient, staff: SignedIn) -> None:
    for path in (PATH, "/api/v1/batch", "/api/v1/odoo/batch_create"):
        answer = await client.post(path, json=WORKING, headers=staff.headers)
        assert answer.status_code == 403, answer.text
        assert "suspend" not in answer.text.lower()
    for path in ("/api/v1/odoo/cache/stats", "/api/v1/odoo/writes", "/api/v1/files"):
        answer = await client.get(path, headers=staff.headers)
        assert answer.status_code == 403, answer.text


async def test_a_role_without_the_permission(somewhere: Company) -> None:
    member = await somewhere.member("client")
    for operation, body in (
        ("search_read", WORKING),
        ("create", {"model": PARTNER, "values": {"name": "x"}}),
        ("unlink", {"model": PARTNER, "ids": [1]}),
        ("call_method", {"model": PARTNER, "method": "message_post", "ids": [1]}),
    ):
        answer = await somewhere.post(operation, body, by=member)
        problem(answer, 403, "FORBIDDEN")
        assert "suspend" not in answer.text.lower()


@pytest.mark.parametrize("method", ["_search", "__init__", "_compute_display_name"])
async def test_private_methods_are_nobodys(somewhere: Company, method: str) -> None:
    answer = await somewhere.call_kw(PARTNER, method, [])
    problem(answer, 403, "METHOD_NOT_PERMITTED")


@pytest.mark.parametrize(
    ("model", "method"),
    [
        ("ir.config_parameter", "search_read"),
        ("ir.config_parameter", "create"),
        ("res.users.apikeys", "search_read"),
        ("res.users", "write"),
        ("ir.rule", "unlink"),
        ("ir.model.access", "create"),
    ],
)
async def test_models_that_open_too_much(somewhere: Company, model: str, method: str) -> None:
    member = await somewhere.member("user")
    body = {"model": model, "method": method, "args": [], "kwargs": {}}
    answer = await somewhere.post("call_kw", body, by=member)
    problem(answer, 403, "MODEL_NOT_ALLOWED")


@pytest.mark.parametrize("method", ["sudo", "export_data", "change_password", "load"])
async def test_methods_that_open_too_much(somewhere: Company, method: str) -> None:
    member = await somewhere.member("user")
    body = {"model": PARTNER, "method": method, "args": [], "kwargs": {}}
    answer = await somewhere.post("call_kw", body, by=member)
    problem(answer, 403, "METHOD_NOT_PERMITTED")


async def test_users_may_be_read(somewhere: Company) -> None:
    member = await somewhere.member("user")
    body = {"model": "res.users", "fields": ["login"], "limit": 1}
    assert len(await somewhere.ask("search_read", body, by=member)) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_unusable_idempotency_keys(somewhere: Company, key: str) -> None:
    body = {"model": PARTNER, "values": {"name": "x"}}
    answer = await somewhere.post("create", body, headers={"Idempotency-Key": key})
    problem(answer, 400, "BAD_REQUEST")


async def test_the_legacy_path_still_answers(somewhere: Company) -> None:
    body = {"model": PARTNER, "limit": 1, "fields": ["name"]}
    answer = await somewhere.post("/api/v1/systems/acme-prod/odoo/search_read", body)
    assert answer.status_code == 200
    assert answer.headers["deprecation"].startswith("@")
    assert answer.headers["link"] == '</api/v1/odoo/search_read>; rel="successor-version"'
    current = await somewhere.post("search_read", body)
    assert current.json() == answer.json()
    assert "deprecation" not in current.headers


async def test_a_correlation_id_comes_back(somewhere: Company) -> None:
    headers = {"X-Correlation-ID": "app-42"}
    answer = await somewhere.post("search_read", WORKING, headers=headers)
    assert answer.headers["x-correlation-id"] == "app-42"
