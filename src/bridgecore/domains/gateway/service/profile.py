"""What a tenant's Odoo knows of the person who signs in; never a reason for the sign-in to fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from bridgecore.connectors.odoo import OdooError
from bridgecore.domains.gateway.service.calls import Caller, Calls
from bridgecore.domains.gateway.service.clients import Line
from bridgecore.domains.gateway.service.operations import Access, OdooCall
from bridgecore.domains.gateway.service.policy import check_call
from bridgecore.infra.problems import ProblemError

log = structlog.get_logger(__name__)

# A sign-in must be quick even where Odoo is not.
_SECONDS = 4.0
_ADMIN_GROUPS = frozenset({"base.group_system", "base.group_erp_manager"})
_NO_ANSWER = (OdooError, ProblemError, msgspec.MsgspecError, KeyError, TypeError, ValueError)


class Place(msgspec.Struct, frozen=True):
    """The Odoo a tenant is on. `version` is null until it has been seen."""

    url: str = ""
    database: str = ""
    version: str | None = None


class OdooPerson(msgspec.Struct, frozen=True):
    """A person as Odoo has them. `groups` are XML ids."""

    partner_id: int | None = None
    employee_id: int | None = None
    groups: list[str] = []
    is_admin: bool = False
    is_internal_user: bool = False
    company_ids: list[int] = []
    current_company_id: int | None = None


class FieldsCheck(msgspec.Struct, frozen=True):
    """Which fields of which model an app wants to know about."""

    model: str
    list_fields: list[str]


class OdooProfile:
    """Asks one tenant's Odoo, for one caller."""

    def __init__(self, calls: Calls, caller: Caller) -> None:
        self._calls = calls
        self._caller = caller

    async def place(self) -> Place:
        """Where the tenant's Odoo is; empty where it has none."""
        try:
            target = (await self._line()).target
        except ProblemError:
            return Place()
        return Place(target.url, target.database, target.version_hint)

    async def person(self, user_id: int) -> OdooPerson | None:
        """The Odoo user with that id; None where Odoo does not tell."""
        try:
            described = await self._execute("res.users", "fields_get", [], {"attributes": ["type"]})
            groups_field = "group_ids" if "group_ids" in described else "groups_id"
            (user,) = await self._execute(
                "res.users",
                "read",
                [[user_id], ["partner_id", "company_id", "company_ids", groups_field]],
            )
            names = await self._execute("res.groups", "get_external_id", [user[groups_field]])
            groups = sorted(name for name in names.values() if name)
            return OdooPerson(
                partner_id=_id(user["partner_id"]),
                employee_id=await self._employee(user_id),
                groups=groups,
                is_admin=bool(_ADMIN_GROUPS & set(groups)),
                is_internal_user="base.group_user" in groups,
                company_ids=list(user["company_ids"]),
                current_company_id=_id(user["company_id"]),
            )
        except _NO_ANSWER as error:
            log.info("odoo_profile_missing", error=type(error).__name__)
            return None

    async def _employee(self, user_id: int) -> int | None:
        try:
            found = await self._execute(
                "hr.employee", "search", [[["user_id", "=", user_id]]], {"limit": 1}
            )
        except _NO_ANSWER:
            return None  # without the employees app there are none
        return found[0] if found else None

    async def checked_fields(
        self, wanted: Mapping[str, Any], user_id: int | None
    ) -> dict[str, Any]:
        """Which of the wanted fields there are, and the person's own row, as a sign-in answers it.

        What is wrong with the wish, or with Odoo, is told in `error`: the sign-in stands.
        """
        try:
            check = msgspec.convert(wanted, FieldsCheck)
        except msgspec.ValidationError as error:
            return {"success": False, "error": f"odoo_fields_check: {error}"}
        model, names = check.model, check.list_fields
        answer: dict[str, Any] = {
            "success": False,
            "model_exists": False,
            "model_name": model,
            "fields_exist": False,
            "fields_info": None,
            "data": None,
            "error": None,
        }
        try:
            self._check(model)
            known = await self._execute(
                "ir.model.fields",
                "search_read",
                [],
                {
                    "domain": [["model", "=", model]],
                    "fields": ["name", "field_description", "ttype"],
                    "limit": 0,
                },
            )
            answer["model_exists"] = bool(known)
            by_name = {field["name"]: field for field in known}
            missing = [name for name in names if name not in by_name]
            if not known or missing:
                answer["error"] = (
                    f"Odoo has no model {model}."
                    if not known
                    else f"{model} has no field {', '.join(missing)}."
                )
                return answer
            answer["fields_exist"] = True
            answer["fields_info"] = {name: by_name[name] for name in names}
            if user_id is not None:
                rows = await self._execute(model, "read", [[user_id], names])
                answer["data"] = rows[0] if rows else None
            answer["success"] = True
        except _NO_ANSWER as error:
            answer["error"] = getattr(error, "detail", None) or str(error)
        return answer

    async def own_values(
        self, wanted: Mapping[str, Any], user_id: int | None
    ) -> dict[str, Any] | None:
        """The person's own values of those fields, without empty ones; None if there are none."""
        if user_id is None:
            return None
        try:
            check = msgspec.convert(wanted, FieldsCheck)
            model, names = check.model, check.list_fields
            self._check(model)
            (row,) = await self._execute(model, "read", [[user_id], names])
        except _NO_ANSWER:
            return None
        found = {
            name: value
            for name, value in row.items()
            if name in names and value not in (False, None, "")
        }
        return found or None

    def _check(self, model: str) -> None:
        call = OdooCall(model, "read", [], {}, Access.READ)
        check_call(
            call, self._caller.snapshot, self._caller.permissions, self._caller.principal.role
        )

    async def _line(self) -> Line:
        state = self._caller.state
        return await self._calls.lines.line(
            state.tenant_id, state.version, None, self._caller.principal.membership_id
        )

    async def _execute(
        self, model: str, method: str, args: list[Any], kwargs: dict[str, Any] | None = None
    ) -> Any:
        line = await self._line()
        raw = await line.client.execute(model, method, args, kwargs or {}, timeout=_SECONDS)
        return msgspec.json.decode(raw)


def _id(value: Any) -> int | None:
    return value[0] if isinstance(value, list) and value else None
