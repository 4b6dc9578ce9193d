"""API keys are renewed without a moment in which neither key works."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridgecore.connectors.odoo import Kind, OdooClient, OdooError
from bridgecore.connectors.odoo.keys import generate, revoke

NEW = "f" * 40


@pytest.fixture
def keyed(odoo, refused):
    """An Odoo 19 that makes and ends keys."""

    def handle(model, method, ids, body):
        assert model == "res.users.apikeys"
        if body["key"] not in odoo.keys:
            raise refused("odoo.exceptions.AccessDenied", "Access Denied")
        if method == "revoke":
            odoo.keys = tuple(key for key in odoo.keys if key != body["key"])
            return True
        assert body["expiration_date"] == "2027-01-01 00:00:00"
        assert (body["scope"], body["name"]) == ("rpc", "BridgeCore")
        odoo.keys += (NEW,)
        return NEW

    odoo.version, odoo.handle = "19.0", handle
    return odoo


async def test_the_old_key_works_until_it_is_revoked(keyed, http, api_key):
    old = OdooClient(keyed.identity(api_key), http)
    expires = datetime(2027, 1, 1, tzinfo=UTC)
    key = await generate(old, "BridgeCore", expires, timeout=5)
    assert (await old.check()).ok
    fresh = OdooClient(keyed.identity(key), http)
    assert (await fresh.check()).ok
    await revoke(fresh, api_key, timeout=5)
    with pytest.raises(OdooError) as caught:
        await old.call("res.partner", "read", [[1]], timeout=5)
    assert caught.value.kind is Kind.ACCESS_DENIED
    assert (await fresh.check()).ok
