"""Calling a method by name, with Odoo's rules for arguments, ids and context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridgecore.simulators.odoo.database import Database
from bridgecore.simulators.odoo.errors import (
    AccessError,
    NotFound,
    PythonError,
    UserError,
    type_error,
    value_error,
)

from .environment import Environment
from .model import Method, Model

_OVERRIDDEN = frozenset({"create", "write", "unlink", "copy"})


def context_of(database: Database, given: Any) -> dict[str, Any]:
    """The call's context; raises for what is no mapping or a language not installed."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        if not given:
            return {}
        raise value_error(
            "dictionary update sequence element #0 has length "
            f"{len(str(next(iter(given))))}; 2 is required"
        )
    context = dict(given)
    lang = context.get("lang")
    if lang and database.version >= 19:
        languages = database.store.tables["res.lang"].rows.values()
        if not any(row.get("code") == lang for row in languages):
            raise UserError(f"Invalid language code: {lang}")
    return context


def find(env: Environment, model: Model, name: str) -> Method:
    """The method to run; raises for private and unknown ones."""
    shown = f"'{model.name}.{name}'" if env.version == 17 or env.version >= 19 else name
    method = env.registry.method(model.name, name)
    is_private = name.startswith("_") or (method and env.version >= method.private_from)
    if is_private:
        if env.version < 19:
            shown = name
        raise AccessError(f"Private methods (such as {shown}) cannot be called remotely.")
    if method is None:
        if env.version >= 19:
            message = f"The method '{model.name}.{name}' does not exist"
        else:
            message = f"The method '{name}' does not exist on the model '{model.name}'"
        raise PythonError("builtins.AttributeError", message)
    return method


def ids_of(value: Any) -> list[int]:
    """Record ids as clients give them: one, a list, or (an error) text."""
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, int):
        return [value]
    ids = list(value)
    for one in ids:
        if not isinstance(one, int):
            raise PythonError(
                "psycopg2.errors.InvalidTextRepresentation",
                f'invalid input syntax for type integer: "{one}"\n',
            )
    return ids


def call_positional(
    env: Environment, model: Model, name: str, args: Any, kwargs: Mapping[str, Any]
) -> Any:
    """Run as `execute_kw` and `call_kw` do: ids first, then positional arguments.

    `args` is as the client gave it; what is no list raises.
    """
    method = find(env, model, name)
    if not isinstance(args, list):
        kind = type(args).__name__
        raise type_error(
            f"{kind!r} object is not subscriptable"
            if method.on_records
            else f"{model.class_name}.{name}() argument after * must be an iterable, not {kind}"
        )
    rest = list(args)
    leading: list[Any] = [env, model]
    if method.on_records:
        if not rest:
            raise PythonError("builtins.IndexError", "tuple index out of range")
        leading.append(ids_of(rest.pop(0)))
    try:
        bound = method.signature.bind(*rest, **kwargs)
    except TypeError as error:
        raise type_error(_argument_error(model, method, str(error))) from None
    return method.run(*leading, *bound.args, **bound.kwargs)


def _argument_error(model: Model, method: Method, reason: str) -> str:
    owner = model.class_name if method.name in _OVERRIDDEN else "BaseModel"
    where = f"{owner}.{method.name}()"
    if reason.startswith("missing a required argument: "):
        missing = reason.removeprefix("missing a required argument: ")
        return f"{where} missing 1 required positional argument: {missing}"
    if method.name == "search_read" and "unexpected keyword" in reason:
        where = "BaseModel._read_format()"
    return f"{where} {reason}"


def call_named(env: Environment, model: Model, name: str, arguments: dict[str, Any]) -> Any:
    """Run as JSON-2 does: every argument by name; raises 404 and 422 errors for bad ones."""
    try:
        method = find(env, model, name)
    except PythonError as error:
        raise NotFound(error.message, 404) from None
    given = dict(arguments)
    ids = given.pop("ids", [])
    leading: list[Any] = [env, model]
    if method.on_records:
        leading.append(ids_of(ids))
    elif ids:
        raise unprocessable(f"cannot call {model.name}.{name} with ids")
    try:
        bound = method.signature.bind(**given)
    except TypeError as error:
        raise unprocessable(str(error)) from None
    result = method.run(*leading, *bound.args, **bound.kwargs)
    return [result] if name == "create" and isinstance(result, int) else result


def unprocessable(message: str) -> UserError:
    """The 422 of JSON-2 for arguments that do not fit."""
    error = UserError(message, 422)
    error.name = "werkzeug.exceptions.UnprocessableEntity"
    return error
