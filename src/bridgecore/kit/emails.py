"""Email addresses, as they are stored and compared."""

from __future__ import annotations

from typing import Annotated

import email_validator
from pydantic import AfterValidator, StringConstraints, WithJsonSchema

# Companies name the hosts of their own network so, and people have addresses there
# (`admin@bridgecore.local`); the list is the library's documented way to say it.
if "local" in email_validator.SPECIAL_USE_DOMAIN_NAMES:
    email_validator.SPECIAL_USE_DOMAIN_NAMES.remove("local")


def normal_email(text: str) -> str:
    """The address in lower case. Raises ValueError for what is none."""
    try:
        found = email_validator.validate_email(text, check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        raise ValueError(f"is not an email address: {error}") from error
    return found.normalized.lower()


EmailAddress = Annotated[
    str,
    StringConstraints(max_length=254, pattern=r"^[^\x00]*$"),
    AfterValidator(normal_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]
