"""What staff are told of the settings: enough to see what is wrong, and no secret."""

from __future__ import annotations

import httpx

from bridgecore.entrypoints.effective_settings import settings_shown
from bridgecore.infra.settings import Environment, Settings, load_settings
from tests.conftest import SECRETS


async def test_every_setting_is_shown_and_no_secret(
    client: httpx.AsyncClient, staff_headers: dict[str, str]
) -> None:
    answer = await client.get("/admin/settings", headers=staff_headers)
    assert answer.status_code == 200, answer.text
    items = {each["name"]: each for each in answer.json()["items"]}
    assert set(items) == {name.upper() for name in Settings.model_fields}
    for name, secret in SECRETS.items():
        assert secret not in answer.text
        assert items[name.upper()]["value"] is None
        assert items[name.upper()]["is_set"]
    assert items["ENVIRONMENT"]["value"] == "test"
    assert items["CACHE_TTL"] == {
        "name": "CACHE_TTL",
        "value": 300,
        "is_secret": False,
        "is_set": True,
        "is_default": True,
        "description": Settings.model_fields["cache_ttl"].description,
    }
    assert not items["DB_POOL_SIZE"]["is_default"]
    assert not items["SENTRY_DSN"]["is_set"]


def test_addresses_are_shown_without_logins() -> None:
    settings = load_settings(
        environment=Environment.TEST,
        database_url="postgresql://planted:planted@db.example:5432/core?password=planted",
        redis_url="rediss://:planted@redis.example/0",
        otel_exporter_otlp_endpoint="https://planted:planted@traces.example/v1",
        secret_key_previous=["planted-previous"],
        **SECRETS,
    )
    shown = {each.name: each.value for each in settings_shown(settings)}
    assert shown["DATABASE_URL"] == "postgresql://db.example:5432/core"
    assert shown["REDIS_URL"] == "rediss://redis.example/0"
    assert shown["OTEL_EXPORTER_OTLP_ENDPOINT"] == "https://traces.example/v1"
    assert "planted" not in str(shown)
