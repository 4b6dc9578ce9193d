"""Kinds of text that several shapes share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from bridgecore.kit.emails import EmailAddress

NO_NUL = r"^[^\x00]*$"
LONGEST_PASSWORD = 256
LONGEST_TOKEN = 4096


Email = EmailAddress
# What is typed at a sign-in need not be valid: it is then simply nobody's.
Login = Annotated[
    str, StringConstraints(max_length=254, to_lower=True, strip_whitespace=True, pattern=NO_NUL)
]
Password = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_PASSWORD)]
PersonName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
RoleCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,38}[a-z0-9]$")]
Permission = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z_]{1,30}:(\*|[a-z_]{1,30}))$")]
# of the authenticator app, or a recovery code
OneTimeCode = Annotated[
    str,
    StringConstraints(
        pattern=r"^( ?[0-9]{3} ?[0-9]{3} ?|[A-Za-z2-7]{4}(-?[A-Za-z2-7]{4}){3})$",
    ),
]
Label = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=NO_NUL)]
Token = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_TOKEN)]
OdooId = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
# 0, "no" and the like are no answer to a yes-or-no question
Flag = Annotated[bool, Field(strict=True)]
