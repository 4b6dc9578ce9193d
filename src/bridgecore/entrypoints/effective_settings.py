"""The settings this process runs with, for staff: never a secret, never the login of a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends
from pydantic import Field, SecretStr
from pydantic.fields import FieldInfo

from bridgecore import __version__
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.settings import Settings
from bridgecore.infra.web import Output

router = APIRouter(prefix="/admin/settings", tags=["platform"])

Reader = Annotated[Actor, Depends(requires_staff("platform:read"))]

# secrets whose type is another one, because there are several
_SECRETS = frozenset({"secret_key_previous"})
_ADDRESSES = frozenset({"database_url", "database_app_url", "database_platform_url", "redis_url"})

Value = str | int | float | bool | list[str] | None


class SettingOut(Output):
    """One setting. Of a secret only `is_set` is told; of an address not who signs in there."""

    name: str = Field(description="The environment variable.")
    value: Value
    is_secret: bool
    is_set: bool = Field(description="It has a value, be it the default.")
    is_default: bool
    description: str


class EffectiveSettings(Output):
    version: str
    items: list[SettingOut]


@router.get("", summary="The settings this process runs with")
async def effective_settings(actor: Reader, resources: ResourcesDep) -> EffectiveSettings:
    """Set by environment variables, so they change with a restart. Every one is documented."""
    return EffectiveSettings(version=__version__, items=settings_shown(resources.settings))


def settings_shown(settings: Settings) -> list[SettingOut]:
    return [
        SettingOut(
            name=name.upper(),
            value=None if (secret := _is_secret(name, info)) else _plain(name, settings),
            is_secret=secret,
            is_set=_is_set(getattr(settings, name)),
            is_default=getattr(settings, name) == info.get_default(call_default_factory=True),
            description=info.description or "",
        )
        for name, info in Settings.model_fields.items()
    ]


def _is_secret(name: str, info: FieldInfo) -> bool:
    return info.annotation is SecretStr or name in _SECRETS


def _is_set(value: object) -> bool:
    if isinstance(value, SecretStr):
        return bool(value.get_secret_value())
    return value not in ("", None, [])


def _plain(name: str, settings: Settings) -> Value:
    value: object = getattr(settings, name)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        return [_without_login(str(each)) for each in value]
    told = "" if value is None else str(value)
    return _place(told) if name in _ADDRESSES else _without_login(told)


def _place(url: str) -> str:
    """Scheme, host, port and database: parameters of such an address may hold passwords too."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme else ""


def _without_login(text: str) -> str:
    if "://" not in text:
        return text
    parts = urlsplit(text)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
