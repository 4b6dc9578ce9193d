"""One n8n server's state: its workflows, executions, tags, projects, keys and owner."""

from __future__ import annotations

import bisect
import random
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from .store import Store

SCOPES = (
    "workflow:list",
    "workflow:read",
    "workflow:create",
    "workflow:activate",
    "workflow:deactivate",
    "workflow:delete",
    "execution:list",
    "execution:read",
    "execution:retry",
    "execution:delete",
    "tag:list",
    "tag:create",
    "project:list",
)
HELD = ("new", "running", "waiting")
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Key:
    """An API key; `expires_at` in unix seconds."""

    id: str
    secret: str
    label: str = "key"
    scopes: tuple[str, ...] = SCOPES
    expires_at: int | None = None


def iso(moment: datetime) -> str:
    """A time as n8n writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Installation:
    """Everything behind one address.

    `licensed` has projects. Executions that run or wait are held in memory, and hidden from lists,
    until they end or the server is started again.
    """

    def __init__(
        self,
        version: str,
        *,
        path: Path | None = None,
        licensed: bool = False,
        clock: Clock,
        seed: int = 1,
    ) -> None:
        self.version = version
        self.licensed = licensed
        self.clock = clock
        self.store = Store(path)
        self._random = random.Random(seed)  # noqa: S311
        self.workflows = {each["id"]: each for each in self.store.read("workflow")}
        self.tags = {each["id"]: each for each in self.store.read("tag")}
        self.projects = {each["id"]: each for each in self.store.read("project")}
        self.errors = {each["id"]: each for each in self.store.read("error")}
        self.keys = {
            each["id"]: Key(**{**each, "scopes": tuple(each["scopes"])})
            for each in self.store.read("key")
        }
        self.owner: dict[str, Any] | None = next(self.store.read("owner"), None)
        self.executions = {
            int(each["id"]): each
            for each in sorted(self.store.read("execution"), key=lambda row: int(row["id"]))
        }
        self._numbers = list(self.executions)
        self.held: set[int] = set()
        self.last_id = max(
            self._numbers[-1] if self._numbers else 0,
            *(int(each["last"]) for each in self.store.read("sequence")),
            0,
        )
        self._recover()

    # ── settings ────────────────────────────────────────────────────────────────────────────────

    def new_id(self, length: int = 16) -> str:
        """An id of letters and digits, as workflows and tags have."""
        return "".join(self._random.choices(string.ascii_letters + string.digits, k=length))

    def new_uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def add_key(
        self,
        secret: str,
        scopes: Sequence[str] = SCOPES,
        *,
        label: str = "key",
        expires_at: int | None = None,
    ) -> Key:
        """One more API key."""
        key = Key(self.new_id(), secret, label, tuple(scopes), expires_at)
        self.keys[key.id] = key
        self.store.put("key", [asdict(key)])
        return key

    def key_of(self, secret: str) -> Key | None:
        """The key that has this secret and has not expired."""
        now = self.clock().timestamp()
        for key in self.keys.values():
            if key.secret == secret and (key.expires_at is None or key.expires_at > now):
                return key
        return None

    def set_owner(self, owner: dict[str, Any]) -> None:
        self.owner = owner
        self.store.put("owner", [owner])

    def add_tag(self, name: str) -> dict[str, Any]:
        """Raises ValueError where there is one of that name."""
        if any(tag["name"] == name for tag in self.tags.values()):
            raise ValueError("Tag already exists")
        now = iso(self.clock())
        tag = {"id": self.new_id(), "name": name, "createdAt": now, "updatedAt": now}
        self.tags[tag["id"]] = tag
        self.store.put("tag", [tag])
        return tag

    def add_project(self, name: str) -> dict[str, Any]:
        project = {"id": self.new_id(), "name": name, "type": "team", "icon": None}
        self.projects[str(project["id"])] = project
        self.store.put("project", [project])
        return project

    # ── workflows ───────────────────────────────────────────────────────────────────────────────

    def add_workflow(
        self,
        name: str,
        *,
        active: bool = True,
        settings: Mapping[str, Any] | None = None,
        nodes: Sequence[Mapping[str, Any]] = (),
        connections: Mapping[str, Any] | None = None,
        tags: Sequence[Mapping[str, Any]] = (),
        id: str | None = None,
    ) -> dict[str, Any]:
        """One more workflow; its id is made up unless it is given."""
        now, version = iso(self.clock()), self.new_uuid()
        workflow: dict[str, Any] = {
            "id": id or self.new_id(),
            "name": name,
            "active": active,
            "activeVersionId": version if active else None,
            "versionId": version,
            "createdAt": now,
            "updatedAt": now,
            "isArchived": False,
            "nodes": [dict(node) for node in nodes] or [trigger("webhook", path=name.lower())],
            "connections": dict(connections or {}),
            "settings": {"executionOrder": "v1", **(settings or {})},
            "staticData": None,
            "meta": None,
            "pinData": None,
            "triggerCount": 1 if active else 0,
            "tags": [dict(tag) for tag in tags],
        }
        workflow["shared"] = [
            {
                "role": "workflow:owner",
                "workflowId": workflow["id"],
                "projectId": next(iter(self.projects), "personalproject1"),
                "createdAt": now,
                "updatedAt": now,
            }
        ]
        self.workflows[workflow["id"]] = workflow
        self.store.put("workflow", [workflow])
        return workflow

    def change_workflow(self, key: str, **values: Any) -> dict[str, Any]:
        """Change fields of a workflow; its time of change moves. Raises KeyError."""
        workflow = {**self.workflows[key], **values, "updatedAt": iso(self.clock())}
        if "active" in values:
            workflow["activeVersionId"] = workflow["versionId"] if values["active"] else None
        self.workflows[key] = workflow
        self.store.put("workflow", [workflow])
        return workflow

    def remove_workflow(self, key: str) -> None:
        """Delete a workflow with its executions. Raises KeyError."""
        del self.workflows[key]
        self.store.drop("workflow", [key])
        self.delete_executions(
            [number for number, row in self.executions.items() if row["workflowId"] == key]
        )

    # ── executions ──────────────────────────────────────────────────────────────────────────────

    def start(
        self,
        workflow: str,
        *,
        mode: str = "webhook",
        at: datetime | None = None,
        retry_of: int | None = None,
    ) -> int:
        """An execution that runs from now on; its number."""
        self.last_id += 1
        number = self.last_id
        self._put(
            {
                "id": str(number),
                "finished": False,
                "mode": mode,
                "retryOf": None if retry_of is None else str(retry_of),
                "retrySuccessId": None,
                "status": "running",
                "startedAt": iso(at or self.clock()),
                "stoppedAt": None,
                "workflowId": workflow,
                "waitTill": None,
            }
        )
        self.held.add(number)
        return number

    def wait(self, number: int, till: datetime, *, at: datetime | None = None) -> None:
        """A running execution waits from now on."""
        row = self.executions[number]
        stopped = iso(at or self.clock())
        self._put({**row, "status": "waiting", "waitTill": iso(till), "stoppedAt": stopped})

    def finish(
        self,
        number: int,
        status: str = "success",
        *,
        at: datetime | None = None,
        error: str = "The step failed",
        node: str = "Step",
    ) -> None:
        """An execution ends. One whose workflow does not keep its kind leaves no trace."""
        row = self.executions[number]
        stopped = at or self.clock()
        self.held.discard(number)
        settings = self.workflows.get(row["workflowId"], {}).get("settings", {})
        kept = "saveDataErrorExecution" if status == "error" else "saveDataSuccessExecution"
        if settings.get(kept) == "none":
            self.delete_executions([number])
            return
        ended = {**row, "status": status, "finished": status == "success", "waitTill": None}
        ended["stoppedAt"] = None if status == "crashed" else iso(stopped)
        self._put(ended)
        if status in ("error", "crashed"):
            self.errors[str(number)] = failure = {
                "id": str(number),
                "message": error if status == "error" else "The workflow run crashed",
                "node": node,
            }
            self.store.put("error", [failure])
        if status == "success" and row["retryOf"] is not None:
            original = self.executions.get(int(row["retryOf"]))
            if original is not None:
                self._put({**original, "retrySuccessId": str(number)})

    def run(
        self,
        workflow: str,
        status: str = "success",
        *,
        mode: str = "webhook",
        at: datetime | None = None,
        seconds: float = 1.0,
        error: str = "The step failed",
        node: str = "Step",
        retry_of: int | None = None,
    ) -> int:
        """A whole execution of some seconds, over at once; its number."""
        began = at or self.clock()
        number = self.start(workflow, mode=mode, at=began, retry_of=retry_of)
        ended = began + timedelta(seconds=seconds)
        self.finish(number, status, at=ended, error=error, node=node)
        return number

    def load(self, rows: Iterable[dict[str, Any]]) -> None:
        """Many ended executions at once, in order of their numbers."""
        found = list(rows)
        for row in found:
            number = int(row["id"])
            self.executions[number] = row
            self._numbers.append(number)
            self.last_id = number
        self.store.put("execution", found)

    def delete_executions(self, numbers: Iterable[int]) -> None:
        """Executions vanish: pruned, deleted, or never kept."""
        gone = {number for number in numbers if self.executions.pop(number, None) is not None}
        self.held -= gone
        self._numbers = [number for number in self._numbers if number not in gone]
        self.store.drop("execution", map(str, gone))
        self.store.put("sequence", [{"id": "execution", "last": self.last_id}])

    def prune(self, keep: int) -> int:
        """Keep only so many ended executions, the newest; how many vanish."""
        ended = [n for n in self._numbers if self.executions[n]["status"] not in HELD]
        gone = ended[: max(0, len(ended) - keep)]
        self.delete_executions(gone)
        return len(gone)

    def restart(self) -> None:
        """Start the server again: what ran has crashed, what waited is no longer held in memory."""
        self.held.clear()
        self._recover()

    def _recover(self) -> None:
        for number in [n for n in self._numbers if self.executions[n]["status"] == "running"]:
            self.finish(number, "crashed")

    def listed(
        self, *, below: int | None, status: str | None, workflow: str | None
    ) -> Iterator[dict[str, Any]]:
        """Executions as the public API lists them, the newest first."""
        wanted = {"error": ("error", "crashed")}.get(status or "", (status,))
        place = len(self._numbers) if below is None else bisect.bisect_left(self._numbers, below)
        for index in range(place - 1, -1, -1):
            number = self._numbers[index]
            row = self.executions[number]
            if status is not None and row["status"] not in wanted:
                continue
            if status != "running" and number in self.held:
                continue
            if workflow is None or row["workflowId"] == workflow:
                yield row

    def detail(self, number: int) -> dict[str, Any]:
        """An execution with its data. Raises KeyError."""
        row = self.executions[number]
        workflow = self.workflows.get(row["workflowId"], {})
        result: dict[str, Any] = {"runData": {}, "lastNodeExecuted": "Step"}
        failure = self.errors.get(str(number))
        if failure is not None:
            result["lastNodeExecuted"] = failure["node"]
            result["error"] = {
                "name": "NodeOperationError",
                "message": failure["message"],
                "level": "warning",
                "node": {"name": failure["node"], "type": "n8n-nodes-base.httpRequest"},
                "timestamp": 0,
                "context": {},
                "functionality": "regular",
                "stack": f"NodeOperationError: {failure['message']}\n    at Step",
            }
        data = {"version": 1, "startData": {}, "resultData": result, "executionData": {}}
        return {**row, "data": data, "workflowData": workflow, "customData": {}}

    def _put(self, row: dict[str, Any]) -> None:
        number = int(row["id"])
        if number not in self.executions:
            self._numbers.append(number)
        self.executions[number] = row
        self.store.put("execution", [row])


def trigger(kind: str, **parameters: Any) -> dict[str, Any]:
    """A node that starts a workflow: `webhook`, `scheduleTrigger`…"""
    return {
        "id": kind,
        "name": kind.title(),
        "type": f"n8n-nodes-base.{kind}",
        "typeVersion": 1,
        "position": [0, 0],
        "parameters": parameters,
    }
