"""Kinds of text that several shapes share."""

from __future__ import annotations

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, SecretStr, StringConstraints, WithJsonSchema

NO_NUL = r"^[^\x00]*$"
LONGEST_PASSWORD = 256
LONGEST_TOKEN = 4096


def normal_email(text: str) -> str:
    """The email as it is stored: valid, in lower case. Raises ValueError."""
    try:
        # Names inside a company's own network (`admin@bridgecore.local`) are people too.
        found = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError(f"is not an email address: {error}") from error
    normal = found.normalized.lower()
    if "\x00" in normal:
        raise ValueError("is not an email address")
    return normal


Email = Annotated[
    str,
    StringConstraints(max_length=254),
    AfterValidator(normal_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]
# What is typed at a sign-in need not be valid: it is then simply nobody's.
Login = Annotated[
    str, StringConstraints(max_length=254, to_lower=True, strip_whitespace=True, pattern=NO_NUL)
]
Password = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_PASSWORD)]
PersonName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
RoleCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,38}[a-z0-9]$")]
Permission = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z_]{1,30}:(\*|[a-z_]{1,30}))$")]
OneTimeCode = Annotated[str, StringConstraints(pattern=r"^ ?[0-9]{3} ?[0-9]{3} ?$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=NO_NUL)]
Token = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_TOKEN)]
OdooId = Annotated[int, Field(ge=1, le=2**31 - 1)]
