"""The external services `common`, `db` and `object`, the same over JSON-RPC and XML-RPC."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bridgecore.simulators.odoo.errors import AccessDenied, PythonError, type_error, value_error
from bridgecore.simulators.odoo.installation import Installation

from .gate import Gate


class Services:
    """Runs service calls for the RPC addresses."""

    def __init__(self, installation: Installation, gate: Gate):
        self.installation = installation
        self.gate = gate

    async def call(self, request: web.Request, service: str, method: str, args: list[Any]) -> Any:
        """One call; raises OdooError."""
        if service == "object":
            return await self._object(request, method, args)
        if service not in ("common", "db"):
            raise PythonError("builtins.KeyError", service)
        run = self._common if service == "common" else self._db
        name = str(args[0]) if service == "common" and args else ""
        return await self.gate.call(request, name, service, method, lambda: run(method, args))

    def _common(self, method: str, args: list[Any]) -> Any:
        server = self.installation
        if method == "version":
            return server.version_info
        if method == "about":
            about = "See http://openerp.com"
            return [about, f"{server.version}.0"] if args and args[0] else about
        if method == "set_loglevel":
            return True
        if method not in ("authenticate", "login"):
            raise PythonError("builtins.Exception", f"Method not found: {method}")
        names = ["db", "login", "password", "user_agent_env"]
        wanted = names[:3] if method == "login" else names
        if len(args) < len(wanted):
            missing = [repr(name) for name in wanted[len(args) :]]
            plural = "" if len(missing) == 1 else "s"
            listed = " and ".join([", ".join(missing[:-1]), missing[-1]] if plural else missing)
            raise type_error(
                f"exp_{method}() missing {len(missing)} required positional "
                f"argument{plural}: {listed}"
            )
        database = server.database(args[0])
        server.journal.called(database.name, "common", method)
        uid = database.login(str(args[1]), str(args[2]))
        if uid is None:
            return False
        server.signed_in(database, uid)
        return uid

    def _db(self, method: str, args: list[Any]) -> Any:
        server = self.installation
        if method == "list":
            return sorted(server.databases)
        if method == "db_exist":
            return bool(args) and args[0] in server.databases
        if method == "server_version":
            return f"{server.version}.0"
        if method == "list_lang":
            return [["en_US", "English (US)"], ["es_ES", "Spanish / Español"]]
        # The master password is unknown to everyone: databases are managed by the control address.
        raise AccessDenied

    async def _object(self, request: web.Request, method: str, args: list[Any]) -> Any:
        server = self.installation
        if method not in ("execute", "execute_kw"):
            raise PythonError("builtins.NameError", f"Method not available {method}")
        if len(args) < 5:
            if server.version >= 19:
                raise value_error(
                    f"not enough values to unpack (expected at least 5, got {len(args)})"
                )
            raise PythonError("builtins.IndexError", "list index out of range")
        name, uid, password, model, called, *rest = args
        if method == "execute":
            given, kwargs = rest, {}
        else:
            given = list(rest[0]) if rest else []
            kwargs = dict(rest[1]) if len(rest) > 1 and rest[1] else {}
        if not isinstance(model, str) or not isinstance(called, str):
            raise type_error("model and method must be strings")

        def run() -> Any:
            database = server.database(name)
            caller = server.check(database, uid, password)
            return server.execute(database, caller, model, called, given, kwargs)

        return await self.gate.call(request, str(name), model, called, run)
