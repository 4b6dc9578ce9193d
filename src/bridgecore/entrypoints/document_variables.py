"""Every environment variable that the requirement documents name, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping

_SAME = "Read, with the documents' meaning."
_CELERY = "No effect: background work needs no broker besides PostgreSQL (decision 0002)."
_MONGO = "No effect: all data is in PostgreSQL (decision 0001)."
_DASHBOARD = "No effect: the API serves the dashboard, which calls the address it came from."
_LATER_MOYSKLAD = "No effect in this version, which has no MoySklad connector."

VARIABLES: Mapping[str, str] = {
    "ACCESS_TOKEN_EXPIRE_MINUTES": _SAME,
    "ADMIN_SECRET_KEY": "Read; signs staff tokens. At least 32 characters outside development.",
    "ADMIN_TOKEN_EXPIRE_HOURS": _SAME,
    "APP_NAME": _SAME,
    "BACKEND_URL": "No effect: `PUBLIC_URL` is the address people reach the platform at.",
    "CACHE_TTL": _SAME,
    "CELERY_BROKER_URL": _CELERY,
    "CELERY_RESULT_BACKEND": _CELERY,
    "CORS_ORIGINS": _SAME,
    "DATABASE_URL": "Read; `postgresql+asyncpg://` is accepted and means the same server.",
    "DB_ECHO": "No effect: set `log_min_duration_statement` on the server to see queries.",
    "DB_MAX_OVERFLOW": _SAME,
    "DB_NAME": _MONGO,
    "DB_POOL_SIZE": _SAME,
    "DEBUG": "Read; makes logs verbose. It never shows stack traces to clients.",
    "DEFAULT_RATE_LIMIT_PER_DAY": _SAME,
    "DEFAULT_RATE_LIMIT_PER_HOUR": _SAME,
    "ENVIRONMENT": "Read: `development`, `test`, `staging` or `production`.",
    "FROM_EMAIL": "Read when `MAIL_FROM` is not set.",
    "FRONTEND_URL": "No effect: `PUBLIC_URL` is the address people reach the platform at.",
    "HOST": _SAME,
    "JWT_ALGORITHM": "Read: `HS256`, `HS384` or `HS512`.",
    "JWT_SECRET": "Read when `JWT_SECRET_KEY` is not set.",
    "JWT_SECRET_KEY": "Read; signs tenant tokens. At least 32 characters outside development.",
    "MONGO_URL": _MONGO,
    "MOYSKLAD_PASSWORD": _LATER_MOYSKLAD,
    "MOYSKLAD_SYNC_INTERVAL_MINUTES": _LATER_MOYSKLAD,
    "MOYSKLAD_TOKEN": _LATER_MOYSKLAD,
    "MOYSKLAD_USERNAME": _LATER_MOYSKLAD,
    "ODOO_WEBHOOK_SECRET": "Read; signs pushes of an installation with one tenant.",
    "PORT": _SAME,
    "POSTGRES_DB": "Read by the database's own container only.",
    "POSTGRES_PASSWORD": "Read by the database's own container only.",
    "POSTGRES_USER": "Read by the database's own container only.",
    "PROMETHEUS_ENABLED": _SAME,
    "RATE_LIMIT_ENABLED": _SAME,
    "REACT_APP_BACKEND_URL": _DASHBOARD,
    "REDIS_URL": _SAME,
    "REFRESH_TOKEN_EXPIRE_DAYS": _SAME,
    "SECRET_KEY": "Read; the root of encryption at rest. At least 32 characters outside "
    "development.",
    "SENTRY_DSN": _SAME,
    "SMTP_HOST": _SAME,
    "SMTP_PASSWORD": _SAME,
    "SMTP_USERNAME": _SAME,
    "VITE_API_URL": _DASHBOARD,
}
