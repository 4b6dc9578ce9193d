"""n8n as a connector: how the catalogue describes it and how its entities are read."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridgecore.connectors.contract import (
    Ability,
    Checkpoint,
    CheckReport,
    ConnectorSpec,
    Entity,
    Pace,
    Page,
)
from bridgecore.connectors.n8n import executions, lists, status
from bridgecore.connectors.n8n.client import PAGE_SIZE, N8nClient
from bridgecore.connectors.n8n.entities import ENTITIES, default_fields
from bridgecore.connectors.n8n.errors import Kind, n8n_error
from bridgecore.connectors.n8n.failures import Failure, failure_of
from bridgecore.connectors.n8n.server import N8nServer
from bridgecore.kit.http import HttpClient


class N8nConnector:
    """One n8n server as a source of workflows, executions, tags and projects."""

    def __init__(self, client: N8nClient, *, page_size: int = PAGE_SIZE) -> None:
        self.client = client
        self._page_size = page_size

    async def check(self) -> CheckReport:
        return await status.check(self.client)

    async def discover(self, names: Sequence[str] = ()) -> Sequence[Entity]:
        projects = await status.licensed(self.client)
        there = [entity for entity in ENTITIES.values() if projects or entity.name != "project"]
        if names:
            return [entity for entity in there if entity.name in names]
        return [replace(entity, fields=()) for entity in there]

    async def read(
        self,
        entity: str,
        since: Checkpoint | None = None,
        *,
        fields: Sequence[str] = (),
        pace: Pace | None = None,
    ) -> AsyncIterator[Page]:
        """Records as n8n gives them; without `fields`, all but a workflow's inner workings."""
        size = min(self._page_size, pace.page_size) if pace else self._page_size
        _known(entity)
        wanted = [*dict.fromkeys(("id", *fields))] if fields else default_fields(entity)
        if entity == "execution":
            pages = executions.read(self.client, since, wanted, page_size=size)
        else:
            pages = lists.read(self.client, entity, since, wanted, page_size=size)
        began = time.perf_counter()
        async for page in pages:
            yield replace(page, seconds=time.perf_counter() - began, page_size=size)
            began = time.perf_counter()

    def list_keys(self, entity: str) -> AsyncIterator[Sequence[str]]:
        _known(entity)
        if entity == "execution":
            return executions.list_keys(self.client)
        return lists.list_keys(self.client, entity)

    async def failure_of(self, execution_id: str) -> Failure | None:
        """Why an execution failed; None where n8n keeps nothing of it. Raises `N8nError`."""
        return await failure_of(self.client, execution_id)

    async def close(self) -> None:
        pass


def open_connector(config: Mapping[str, Any], http: HttpClient) -> N8nConnector:
    """A connector for a stored configuration. Raises `Rejected`; sends nothing."""
    return N8nConnector(N8nClient(N8nServer.from_config(config), http))


def _known(entity: str) -> None:
    if entity not in ENTITIES:
        raise n8n_error(
            Kind.UNKNOWN_ENTITY, f"n8n has no {entity!r}; it has {', '.join(ENTITIES)}."
        )


SPEC = ConnectorSpec(
    name="n8n",
    title="n8n",
    config_schema={
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["url", "api_key"],
        "additionalProperties": False,
        "properties": {
            "url": {
                "type": "string",
                "title": "Address",
                "description": "The address people open n8n at, or that of its API.",
                "examples": ["https://n8n.example.com"],
            },
            "api_key": {
                "type": "string",
                "title": "API key",
                "description": "Made in n8n under Settings, n8n API.",
                "minLength": 1,
                "format": "password",
                "writeOnly": True,
            },
        },
    },
    open=open_connector,
    abilities=frozenset({Ability.KEYS}),
    plan=("workflow", "execution", "tag", "project"),
)
