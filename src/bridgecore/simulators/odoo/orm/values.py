"""Values: what clients send turned into what rows keep, refused as Odoo refuses it."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bridgecore.simulators.odoo.errors import PythonError, ValidationError, value_error

from . import periods
from .fields import Field
from .model import Model

if TYPE_CHECKING:
    from .environment import Environment


def convert(env: Environment, model: Model, item: Field, value: Any) -> Any:
    """The stored form of a scalar value; the field's empty value (or None) for unset."""
    kind = item.type
    if kind == "boolean":
        return bool(value)
    if kind in ("integer", "many2one_reference"):
        return _integer(value)
    if kind in ("float", "monetary"):
        return _float(item, value)
    if value is None or value is False:
        return None
    if kind == "many2one":
        return _link(env, model, item, value)
    if kind == "selection":
        if value not in {key for key, _ in item.selection}:
            raise value_error(f"Wrong value for {model.name}.{item.name}: {value!r}")
        return value
    if kind == "date":
        return _date(str(value))
    if kind == "datetime":
        return _datetime(str(value))
    if kind == "binary":
        return _binary(value)
    if kind == "json":
        return value
    text = str(value)
    return (text[: item.size] if item.size else text) or None


def _integer(value: Any) -> int:
    try:
        return int(value or 0)
    except (TypeError, ValueError) as error:
        raise value_error(str(error)) from None


def _float(item: Field, value: Any) -> float:
    try:
        result = float(value or 0.0)
    except (TypeError, ValueError) as error:
        raise value_error(str(error)) from None
    places = 2 if item.type == "monetary" else 6
    if isinstance(item.digits, tuple):
        places = item.digits[1]
    return round(result, places)


def _date(text: str) -> str:
    try:
        return datetime.strptime(text[:10], periods.DAYS).strftime(periods.DAYS)  # noqa: DTZ007
    except ValueError as error:
        raise value_error(str(error)) from None


def _datetime(text: str) -> str:
    form = periods.DAYS if len(text) == 10 else periods.SECONDS
    try:
        return datetime.strptime(text, form).strftime(periods.SECONDS)  # noqa: DTZ007
    except ValueError as error:
        raise value_error(str(error)) from None


def _binary(value: Any) -> str:
    try:
        base64.b64decode(str(value))
    except binascii.Error as error:
        raise PythonError("binascii.Error", str(error)) from None
    return str(value)


def _link(env: Environment, model: Model, item: Field, value: Any) -> int | None:
    if isinstance(value, list | tuple) and value:
        value = value[0]
    if isinstance(value, str):
        raise PythonError(
            "psycopg2.errors.InvalidTextRepresentation",
            f'invalid input syntax for type integer: "{value}"\n',
        )
    if not value:
        return None
    if int(value) not in env.rows(item.relation):
        raise still_referenced(env, model, item)
    return int(value)


def still_referenced(env: Environment, holder: Model, item: Field) -> ValidationError:
    """The error of a foreign key: a target that is missing, or one that is still linked to."""
    if env.version >= 19:
        return ValidationError(
            "The operation cannot be completed: Another model is using the record you are "
            f"trying to delete.\n\nThe troublemaker is: '{holder.label}' ({holder.name})\n"
            f"Thanks to the following constraint: '{item.string}' ({item.name})\n"
            "How about archiving the record instead?"
        )
    return ValidationError(
        "The operation cannot be completed: another model requires the record being deleted. "
        f"If possible, archive it instead.\n\nModel: {holder.label} ({holder.name})\n"
        f"Constraint: {holder.table}_{item.name}_fkey\n"
    )


def required_missing(env: Environment, model: Model, item: Field) -> ValidationError:
    """The error of a mandatory field left empty."""
    if env.version >= 19:
        return ValidationError(
            "The operation cannot be completed: Missing required value for the field "
            f"'{item.string}' ({item.name}).\nModel: '{model.label}' ({model.name})\n"
            "- create/update: a mandatory field is not set\n"
            "- delete: another model requires the record being deleted, "
            "you can archive it instead\n"
        )
    return ValidationError(
        "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n"
        "- Delete: another model requires the record being deleted. If possible, archive it "
        f"instead.\n\nModel: {model.label} ({model.name})\nField: {item.string} ({item.name})\n"
    )


def unknown_field(env: Environment, model: Model, name: str, doing: str) -> PythonError:
    """The error of a field name the model does not have, when `read`ing, `create`ing, …"""
    if env.version < 19:
        return value_error(f"Invalid field {name!r} on model {model.name!r}")
    if doing == "write":
        return PythonError("builtins.KeyError", name)
    where = "in" if doing == "create" else "on"
    return value_error(f"Invalid field {name!r} {where} {model.name!r}")
