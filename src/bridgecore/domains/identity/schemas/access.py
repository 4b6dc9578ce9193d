"""Roles and API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from bridgecore.domains.identity.schemas.fields import Label, Permission, RoleCode
from bridgecore.infra.web import Input, Output
from bridgecore.kit.clock import Moment

Permissions = Annotated[list[Permission], Field(min_length=1, max_length=200)]


class PermissionOut(Output):
    permission: str
    description: str


class RoleIn(Input):
    code: RoleCode
    name: Label
    permissions: Permissions


class RoleChange(Input):
    """Only what is given changes."""

    name: Label | None = None
    permissions: Permissions | None = None


class RoleOut(Output):
    code: str
    name: str
    permissions: list[str]
    built_in: bool
    created_at: datetime | None = None


class StaffRoleOut(Output):
    """A role of staff; they are built in. `permissions` are single ones, without `*`."""

    code: str
    name: str
    permissions: list[str]


class ApiKeyIn(Input):
    name: Label
    scopes: Permissions
    weight: int = Field(
        1, ge=1, le=1000, strict=True, description="What each of its calls counts for."
    )
    expires_at: Moment | None = None


class ApiKeyChange(Input):
    """Only what is given changes."""

    name: Label | None = None


class ApiKeyOut(Output):
    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    weight: int
    created_by: UUID | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class ApiKeyCreated(ApiKeyOut):
    """`key` is shown now and never again."""

    key: str
