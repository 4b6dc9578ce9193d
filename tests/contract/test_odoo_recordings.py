"""The simulator against recordings of real Odoo 17 and 19 servers.

Every recorded request is sent in order to a fresh simulator; ids that the recorded server gave
out are mapped to those given out here. Compared are HTTP status, error names, codes and texts,
and the shape (keys and JSON types) of results; data differs by nature.
"""

from __future__ import annotations

import gzip
import json
import re
import time
import xmlrpc.client
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bridgecore.simulators.odoo import OdooSimulator, UserSpec

DATA = Path(__file__).parent / "data"
KEY = "0123456789abcdef0123456789abcdef01234567"
VERSIONS = (17, 19)
EXCLUDED: dict[str, str] = {}
"""Recordings that are not compared, each with its reason."""

_MODEL_OF = {
    "res_model_id": "ir.model",
    "partner_id": "res.partner",
    "parent_id": "res.partner",
    "product_id": "product.product",
}
_RECORDS = {
    "read", "write", "unlink", "copy", "message_post", "activity_schedule", "action_confirm",
    "action_set_won", "export_data", "message_subscribe", "message_unsubscribe", "action_post",
    "button_draft", "button_cancel", "open_commercial_entity",
}  # fmt: skip
_GIVES_IDS = {"create", "copy", "search", "name_create"}


def recordings(version: int) -> list[dict[str, Any]]:
    """The recorded exchanges, in order."""
    with gzip.open(DATA / f"odoo{version}.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


class Replay:
    """Sends recorded requests to a simulator, learning which id stands for which."""

    def __init__(self, simulator: OdooSimulator, session: aiohttp.ClientSession):
        self.simulator = simulator
        self.session = session
        self.cookie = ""
        self.ids: dict[tuple[str, int], int] = {}

    def map(self, model: str, value: Any) -> Any:
        """A recorded id (or list of them) as the id it has here."""
        if isinstance(value, list):
            return [self.map(model, one) for one in value]
        if isinstance(value, int) and not isinstance(value, bool):
            return self.ids.get((model, value), value)
        return value

    def values(self, model: str, vals: Any) -> Any:
        """Values to write with the ids in them mapped."""
        if isinstance(vals, list):
            return [self.values(model, one) for one in vals]
        if not isinstance(vals, dict):
            return vals
        mapped = dict(vals)
        for name, target in _MODEL_OF.items():
            if name in mapped:
                mapped[name] = self.map(target, mapped[name])
        if "res_id" in mapped and "res_model_id" in mapped:
            mapped["res_id"] = self.map("crm.lead", mapped["res_id"])
        for name, value in mapped.items():
            if isinstance(value, list):
                mapped[name] = [
                    [*c[:2], self.values(model, c[2])] if isinstance(c, list) and len(c) == 3 else c
                    for c in value
                ]
        return mapped

    def arguments(self, model: str, method: str, args: list[Any]) -> list[Any]:
        """Positional arguments with the ids in them mapped."""
        mapped = [self.values(model, one) for one in args]
        if args and method in _RECORDS:
            mapped[0] = self.map(model, args[0])
        return mapped

    def learn(self, model: str, method: str, recorded: Any, given: Any) -> None:
        """Remember which id here stands for a recorded one."""
        if method not in _GIVES_IDS:
            return
        pairs = zip(_ids(recorded), _ids(given), strict=False)
        self.ids |= {(model, old): new for old, new in pairs}

    async def send(self, entry: dict[str, Any]) -> tuple[int, str, Any, str]:
        """One exchange: status, content type, body (parsed if JSON), WWW-Authenticate."""
        request = entry["request"]
        name, path = entry["name"], request["path"]
        model, method = "", ""
        body = json.loads(json.dumps(request["body"])) if request.get("body") is not None else None
        headers = {"Content-Type": "application/json"}
        if isinstance(body, dict):
            model, method = self._translate(path, body)
        elif isinstance(body, str) and path.startswith("/xmlrpc"):
            headers["Content-Type"] = "text/xml"
            body = self._translate_xml(body)
        data = body if isinstance(body, str) or body is None else json.dumps(body)
        headers |= self._headers(name, request)
        async with self.session.request(
            request["method"], self.simulator.url + path, data=data, headers=headers
        ) as response:
            raw = await response.read()
            kind = response.headers.get("Content-Type", "")
            if "session_id" in response.cookies:
                self.cookie = response.cookies["session_id"].value
            given = json.loads(raw) if "json" in kind and raw else raw.decode("utf-8", "replace")
            wanted = response.headers.get("WWW-Authenticate", "")
        if model:
            recorded = entry["response"]["body"]
            old = recorded.get("result") if isinstance(recorded, dict) else recorded
            new = given.get("result") if isinstance(given, dict) else given
            self.learn(model, method, old, new)
        return response.status, kind, given, wanted

    def _headers(self, name: str, request: dict[str, Any]) -> dict[str, str]:
        headers: dict[str, str] = {}
        if request.get("authorization"):
            key = "f" * 40 if name == "json2_bad_key" else KEY
            headers["Authorization"] = f"Bearer {key}"
        if name == "json2_unknown_db":
            headers["X-Odoo-Database"] = "no_such_db"
        if name == "http_wrong_content_type":
            headers["Content-Type"] = "text/plain"
        if name in ("http_get_jsonrpc", "http_404_plain"):
            headers["Content-Type"] = "application/octet-stream"
        if name == "call_kw_bogus_session":
            headers["Cookie"] = "session_id=" + "0" * 40
        elif name != "call_kw_no_session" and self.cookie:
            headers["Cookie"] = f"session_id={self.cookie}"
        return headers

    def _translate(self, path: str, body: dict[str, Any]) -> tuple[str, str]:
        if path.startswith("/json/2/"):
            model, method = path.split("/")[3:5]
            if "ids" in body:
                body["ids"] = self.map(model, body["ids"])
            for name in ("vals", "vals_list"):
                if name in body:
                    body[name] = self.values(model, body[name])
            return model, method
        params = body.get("params")
        if not isinstance(params, dict):
            return "", ""
        if "model" in params:
            model, method = params["model"], params["method"]
            params["args"] = self.arguments(model, method, params["args"])
            return model, method
        args = params.get("args")
        if params.get("service") != "object" or not isinstance(args, list):
            if isinstance(args, list):
                params["args"] = [KEY if a == "<api key>" else a for a in args]
            return "", ""
        args[:] = [KEY if a == "<api key>" else a for a in args]
        if len(args) < 6:
            return "", ""
        model, method = args[3], args[4]
        if params["method"] == "execute_kw":
            args[5] = self.arguments(model, method, args[5])
        return model, method

    def _translate_xml(self, body: str) -> str:
        try:
            params, method = xmlrpc.client.loads(body)
        except Exception:
            return body
        args: list[Any] = list(params)
        if len(args) > 5:
            args[5] = self.arguments(args[3], args[4], args[5])
        return xmlrpc.client.dumps(tuple(args), method)


def _ids(value: Any) -> list[int]:
    if isinstance(value, int) and not isinstance(value, bool):
        return [value]
    if isinstance(value, list):
        return [one for one in value if isinstance(one, int)]
    return []


def kind_of(value: Any) -> str:
    """The JSON type, with `false` told apart: it is Odoo's word for unset."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "text" if isinstance(value, str) else "object" if isinstance(value, dict) else "list"


def differences(old: Any, new: Any, where: str = "") -> list[str]:
    """How the shape of `new` departs from that of `old`."""
    a, b = kind_of(old), kind_of(new)
    unset = {"text", "list", "object", "true", "false"}
    if a != b:
        if "false" in (a, b) and {a, b} <= unset:
            return []
        return [f"{where or 'result'}: {a} recorded, {b} given ({old!r:.60} / {new!r:.60})"]
    if a == "object":
        return _object_differences(old, new, where)
    if a == "list" and old:
        if not new:
            return [f"{where or 'result'}: empty, recorded {old[0]!r:.80}"]
        if isinstance(old[0], str) and len(old) == len(new) == 3 and where.endswith("__domain"):
            return []
        if all(isinstance(one, dict) for one in (*old, *new)):
            return differences(old[0], new[0], f"{where}[0]")
        if {kind_of(one) for one in old} & {kind_of(one) for one in new}:
            return []
        return [f"{where or 'result'}: elements {old[0]!r:.60} recorded, {new[0]!r:.60} given"]
    return []


def _object_differences(old: dict[str, Any], new: dict[str, Any], where: str) -> list[str]:
    if old and new and all(key.isdigit() for key in (*old, *new)):
        return differences(next(iter(old.values())), next(iter(new.values())), f"{where}.*")
    missing, extra = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    found = [f"{where}.{key}: missing" for key in missing]
    found += [f"{where}.{key}: not recorded" for key in extra]
    for key in old.keys() & new.keys():
        if key != "debug":
            found += differences(old[key], new[key], f"{where}.{key}")
    return found


def message(text: str) -> str:
    """An error text without what is data: numbers, positions in SQL, document numbers."""
    text = text.split("\nLINE ")[0].rstrip("\n")
    text = re.sub(r"port (\d+|<n>)", "port N", text)
    return re.sub(r"\d+", "0", text)


def error_of(body: Any) -> tuple[Any, ...] | None:
    """Code, name and text of an error in either envelope."""
    if not isinstance(body, dict):
        return None
    if "error" in body:
        error = body["error"]
        data = error["data"]
        return (
            error["code"],
            error["message"],
            data["name"],
            message(data["message"]),
            body["id"] is None,
        )
    if {"name", "message", "arguments", "debug"} <= body.keys():
        return body["name"], message(body["message"]), len(body["arguments"])
    return None


def compare(entry: dict[str, Any], status: int, kind: str, body: Any, wanted: str) -> list[str]:
    """Every way in which an answer departs from the recorded one."""
    recorded = entry["response"]
    found = []
    if status != recorded["status"]:
        found.append(f"status {recorded['status']} recorded, {status} given")
    if kind.split(";")[0] != recorded["type"].split(";")[0]:
        found.append(f"type {recorded['type']} recorded, {kind} given")
    if wanted.strip() != recorded["authenticate"].strip():
        found.append(f"WWW-Authenticate {recorded['authenticate']!r} recorded, {wanted!r} given")
    old = recorded["body"]
    if isinstance(old, str) and "xml" in recorded["type"]:
        return found + _xml_differences(old, body)
    if isinstance(old, str) and not isinstance(body, str):
        return [*found, "text recorded"]
    if isinstance(old, str):
        return found
    was, now = error_of(old), error_of(body)
    if was or now:
        return found if was == now else [*found, f"{was} recorded, {now} given"]
    return found + differences(old, body)


def _xml_differences(old: str, new: str) -> list[str]:
    if "trimmed" in old or len(old) >= 600:
        same = ("<fault>" in old) == ("<fault>" in new)
        code = re.search(r"faultCode</name>\s*<value><(\w+)>([^<…]*)", old)
        given = re.search(r"faultCode</name>\s*<value><(\w+)>([^<…]*)", new)
        equal = (code and message(code[2])) == (given and message(given[2]))
        return [] if same and equal else [f"{old[:200]} recorded, {new[:200]} given"]
    try:
        expected: Any = xmlrpc.client.loads(old)[0]
    except xmlrpc.client.Fault as fault:
        expected = (message(str(fault.faultCode)), message(fault.faultString).split("\n")[0])
    try:
        got: Any = xmlrpc.client.loads(new)[0]
    except xmlrpc.client.Fault as fault:
        got = (message(str(fault.faultCode)), message(fault.faultString).split("\n")[0])
    return differences(list(expected), list(got)) if expected != got else []


@pytest_asyncio.fixture(scope="module", params=VERSIONS, ids=[f"odoo{v}" for v in VERSIONS])
async def outcomes(request: pytest.FixtureRequest) -> AsyncIterator[dict[str, list[str]]]:
    """Differences of every recording of one version, replayed in order."""
    version: int = request.param
    admin = UserSpec("admin", "admin", "Mitchell Admin", "admin", api_key=KEY)
    found: dict[str, list[str]] = {}
    async with (
        OdooSimulator(version, f"odoo{version}demo", users=[admin]) as simulator,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        replay = Replay(simulator, session)
        for entry in recordings(version):
            if entry["name"] == "cooldown_session_over":
                simulator.installation.cooldown.clock = lambda: time.monotonic() + 5
            found[entry["name"]] = compare(entry, *await replay.send(entry))
        yield found


async def test_answers_as_the_recorded_servers_did(outcomes: dict[str, list[str]]) -> None:
    wrong = {name: why for name, why in outcomes.items() if why and name not in EXCLUDED}
    assert not wrong, "\n".join(f"{name}: {'; '.join(why)}" for name, why in wrong.items())


async def test_every_recording_was_replayed(outcomes: dict[str, list[str]]) -> None:
    assert len(outcomes) in {len(recordings(version)) for version in VERSIONS}
    assert EXCLUDED.keys() <= {e["name"] for v in VERSIONS for e in recordings(v)}
