"""`/api/v1/…`: the public API, with n8n's own words for what it refuses."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import orjson
from aiohttp import web

from .installation import Installation

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MOST = 250
_STATUSES_1 = ("canceled", "error", "running", "success", "waiting")
_STATUSES_2 = (*_STATUSES_1, "crashed", "new", "unknown")
_UNLICENSED = (
    "Your license does not allow for feat:projectRole:admin. To enable"
    " feat:projectRole:admin, please upgrade to a license that supports this feature."
)


def reply(body: Any, status: int = 200, **rest: Any) -> web.Response:
    """A JSON answer."""
    return web.Response(
        body=orjson.dumps(body), status=status, content_type="application/json", **rest
    )


def refused(message: str, status: int) -> web.Response:
    """A refusal as n8n words it."""
    return reply({"message": message}, status)


class Refused(Exception):
    """A request the API does not accept."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class PublicApi:
    """The addresses under `/api/v1`."""

    def __init__(self, installation: Installation) -> None:
        self.server = installation

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is answered there."""
        base = "/api/v1"
        rules: tuple[tuple[str, str, str, Callable[[web.Request], Any]], ...] = (
            ("GET", "/workflows", "workflow:list", self.workflows),
            ("POST", "/workflows", "workflow:create", self.create_workflow),
            ("GET", "/workflows/{id}", "workflow:read", self.workflow),
            ("DELETE", "/workflows/{id}", "workflow:delete", self.delete_workflow),
            ("POST", "/workflows/{id}/activate", "workflow:activate", self.activate),
            ("POST", "/workflows/{id}/deactivate", "workflow:deactivate", self.deactivate),
            ("GET", "/executions", "execution:list", self.executions),
            ("GET", "/executions/{id}", "execution:read", self.execution),
            ("DELETE", "/executions/{id}", "execution:delete", self.delete_execution),
            ("POST", "/executions/{id}/retry", "execution:retry", self.retry),
            ("GET", "/tags", "tag:list", self.tags),
            ("POST", "/tags", "tag:create", self.create_tag),
            ("GET", "/projects", "project:list", self.projects),
        )
        found: list[web.AbstractRouteDef] = [
            web.route(method, base + path, self._guarded(handle, scope))
            for method, path, scope, handle in rules
        ]
        for path in dict.fromkeys(rule[1] for rule in rules):
            found.append(web.route("*", base + path, self._unsupported))
        found.append(web.route("*", base + "/{rest:.*}", self._unknown))
        return found

    def _guarded(self, handle: Callable[[web.Request], Any], scope: str) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            given = request.headers.get("X-N8N-API-KEY")
            if given is None:
                return refused("'X-N8N-API-KEY' header required", 401)
            key = self.server.key_of(given)
            if key is None:
                return refused("unauthorized", 401)
            if scope not in key.scopes:
                return refused("Forbidden", 403)
            try:
                found = handle(request)
                return reply(await found if isinstance(found, Awaitable) else found)
            except Refused as error:
                return refused(error.message, error.status)
            except KeyError:
                return refused("Not Found", 404)

        return answer

    async def _unsupported(self, request: web.Request) -> web.StreamResponse:
        return refused(f"{request.method} method not allowed", 405)

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        return refused("not found", 404)

    # ── workflows ───────────────────────────────────────────────────────────────────────────────

    def workflows(self, request: web.Request) -> Any:
        rows = list(self.server.workflows.values())
        if (active := request.query.get("active")) is not None:
            rows = [row for row in rows if row["active"] == (active == "true")]
        if request.query.get("excludePinnedData") == "true":
            rows = [
                {name: value for name, value in row.items() if name != "pinData"} for row in rows
            ]
        return _by_offset(request, rows)

    def workflow(self, request: web.Request) -> Any:
        return self.server.workflows[request.match_info["id"]]

    async def create_workflow(self, request: web.Request) -> Any:
        body = await _body(request)
        for name in ("name", "nodes", "connections", "settings"):
            if name not in body:
                raise Refused(f"request/body must have required property '{name}'")
        return self.server.add_workflow(
            body["name"],
            active=False,
            nodes=body["nodes"],
            connections=body["connections"],
            settings=body["settings"],
        )

    def delete_workflow(self, request: web.Request) -> Any:
        workflow = self.server.workflows[request.match_info["id"]]
        self.server.remove_workflow(workflow["id"])
        return workflow

    def activate(self, request: web.Request) -> Any:
        return self.server.change_workflow(request.match_info["id"], active=True)

    def deactivate(self, request: web.Request) -> Any:
        return self.server.change_workflow(request.match_info["id"], active=False)

    # ── executions ──────────────────────────────────────────────────────────────────────────────

    def executions(self, request: web.Request) -> Any:
        query = request.query
        status = query.get("status")
        allowed = _STATUSES_1 if self.server.version.startswith("1.") else _STATUSES_2
        if status is not None and status not in allowed:
            raise Refused(
                "request/query/status must be equal to one of the allowed values: "
                + ", ".join(allowed)
            )
        limit, below = _limit(query), None
        if (cursor := _cursor(query)) is not None:
            limit, below = int(cursor["limit"]), int(cursor["lastId"])
        listed = self.server.listed(below=below, status=status, workflow=query.get("workflowId"))
        rows: list[dict[str, Any]] = []
        following = None
        for row in listed:
            if len(rows) == limit:
                following = _encoded({"lastId": rows[-1]["id"], "limit": limit})
                break
            rows.append(row)
        if query.get("includeData") == "true":
            rows = [self.server.detail(int(row["id"])) for row in rows]
        return {"data": rows, "nextCursor": following}

    def execution(self, request: web.Request) -> Any:
        number = _number(request)
        if request.query.get("includeData") == "true":
            row = self.server.detail(number)
        else:
            row = self.server.executions[number]
        return {**row, "createdAt": row["startedAt"], "deletedAt": None}

    def delete_execution(self, request: web.Request) -> Any:
        number = _number(request)
        row = self.server.executions[number]
        self.server.delete_executions([number])
        return {**row, "id": number}

    def retry(self, request: web.Request) -> Any:
        number = _number(request)
        row = self.server.executions[number]
        if row["status"] == "success":
            raise Refused("The execution succeeded, so it cannot be retried.", 409)
        made = self.server.run(row["workflowId"], "success", mode="retry", retry_of=number)
        return {**self.server.executions[made], "retryOf": number}

    # ── tags and projects ───────────────────────────────────────────────────────────────────────

    def tags(self, request: web.Request) -> Any:
        return _by_offset(request, self.server.tags.values())

    async def create_tag(self, request: web.Request) -> Any:
        body = await _body(request)
        try:
            return self.server.add_tag(str(body["name"]))
        except ValueError as error:
            raise Refused(str(error), 409) from None

    def projects(self, request: web.Request) -> Any:
        if not self.server.licensed:
            raise Refused(_UNLICENSED, 403)
        return _by_offset(request, self.server.projects.values())


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise Refused("Unexpected token in JSON") from None
    if not isinstance(body, dict):
        raise Refused("request/body must be object")
    return body


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    if not text.isdecimal():
        raise Refused("request/params/id must be number")
    return int(text)


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", "100")
    if not text.isdecimal():
        raise Refused("request/query/limit must be number")
    if int(text) > MOST:
        raise Refused(f"request/query/limit must be <= {MOST}")
    return int(text)


def _cursor(query: Mapping[str, str]) -> dict[str, Any] | None:
    text = query.get("cursor")
    if text is None:
        return None
    try:
        cursor = orjson.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise Refused("An invalid cursor was provided") from None
    if not isinstance(cursor, dict):
        raise Refused("An invalid cursor was provided")
    return cursor


def _encoded(cursor: Mapping[str, Any]) -> str:
    return base64.b64encode(orjson.dumps(cursor)).decode()


def _by_offset(request: web.Request, rows: Iterable[Any]) -> dict[str, Any]:
    """A page of a list that n8n counts through."""
    found = list(rows)
    limit, offset = _limit(request.query), 0
    if (cursor := _cursor(request.query)) is not None:
        limit, offset = int(cursor["limit"]), int(cursor["offset"])
    end = offset + limit
    following = _encoded({"limit": limit, "offset": end}) if end < len(found) else None
    return {"data": found[offset:end], "nextCursor": following}
