"""Inviting people, and accepting."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, Field, StringConstraints

from bridgecore.domains.identity.schemas.fields import (
    NO_NUL,
    Email,
    Locale,
    Password,
    PersonName,
    RoleCode,
    Token,
)
from bridgecore.domains.identity.schemas.people import Search
from bridgecore.infra.web import Input, Output

MOST_AT_ONCE = 100
# each is looked at by itself, so that one slip does not refuse the list
Written = Annotated[str, StringConstraints(max_length=254, strip_whitespace=True, pattern=NO_NUL)]


class InvitationStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


class InvitationTerms(Input):
    """What an invitation offers, and in which language."""

    role: RoleCode = "user"
    language: Locale | None = Field(None, description="Of the mail; else that of who invites.")
    tenant_id: UUID | None = Field(
        None,
        validation_alias=AliasChoices("tenant_id", "client_id"),
        description="For staff, who say which tenant; members invite to their own. `client_id` is "
        "read too.",
    )


class InvitationIn(InvitationTerms):
    email: Email
    full_name: PersonName | None = Field(None, description="To be offered when they join.")


class InvitationList(InvitationTerms):
    emails: Annotated[list[Written], Field(min_length=1, max_length=MOST_AT_ONCE)]


class InvitationOut(Output):
    """An invitation, without its link: that is mailed, and nowhere else."""

    id: UUID
    tenant_id: UUID
    email: str
    full_name: str
    role: str
    language: str
    status: InvitationStatus
    invited_by: str | None = Field(description="Name of the member who invited.")
    created_at: datetime
    sent_at: datetime = Field(description="When the newest link was asked for.")
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None


class InvitationRefused(Output):
    email: str
    code: str
    detail: str


class Invited(Output):
    """What became of a list."""

    invited: list[InvitationOut]
    refused: list[InvitationRefused]


class InvitationFilter(Input):
    search: Search | None = Field(None, description="In name or email.")
    status: InvitationStatus | None = None
    tenant_id: UUID | None = Field(None, description="For staff; members see their own tenant's.")


class InvitationToken(Input):
    token: Token


class InvitationShown(Output):
    """What somebody who holds the link is shown before they accept."""

    email: str
    full_name: str
    role: str
    language: str
    invited_by: str | None
    tenant_name: str
    tenant_slug: str
    expires_at: datetime
    account: bool = Field(description="There is an account with this address.")
    password_needed: str = Field(
        description="`new` to choose one, `current` for that of the account; not needed by who is "
        "signed in with this address."
    )


class InvitationAnswer(Input):
    token: Token
    password: Password | None = Field(
        None, description="New people choose it; whoever has an account shows theirs."
    )
    full_name: PersonName | None = None


class Joined(Output):
    """The place that was taken. Sign in to go there."""

    email: str
    role: str
    tenant_id: UUID
    tenant_name: str
    tenant_slug: str
    new_account: bool
