"""What a call can end with, under the names Odoo puts on the wire."""

from __future__ import annotations

from typing import Any


class OdooError(Exception):
    """An exception of the played server: `name` is the class path a client sees."""

    name = "builtins.Exception"
    status = 500

    def __init__(self, message: str, *arguments: Any, context: dict[str, Any] | None = None):
        super().__init__(message)
        self.message = message
        self.arguments: list[Any] = [message, *arguments]
        self.context = context or {}


class UserError(OdooError):
    """A business rule refused."""

    name = "odoo.exceptions.UserError"
    status = 422


class ValidationError(UserError):
    """A constraint refused."""

    name = "odoo.exceptions.ValidationError"


class AccessDenied(UserError):
    """Login and password do not fit."""

    name = "odoo.exceptions.AccessDenied"
    status = 403

    def __init__(self, message: str = "Access Denied"):
        super().__init__(message)


class AccessError(UserError):
    """The user may not do this."""

    name = "odoo.exceptions.AccessError"
    status = 403


class MissingError(UserError):
    """The record is gone."""

    name = "odoo.exceptions.MissingError"
    status = 404


class RedirectWarning(OdooError):
    """Refused, with a button that leads to the cure."""

    name = "odoo.exceptions.RedirectWarning"
    status = 422


class SessionExpired(OdooError):
    """No live session behind the cookie."""

    name = "odoo.http.SessionExpiredException"
    status = 403

    def __init__(self) -> None:
        super().__init__("Session expired")


class NotFound(OdooError):
    """The address, model or method does not exist."""

    name = "werkzeug.exceptions.NotFound"
    status = 404


class PythonError(OdooError):
    """A plain Python or database exception that escaped, named in full."""

    def __init__(self, name: str, message: str):
        super().__init__(message)
        self.name = name


def value_error(message: str) -> PythonError:
    """A `builtins.ValueError`."""
    return PythonError("builtins.ValueError", message)


def type_error(message: str) -> PythonError:
    """A `builtins.TypeError`."""
    return PythonError("builtins.TypeError", message)


def missing_records(model: str, ids: list[int], uid: int) -> MissingError:
    """The error for ids that no longer exist, `ids` in the order they were asked for."""
    listed = ", ".join(str(i) for i in ids) + ("," if len(ids) == 1 else "")
    return MissingError(
        f"Record does not exist or has been deleted.\n(Record: {model}({listed}), User: {uid})"
    )
