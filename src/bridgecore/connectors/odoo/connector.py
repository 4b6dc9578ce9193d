"""Odoo as a connector: how the catalogue describes it and how its entities are read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from bridgecore.connectors.contract import (
    Ability,
    Band,
    Checkpoint,
    CheckReport,
    ConnectorSpec,
    Entity,
    EntityFlag,
    Field,
    KeyState,
    Pace,
    Page,
    Period,
    Presence,
    Records,
    Span,
)
from bridgecore.connectors.errors import Reauthorise
from bridgecore.connectors.odoo import changes, comparison, discovery
from bridgecore.connectors.odoo.client import OdooClient
from bridgecore.connectors.odoo.errors import Kind, odoo_error, understood
from bridgecore.connectors.odoo.identity import OdooIdentity, TransportName
from bridgecore.connectors.odoo.records import Source
from bridgecore.kit.http import HttpClient

_ALWAYS = ("create_date", "write_date", "active")


class OdooConnector:
    """One tenant's Odoo as a source of records. Keys are ids as text.

    `page_size` is for reads that set no pace of their own.
    """

    def __init__(self, client: OdooClient, *, page_size: int = Pace().page_size) -> None:
        self.client = client
        self._page_size = page_size
        self._described: dict[str, tuple[Field, ...]] = {}

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
            unauthorised=isinstance(status.error, Reauthorise),
        )

    async def discover(self, names: Sequence[str] = ()) -> Sequence[Entity]:
        """Every stored model; for `names`, those readable, and what is known of them is renewed."""
        if not names:
            with understood("its models"):
                return await discovery.models(self.client)
        entities = await discovery.described(self.client, names)
        for name in names:
            self._described.pop(name, None)
        for entity in entities:
            self._described[entity.name] = entity.fields
        return entities

    async def read(
        self,
        entity: str,
        since: Checkpoint | None = None,
        *,
        fields: Sequence[str] = (),
        pace: Pace | None = None,
    ) -> AsyncIterator[Page]:
        """Records as Odoo's `read` gives them; without `fields`, those read by default."""
        wanted = await self._wanted(entity, fields)
        pace = pace or Pace(self._page_size)
        with understood(entity):
            async for page in changes.read(self.client, entity, wanted, since, pace=pace):
                yield page

    async def list_keys(self, entity: str) -> AsyncIterator[Sequence[str]]:
        with understood(entity):
            async for keys in changes.list_keys(self.client, entity):
                yield keys

    async def bands(
        self, entity: str, period: Period, within: Span | None = None
    ) -> Sequence[Band]:
        with understood(entity):
            return await comparison.bands(self.client, entity, period, within)

    async def band_keys(self, entity: str, span: Span) -> AsyncIterator[Sequence[KeyState]]:
        archives = await self._archives(entity)
        with understood(entity):
            async for page in comparison.band_keys(self.client, entity, span, archives=archives):
                yield page

    async def read_keys(
        self, entity: str, keys: Sequence[str], *, fields: Sequence[str] = ()
    ) -> Records:
        """Those that are gone, or that the account may not see, are left out."""
        wanted = await self._wanted(entity, fields)
        source = Source(self.client, entity, wanted)
        with understood(entity):
            rows = await source.visible(comparison.ids_of(keys))
        return Records(
            tuple(row.change for row in rows if row.change is not None),
            tuple(row.set_aside for row in rows if row.set_aside is not None),
        )

    async def presence(self, entity: str, keys: Sequence[str]) -> Mapping[str, Presence]:
        archives = await self._archives(entity)
        with understood(entity):
            return await comparison.presence(self.client, entity, keys, archives=archives)

    async def close(self) -> None:
        await self.client.close()

    async def _wanted(self, entity: str, fields: Sequence[str]) -> list[str]:
        """The fields to ask for: those named, or those read by default, and always the times."""
        readable = {field.name: field for field in await self._fields(entity)}
        if "write_date" not in readable or not readable["write_date"].stored:
            raise odoo_error(
                Kind.UNSUPPORTED, f"{entity} keeps no time of change, so it can't be read."
            )
        chosen = fields or [name for name, field in readable.items() if field.by_default]
        always = [name for name in _ALWAYS if name in readable and readable[name].stored]
        return list(dict.fromkeys([*chosen, *always]))

    async def _archives(self, entity: str) -> bool:
        flags = discovery.flags_of(await self._fields(entity))
        return EntityFlag.ARCHIVES in flags

    async def _fields(self, entity: str) -> tuple[Field, ...]:
        known = self._described.get(entity)
        if known is None:
            known = self._described[entity] = await discovery.read_fields(self.client, entity)
        return known


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
            "addon_events": {
                "type": "string",
                "title": "Events of the addon",
                "description": "fetched: for an Odoo with the addon that can't call this platform.",
                "enum": ["pushed", "fetched"],
                "default": "pushed",
            },
        },
    },
    open=open_connector,
    abilities=frozenset({Ability.KEYS, Ability.BANDS}),
    plan=discovery.PLAN,
)
