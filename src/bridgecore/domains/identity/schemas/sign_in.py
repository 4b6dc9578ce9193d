"""Signing in, staying signed in, and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from bridgecore.domains.identity.schemas.fields import (
    NO_NUL,
    Flag,
    Locale,
    Login,
    OneTimeCode,
    Password,
    PersonName,
    Token,
)
from bridgecore.infra.web import Input, Output

TenantChoice = Annotated[str, StringConstraints(max_length=63, pattern=NO_NUL)]


class AppSignIn(BaseModel):
    """As existing apps send it; what it does not know is ignored."""

    email: Login
    password: Password
    tenant: TenantChoice | None = Field(None, description="Slug or id; else the last one used.")
    code: OneTimeCode | None = Field(
        None, description="Of the authenticator app, where one is, or a recovery code."
    )
    odoo_fields_check: dict[str, Any] | None = Field(
        None, description="`{model, list_fields}`: asks the tenant's Odoo beside the sign-in."
    )


class SignIn(BaseModel):
    """For staff and for people of tenants."""

    email: Login
    password: Password
    tenant: TenantChoice | None = Field(None, description="Slug or id; else the last one used.")
    code: OneTimeCode | None = Field(
        None, description="Of the authenticator app, where one is, or a recovery code."
    )
    cookie: Flag = Field(
        False, description="Keep the refresh token in an httpOnly cookie, not in the answer."
    )


class SecondFactor(BaseModel):
    challenge: Token
    code: OneTimeCode


class RefreshIn(BaseModel):
    """The refresh token may come here, as bearer or as cookie."""

    refresh_token: Token | None = None


class SwitchTenant(Input):
    tenant: TenantChoice = Field(description="Slug or id of a tenant you belong to.")


class SignedInUser(Output):
    id: UUID
    email: str
    full_name: str
    role: str
    odoo_user_id: int | None = None
    must_change_password: bool = False
    locale: str = "en"


class SignedInTenant(Output):
    id: UUID
    name: str
    slug: str
    status: str
    odoo_database: str | None = None
    odoo_version: str | None = None


class TokenPair(Output):
    """A sign-in. `refresh_token` is null when it travels in a cookie."""

    access_token: str
    refresh_token: str | None
    token_type: str = "bearer"  # noqa: S105 - its name in OAuth
    expires_in: int = Field(description="Seconds the access token is good for.")
    user_type: str
    user: SignedInUser
    tenant: SignedInTenant | None = None


class AppSession(Output):
    """The answer existing apps expect of a sign-in."""

    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - its name in OAuth
    expires_in: int
    user: SignedInUser
    tenant: SignedInTenant
    odoo_fields_data: dict[str, Any] | None = None


class Done(Output):
    success: bool = True
    message: str = ""


class AppUser(Output):
    id: UUID
    email: str
    full_name: str
    role: str
    odoo_user_id: int | None
    created_at: datetime
    last_login: datetime | None


class AppTenant(Output):
    id: UUID
    name: str
    slug: str
    status: str
    odoo_url: str = ""
    odoo_database: str = ""
    odoo_version: str | None = None


class AppProfile(Output):
    """Who is signed in, as existing apps read it. What Odoo knows comes in where it answers."""

    user: AppUser
    tenant: AppTenant
    partner_id: int | None = None
    employee_id: int | None = None
    groups: list[str] = Field(default_factory=list)
    is_admin: bool = False
    is_internal_user: bool = False
    company_ids: list[int] = Field(default_factory=list)
    current_company_id: int | None = None
    odoo_fields_data: dict[str, Any] | None = None


class AppProfileIn(BaseModel):
    odoo_fields_check: dict[str, Any] | None = None


class Place(Output):
    """One tenant a person belongs to."""

    tenant_id: UUID
    membership_id: UUID
    name: str
    slug: str
    status: str
    role: str
    is_active: bool


class Me(Output):
    """The caller: who, where, and what they may do."""

    id: UUID
    kind: str
    email: str
    full_name: str
    role: str
    permissions: list[str]
    locale: str = "en"
    must_change_password: bool = False
    second_factor: bool = False
    created_at: datetime | None = None
    last_login_at: datetime | None = None
    session_id: UUID | None = None
    membership_id: UUID | None = None
    tenant: SignedInTenant | None = None
    tenants: list[Place] = Field(default_factory=list)


class ProfileChange(Input):
    full_name: PersonName | None = None
    locale: Locale | None = None


class PasswordChange(Input):
    current_password: Password
    new_password: Password


class PasswordChanged(Output):
    """Every other session has ended; go on with this access token."""

    success: bool = True
    access_token: str
    token_type: str = "bearer"  # noqa: S105 - its name in OAuth
    expires_in: int


class PasswordForgotten(Input):
    email: Login


class PasswordReset(Input):
    token: Token
    new_password: Password


class TotpEnrolment(Output):
    """Shown once: what the authenticator app needs."""

    secret: str
    uri: str = Field(description="`otpauth://` address; show it as a QR code.")


class TotpStart(Input):
    password: Password


class TotpCode(Input):
    code: OneTimeCode


class RecoveryCodes(Output):
    """Shown now and never again. Each stands in for a code of the app, once."""

    success: bool = True
    message: str
    recovery_codes: list[str]


class TotpEnd(Input):
    password: Password
    code: OneTimeCode


class SessionOut(Output):
    id: UUID
    user_id: UUID
    tenant_id: UUID | None
    membership_id: UUID | None
    kind: str
    user_agent: str
    client_address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool = False
