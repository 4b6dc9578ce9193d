"""Odoo as a connector: how the catalogue describes it and how its entities are read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
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
from bridgecore.connectors.odoo import changes, discovery
from bridgecore.connectors.odoo.client import OdooClient
from bridgecore.connectors.odoo.errors import Kind, odoo_error
from bridgecore.connectors.odoo.identity import OdooIdentity, TransportName
from bridgecore.kit.http import HttpClient

_ALWAYS = ("write_date", "active")
# One2many lines are records of their own model; binaries are fetched when somebody looks.
_LEFT_OUT = frozenset({"binary", "one2many", "properties_definition"})


class OdooConnector:
    """One tenant's Odoo as a source of records, read `page_size` at a time."""

    def __init__(self, client: OdooClient, *, page_size: int = changes.PAGE_SIZE) -> None:
        self.client = client
        self._page_size = page_size
        self._readable: dict[str, tuple[str, ...]] = {}

    async def check(self) -> CheckReport:
        status = await self.client.check()
        return CheckReport(
            ok=status.ok,
            version=status.version.text if status.version else None,
            account=status.login,
            details={
                "uid": status.uid,
                "name": status.name,
                "transport": status.transport.value if status.transport else None,
                "user_context": dict(status.user_context),
            },
            problems=status.problems,
        )

    async def discover(self, names: Sequence[str] = ()) -> Sequence[Entity]:
        if names:
            return await discovery.described(self.client, names)
        return await discovery.models(self.client)

    async def read(
        self,
        entity: str,
        since: Checkpoint | None = None,
        *,
        fields: Sequence[str] = (),
        pace: Pace | None = None,
    ) -> AsyncIterator[Page]:
        """Records as Odoo's `read` gives them; without `fields`, every stored one but files."""
        readable = await self._readable_fields(entity)
        wanted = dict.fromkeys(fields or readable)
        wanted |= dict.fromkeys(name for name in _ALWAYS if name in readable)
        page_size = pace.page_size if pace is not None else self._page_size
        pages = changes.read(self.client, entity, list(wanted), since, page_size=page_size)
        async for page in pages:
            yield page

    def list_keys(self, entity: str) -> AsyncIterator[Sequence[str]]:
        return changes.list_keys(self.client, entity)

    async def close(self) -> None:
        await self.client.close()

    async def _readable_fields(self, entity: str) -> tuple[str, ...]:
        readable = self._readable.get(entity)
        if readable is None:
            readable = tuple(
                field.name
                for field in await discovery.read_fields(self.client, entity)
                if field.stored and field.type not in _LEFT_OUT
            )
            if "write_date" not in readable:
                raise odoo_error(
                    Kind.UNSUPPORTED, f"{entity} keeps no time of change, so it can't be read."
                )
            self._readable[entity] = readable
        return readable


def open_connector(config: Mapping[str, Any], http: HttpClient) -> OdooConnector:
    """A connector for a stored configuration. Raises `Rejected`; sends nothing."""
    return OdooConnector(OdooClient(OdooIdentity.from_config(config), http))


SPEC = ConnectorSpec(
    name="odoo",
    title="Odoo",
    config_schema={
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["url", "database", "username", "password"],
        "additionalProperties": False,
        "properties": {
            "url": {
                "type": "string",
                "title": "Address",
                "description": "The address people open Odoo at.",
                "examples": ["https://example.odoo.com"],
            },
            "database": {"type": "string", "title": "Database", "minLength": 1},
            "username": {"type": "string", "title": "Login", "minLength": 1},
            "password": {
                "type": "string",
                "title": "Password or API key",
                "minLength": 1,
                "format": "password",
                "writeOnly": True,
            },
            "transport": {
                "type": "string",
                "title": "Protocol",
                "description": "auto finds the fastest that accepts the password or key.",
                "enum": [name.value for name in TransportName],
                "default": TransportName.AUTO.value,
            },
        },
    },
    open=open_connector,
    abilities=frozenset({Ability.KEYS}),
)
