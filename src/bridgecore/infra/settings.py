"""Every setting of the platform, in one typed class, read from the environment and `.env`.

Names are those of the requirement documents. A secret may also be given as a file: `NAME_FILE`
holds the path. The descriptions below are the configuration reference of the documentation.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from email.utils import formataddr
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

SECRETS = ("secret_key", "jwt_secret_key", "admin_secret_key")
MINIMUM_SECRET_LENGTH = 32
# The placeholders of the requirement documents and of common templates: never a real secret.
PLACEHOLDERS = (
    "change-in-production",
    "changeme",
    "change-me",
    "your-secret",
    "your-jwt",
    "your-admin",
)


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    STAGING = "staging"
    PRODUCTION = "production"

    @property
    def is_development(self) -> bool:
        """Development and test may run on embedded servers and generated secrets."""
        return self in (Environment.DEVELOPMENT, Environment.TEST)


class ConfigurationError(Exception):
    """The settings don't allow the platform to start."""


class _FileSecrets(PydanticBaseSettingsSource):
    """Reads a setting from the file that NAME_FILE names (Docker and Kubernetes secrets)."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{field_name.upper()}_FILE")
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except OSError as error:
            raise ConfigurationError(
                f"{field_name.upper()}_FILE names {path}, which can't be read: {error.strerror}"
            ) from error

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            value, _, _ = self.get_field_value(field, name)
            if value is not None:
                # pydantic matches input by alias where a field has one
                alias = field.validation_alias
                found[str(alias.choices[0]) if isinstance(alias, AliasChoices) else name] = value
        return found


CommaSeparated = Annotated[list[str], NoDecode]


class Settings(BaseSettings):
    """Typed settings. Build it with `load_settings`, which also checks and completes secrets."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", populate_by_name=True
    )

    app_name: str = Field("BridgeCore", description="Name shown in API information and mails.")
    environment: Environment = Field(
        Environment.DEVELOPMENT,
        description="`development` and `test` may use embedded servers and generated secrets; "
        "`staging` and `production` refuse to start without real ones.",
    )
    debug: bool = Field(False, description="Verbose logs. Never shows stack traces to clients.")
    host: str = Field("127.0.0.1", description="Address the API listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the API listens on.")
    web_workers: int = Field(1, ge=1, description="API processes of one `bridgecore serve`.")
    public_url: str = Field(
        "", description="Address people reach the platform at; used in mails and webhooks."
    )
    data_dir: Path = Field(
        Path(".bridgecore"), description="Embedded servers, local objects, generated secrets."
    )

    secret_key: SecretStr = Field(
        SecretStr(""), description="Root of encryption at rest. At least 32 characters."
    )
    secret_key_previous: CommaSeparated = Field(
        default_factory=list,
        description="Earlier values of SECRET_KEY, comma separated, still able to decrypt; "
        "`bridgecore keys rotate` re-encrypts with the current one.",
    )
    jwt_secret_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("jwt_secret_key", "jwt_secret"),
        description="Signs tenant tokens. `JWT_SECRET` is read too.",
    )
    jwt_algorithm: str = Field("HS256", pattern="^HS(256|384|512)$", description="Of all tokens.")
    admin_secret_key: SecretStr = Field(SecretStr(""), description="Signs staff tokens.")
    access_token_expire_minutes: int = Field(30, ge=1, description="Tenant access tokens.")
    refresh_token_expire_days: int = Field(7, ge=1, description="Tenant refresh tokens.")
    admin_token_expire_hours: int = Field(24, ge=1, description="Staff tokens for API use.")
    app_session_days: int = Field(
        30, ge=1, description="Refresh tokens of `/auth/tenant/login`, counted from the last use."
    )

    database_url: str = Field(
        "", description="PostgreSQL 15+. Empty in development: an embedded one is started."
    )
    database_app_url: str = Field(
        "",
        description="Login for tenant work; must act as role `bridgecore_app`. Empty: DATABASE_URL "
        "with that role.",
    )
    database_platform_url: str = Field(
        "",
        description="Login for staff work; must act as role `bridgecore_platform`. Empty: "
        "DATABASE_URL with that role.",
    )
    db_pool_size: int = Field(10, ge=1, description="Connections a process keeps per role.")
    db_max_overflow: int = Field(10, ge=0, description="Connections beyond that under load.")
    redis_url: str = Field(
        "", description="Redis 7 or Valkey. Empty in development: an embedded Valkey is started."
    )
    redis_pool_size: int = Field(32, ge=1, description="Redis connections a process may open.")
    cache_ttl: int = Field(300, ge=0, description="Seconds a gateway read may be cached; 0: off.")
    odoo_concurrency: int = Field(
        100,
        ge=1,
        le=200,
        description="Calls one API process makes of one Odoo at once; more wait for a place.",
    )

    cors_origins: CommaSeparated = Field(
        default_factory=list, description="Origins browsers may call from; closed by default."
    )
    trusted_proxies: CommaSeparated = Field(
        default_factory=list,
        description="Addresses or networks whose `X-Forwarded-For` is believed.",
    )
    max_body_bytes: int = Field(
        10 * 1024 * 1024, ge=1024, description="Largest request body, uploads excepted."
    )
    max_upload_bytes: int = Field(
        128 * 1024 * 1024, ge=1024, description="Largest file at `/api/v1/files`."
    )

    rate_limit_enabled: bool = Field(True, description="Off: requests are counted, not refused.")
    default_rate_limit_per_hour: int = Field(
        1000, ge=1, description="Tenants without a plan of their own."
    )
    default_rate_limit_per_day: int = Field(
        10000, ge=1, description="Tenants without a plan of their own."
    )

    smtp_host: str = Field(
        "",
        description="Mail server that takes outgoing mail. Empty: mails are captured, and staff "
        "read them in the dashboard under Mail.",
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_username: str = Field("", description="Name to sign in to it with; empty: none.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password of that name.")
    smtp_starttls: bool = Field(
        True, description="Encrypt before anything is said; a server that can't is refused."
    )
    smtp_tls: bool = Field(
        False, description="Encrypted from the first byte (port 465), in place of STARTTLS."
    )
    mail_from: str = Field(
        "",
        validation_alias=AliasChoices("mail_from", "from_email"),
        description="Sender of mails: an address, or `Name <address>`. Empty: SMTP_USERNAME. "
        "`FROM_EMAIL` is read too.",
    )
    registration_enabled: bool = Field(
        False, description="People may register themselves; their address is verified by mail."
    )
    supabase_url: str = Field(
        "",
        description="Address of a Supabase project (`https://<ref>.supabase.co`) whose access "
        "tokens are exchanged for ours at `/api/v1/auth/supabase/complete`. Empty: off.",
    )
    supabase_issuer: str = Field(
        "", description="Issuer of its tokens, where it is not SUPABASE_URL with `/auth/v1`."
    )
    supabase_audience: str = Field("authenticated", description="Audience of its tokens.")
    supabase_jwt_secret: SecretStr = Field(
        SecretStr(""),
        description="Shared secret of projects that sign with HS256. Empty: only tokens signed "
        "with a key the project publishes are taken.",
    )
    supabase_api_key: SecretStr = Field(
        SecretStr(""), description="The project's publishable (anon) key."
    )
    supabase_sign_up: bool = Field(
        False,
        description="People new to the platform may come by Supabase. Keep the project's "
        "`Confirm email` on: the addresses it confirms are believed.",
    )
    microsoft_client_id: str = Field(
        "", description="Application (client) id in Entra ID. Empty: no sign-in with Microsoft."
    )
    microsoft_client_secret: SecretStr = Field(
        SecretStr(""), description="Secret of that application; empty for a public client."
    )
    microsoft_tenant_id: str = Field(
        "organizations",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$",
        description="Entra tenant whose people sign in: its id, one of its domains, or "
        "`organizations`, `common`, `consumers`.",
    )
    microsoft_redirect_uris: CommaSeparated = Field(
        default_factory=list,
        description="Addresses Microsoft may send people back to, as registered in Entra ID; the "
        "first is the default. Empty: PUBLIC_URL with `/dashboard/sign-in/microsoft`.",
    )
    microsoft_allowed_tenants: CommaSeparated = Field(
        default_factory=list,
        description="Ids of the Entra tenants whose people are let in. Empty: all that "
        "MICROSOFT_TENANT_ID lets through.",
    )
    microsoft_email_domains: CommaSeparated = Field(
        default_factory=list,
        description="Email domains that are believed of a Microsoft account: at the first sign-in "
        "it is joined to the person with that address. Of more than one Entra tenant only with "
        "the claim `xms_edov`. `*`: every domain that claim vouches for. Empty: none.",
    )
    microsoft_sign_up: bool = Field(
        False, description="People new to the platform may come by Microsoft, if so believed."
    )
    microsoft_authority: str = Field(
        "https://login.microsoftonline.com",
        description="Entra ID's address; national clouds have their own.",
    )
    outbound_allow: CommaSeparated = Field(
        default_factory=list,
        description="Private addresses tenants' systems may be at: `host:port`, address or CIDR.",
    )
    outbound_allow_private: bool = Field(
        False, description="Any private address may be called. Only for closed networks."
    )
    outbound_allow_http: bool = Field(
        True, description="Tenants' systems may be reached without TLS."
    )

    odoo_webhook_secret: SecretStr = Field(
        SecretStr(""),
        description="Secret of signed pushes to `/api/webhooks/odoo` that name no connection: they "
        "go to the primary Odoo connection of an installation with one tenant. Empty: off.",
    )
    webhook_event_days: int = Field(
        7, ge=1, le=365, description="Days that processed events of webhooks are kept."
    )
    webhook_dead_letter_days: int = Field(
        30, ge=1, le=365, description="Days that dead letters of webhooks are kept."
    )

    prometheus_enabled: bool = Field(True, description="Serve `/metrics`.")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for `/metrics`; empty: open to the network."
    )
    metrics_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port of HOST where `bridgecore worker` serves its own `/metrics`; 0: nowhere.",
    )
    sentry_dsn: SecretStr = Field(SecretStr(""), description="Error reports go to Sentry.")
    otel_exporter_otlp_endpoint: str = Field(
        "",
        description="OTLP/HTTP address traces go to, such as `http://collector:4318`; empty: none.",
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field("", description="`json` or `console`; empty: by environment.")
    embedded_worker: bool = Field(
        True, description="Run background jobs inside the API process (development default)."
    )

    sync_enabled: bool = Field(
        True, description="Background processes synchronise connections into the lake."
    )
    sync_concurrency: int = Field(
        200, ge=1, le=5000, description="Synchronisation runs one process holds at once."
    )
    sync_per_tenant: int = Field(
        4, ge=1, le=100, description="Connections of one tenant synchronised at once."
    )
    metrics_by_tenant: bool = Field(
        False, description="Metrics of synchronisation carry tenant and connection as labels."
    )

    @field_validator(
        "cors_origins",
        "outbound_allow",
        "trusted_proxies",
        "secret_key_previous",
        "microsoft_redirect_uris",
        "microsoft_allowed_tenants",
        "microsoft_email_domains",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("database_url", "database_app_url", "database_platform_url")
    @classmethod
    def _plain_postgresql(cls, value: str) -> str:
        # The documents write SQLAlchemy driver names; everything here speaks through psycopg.
        for prefix in ("postgresql+asyncpg://", "postgresql+psycopg://", "postgres://"):
            if value.startswith(prefix):
                return "postgresql://" + value.removeprefix(prefix)
        return value

    @field_validator("supabase_url", "supabase_issuer", "microsoft_authority")
    @classmethod
    def _encrypted(cls, value: str) -> str:
        # keys and codes fetched in the clear prove nothing
        parts = urlsplit(value)
        here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
        if value and (not parts.hostname or not (parts.scheme == "https" or here)):
            raise ValueError("needs an https:// address")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _sender_known(self) -> Self:
        if self.smtp_host and "@" not in self.mail_sender:
            raise ValueError("MAIL_FROM needs an address where SMTP_HOST is set")
        return self

    @property
    def mail_sender(self) -> str:
        """Whom mails come from; a bare address goes under the name of this installation."""
        given = self.mail_from or self.smtp_username
        return given if "<" in given or not given else formataddr((self.app_name, given))

    @property
    def dashboard_url(self) -> str:
        """Where people reach the dashboard: what links in mails begin with."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104
        base = self.public_url.rstrip("/") or f"http://{host}:{self.port}"
        return f"{base}/dashboard"

    @field_validator("microsoft_allowed_tenants")
    @classmethod
    def _tenant_ids(cls, value: list[str]) -> list[str]:
        return [str(UUID(each)) for each in value]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _FileSecrets(settings_cls), env_settings, dotenv_settings

    def secret(self, name: str) -> str:
        value: SecretStr = getattr(self, name)
        return value.get_secret_value()

    @property
    def json_logs(self) -> bool:
        return (self.log_format or ("console" if self.environment.is_development else "json")) == (
            "json"
        )


def load_settings(**overrides: Any) -> Settings:
    """Settings ready to start with.

    In development, missing secrets are generated once and kept in the data folder. Elsewhere a
    missing, default or short secret, or a missing server address, raises ConfigurationError that
    names every one of them.
    """
    settings = Settings(**overrides)
    if settings.environment.is_development:
        return _complete_secrets(settings)
    problems = [
        f"{name.upper()} {fault}" for name in SECRETS if (fault := _fault(settings.secret(name)))
    ]
    given = [settings.secret(name) for name in SECRETS]
    if len(set(given)) < len(given):
        problems.append("SECRET_KEY, JWT_SECRET_KEY and ADMIN_SECRET_KEY must differ")
    problems += [
        f"{name.upper()} is not set"
        for name in ("database_url", "redis_url")
        if not getattr(settings, name)
    ]
    if problems:
        raise ConfigurationError(
            f"BridgeCore does not start in {settings.environment}:\n  - "
            + "\n  - ".join(problems)
            + "\nMake a secret with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return settings


def _fault(secret: str) -> str | None:
    if not secret:
        return "is not set"
    if any(mark in secret.lower() for mark in PLACEHOLDERS):
        return "is still the example from the documentation"
    if len(secret) < MINIMUM_SECRET_LENGTH:
        return f"is shorter than {MINIMUM_SECRET_LENGTH} characters"
    return None


def _complete_secrets(settings: Settings) -> Settings:
    missing = [name for name in SECRETS if not settings.secret(name)]
    if not missing:
        return settings
    path = settings.data_dir / "secrets.json"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({name: secrets.token_urlsafe(48) for name in SECRETS}))
    with suppress(FileExistsError):
        # linking is atomic: of several processes starting at once, the first decides
        path.hardlink_to(draft)
    draft.unlink()
    kept = json.loads(path.read_text(encoding="utf-8"))
    return settings.model_copy(update={name: SecretStr(kept[name]) for name in missing})
