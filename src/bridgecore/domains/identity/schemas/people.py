"""People, members and staff."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from bridgecore.domains.identity.schemas.fields import (
    NO_NUL,
    Email,
    Flag,
    Locale,
    OdooId,
    Password,
    PersonName,
    RoleCode,
)
from bridgecore.infra.web import Input, Output

Search = Annotated[str, StringConstraints(max_length=100, pattern=NO_NUL)]
StaffRole = Annotated[str, StringConstraints(pattern=r"^(super_admin|admin|support)$")]


class OdooPlace(Input):
    """What ties a member to the tenant's Odoo. Ids are Odoo's."""

    odoo_user_id: OdooId | None = None
    odoo_partner_id: OdooId | None = None
    employee_id: OdooId | None = None
    salesperson_id: OdooId | None = None
    department_id: OdooId | None = None
    team_id: OdooId | None = None
    manager_id: OdooId | None = None
    matched: Flag | None = Field(None, description="The person was found among the employees.")


class MemberIn(Input):
    email: Email
    full_name: PersonName
    role: RoleCode = "user"
    password: Password | None = Field(
        None,
        description="For a person new to the platform; without one they get a link to set it.",
    )


class MemberChange(OdooPlace):
    """Only what is given changes."""

    role: RoleCode | None = None
    is_active: Flag | None = None


class MemberOut(Output):
    """A member. `id` is the membership's, `user_id` the person's."""

    id: UUID
    user_id: UUID
    tenant_id: UUID
    email: str
    full_name: str
    role: str
    is_active: bool
    odoo_user_id: int | None
    odoo_partner_id: int | None
    employee_id: int | None
    salesperson_id: int | None
    department_id: int | None
    team_id: int | None
    manager_id: int | None
    matched: bool
    second_factor: bool
    last_login_at: datetime | None
    created_at: datetime


class MemberFilter(Input):
    search: Search | None = Field(None, description="In name or email.")
    role: RoleCode | None = None
    is_active: bool | None = None


class UserOut(Output):
    """A person as staff see them."""

    id: UUID
    email: str
    full_name: str
    is_active: bool
    must_change_password: bool
    platform_role: str | None
    second_factor: bool
    locale: str
    tenants: int = Field(description="How many tenants they belong to.")
    last_login_at: datetime | None
    created_at: datetime


class UserFilter(Input):
    search: Search | None = Field(None, description="In name or email.")
    tenant_id: UUID | None = None
    is_active: bool | None = None
    staff: bool | None = Field(None, description="Only staff, or only others.")


class UserChange(Input):
    """Only what is given changes."""

    full_name: PersonName | None = None
    is_active: Flag | None = None
    locale: Locale | None = None


class StaffIn(Input):
    email: Email
    full_name: PersonName
    role: StaffRole = "support"
    password: Password | None = Field(
        None, description="Has to be changed at the first sign-in; without one a link is sent."
    )


class StaffChange(Input):
    role: StaffRole | None = None
    is_active: Flag | None = None
