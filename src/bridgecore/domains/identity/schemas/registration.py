"""Registering oneself, and proving the address."""

from __future__ import annotations

from bridgecore.domains.identity.schemas.fields import (
    Email,
    Locale,
    Login,
    Password,
    PersonName,
    Token,
)
from bridgecore.infra.web import Input


class Registration(Input):
    email: Email
    password: Password
    full_name: PersonName
    locale: Locale = "en"


class Verification(Input):
    token: Token


class VerificationWanted(Input):
    email: Login
