"""Finds the way in: which transport accepts this identity's secret."""

from __future__ import annotations

from bridgecore.connectors.odoo import json2, jsonrpc, websession
from bridgecore.connectors.odoo.channel import Channel, server_version
from bridgecore.connectors.odoo.errors import Kind, OdooError
from bridgecore.connectors.odoo.identity import OdooIdentity, TransportName
from bridgecore.connectors.odoo.wire import Wire


async def sign_in(
    wire: Wire, identity: OdooIdentity, transport: TransportName, *, timeout: float
) -> Channel:
    """A signed-in channel over the transport asked for, or over the best one (`AUTO`).

    A password opens a web session, which is nearly twice as fast as checking it on every call.
    An API key opens JSON-2 from Odoo 19 and the external JSON-RPC before. `timeout` is seconds
    for each exchange. Raises `OdooError`.
    """
    match transport:
        case TransportName.SESSION:
            return await websession.sign_in(wire, identity, timeout=timeout)
        case TransportName.JSONRPC:
            version = await server_version(wire, timeout=timeout)
            return await jsonrpc.sign_in(wire, identity, version, timeout=timeout)
        case TransportName.JSON2:
            version = await server_version(wire, timeout=timeout)
            return await json2.sign_in(wire, identity, version, timeout=timeout)
        case TransportName.AUTO:
            return await _best(wire, identity, timeout=timeout)


async def _best(wire: Wire, identity: OdooIdentity, *, timeout: float) -> Channel:
    """A key tried as a password counts towards Odoo's login lock, so the likelier goes first."""
    if identity.looks_like_api_key:
        try:
            return await _by_key(wire, identity, timeout=timeout)
        except OdooError as denied:
            if denied.kind is not Kind.ACCESS_DENIED:
                raise
            try:
                return await websession.sign_in(wire, identity, timeout=timeout)
            except OdooError:
                raise denied from None
    try:
        return await websession.sign_in(wire, identity, timeout=timeout)
    except OdooError as denied:
        if denied.kind is not Kind.ACCESS_DENIED:
            raise
        try:
            version = await server_version(wire, timeout=timeout)
            return await jsonrpc.sign_in(wire, identity, version, timeout=timeout)
        except OdooError:
            raise denied from None


async def _by_key(wire: Wire, identity: OdooIdentity, *, timeout: float) -> Channel:
    version = await server_version(wire, timeout=timeout)
    if version.major >= json2.FIRST_VERSION:
        return await json2.sign_in(wire, identity, version, timeout=timeout)
    return await jsonrpc.sign_in(wire, identity, version, timeout=timeout)
