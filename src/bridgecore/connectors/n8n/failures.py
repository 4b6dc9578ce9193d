"""Why an execution failed: what its list does not tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from bridgecore.connectors.n8n.client import N8nClient
from bridgecore.connectors.n8n.errors import Kind, N8nError
from bridgecore.connectors.n8n.executions import PATH

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Failure:
    """The error an execution ended with. `node` is the name of the step that raised it."""

    message: str
    name: str | None = None
    node: str | None = None
    node_type: str | None = None
    description: str | None = None


class _Node(msgspec.Struct):
    name: Any = None
    type: Any = None


class _Error(msgspec.Struct):
    message: Any = None
    name: Any = None
    description: Any = None
    node: _Node | str | None = None


class _Result(msgspec.Struct, rename="camel"):
    error: _Error | None = None
    last_node_executed: Any = None


class _Data(msgspec.Struct, rename="camel"):
    result_data: _Result | None = None


class _Execution(msgspec.Struct):
    data: _Data | None = None


_EXECUTION = msgspec.json.Decoder(_Execution)


async def failure_of(client: N8nClient, execution_id: str) -> Failure | None:
    """The error of one execution; None where n8n no longer has it, or keeps none of it.

    Fetches the execution with all its data, which can be megabytes. Raises `N8nError`.
    """
    try:
        body = await client.find(PATH, execution_id, {"includeData": "true"})
        result = _result(body)
    except N8nError as error:
        if error.kind in (Kind.NOT_FOUND, Kind.ANSWER_TOO_LARGE):
            return None
        raise
    if result is None or result.error is None:
        return None
    error_ = result.error
    node = error_.node if isinstance(error_.node, _Node) else _Node(name=error_.node)
    return Failure(
        message=_text(error_.message) or _text(error_.name) or "n8n gave no message",
        name=_text(error_.name),
        node=_text(node.name) or _text(result.last_node_executed),
        node_type=_text(node.type),
        description=_text(error_.description),
    )


def _result(body: bytes) -> _Result | None:
    try:
        execution = _EXECUTION.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return execution.data.result_data if execution.data else None


def _text(value: object) -> str | None:
    return value.replace("\x00", "\ufffd")[:_LONGEST] if isinstance(value, str) and value else None
