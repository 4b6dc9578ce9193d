"""Files: contents, images, uploads and reports."""

from __future__ import annotations

import base64
import hmac
from typing import Any

from aiohttp import BodyPartReader, web

from bridgecore.simulators.odoo import pictures
from bridgecore.simulators.odoo.apps.technical import REPORTS
from bridgecore.simulators.odoo.database import SUPERUSER, Database
from bridgecore.simulators.odoo.errors import OdooError, SessionExpired
from bridgecore.simulators.odoo.installation import Installation
from bridgecore.simulators.odoo.orm import access, records
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import Row

from . import envelope
from .gate import Answered, Gate
from .web import WebClient, lost_page


class Files:
    """The addresses that answer bytes. They need a session, a public record or its token."""

    def __init__(self, installation: Installation, gate: Gate, client: WebClient):
        self.installation = installation
        self.gate = gate
        self.client = client

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is answered here."""
        return [
            web.get("/web/content", self.content),
            web.get("/web/content/{id:\\d+}", self.content),
            web.get("/web/content/{id:\\d+}/{filename}", self.content),
            web.get("/web/content/{model}/{id:\\d+}/{field}", self.content),
            web.get("/web/content/{model}/{id:\\d+}/{field}/{filename}", self.content),
            web.get("/web/image/{id:\\d+}", self.image),
            web.get("/web/image/{model}/{id:\\d+}/{field}", self.image),
            web.get("/web/image/{model}/{id:\\d+}/{field}/{size}", self.image),
            web.post("/web/binary/upload_attachment", self.upload),
            web.get("/report/pdf/{report}/{ids}", self.report),
        ]

    def _caller(self, request: web.Request) -> tuple[Database, int]:
        """Database and user of a request; user 0 is a visitor."""
        try:
            session, database = self.client.session(request)
        except SessionExpired:
            only = self.installation.only_database
            if only is None:
                raise
            return only, 0
        return database, session.uid

    async def _bytes(self, request: web.Request) -> tuple[bytes, str, str] | None:
        """Content, type and name, or None where nothing may be shown."""
        info = {**request.query, **request.match_info}
        model, field = info.get("model", "ir.attachment"), info.get("field", "datas")
        try:
            database, uid = self._caller(request)
            key = int(info.get("id", 0))
            return await self.gate.call(
                request,
                database.name,
                model,
                field,
                lambda: self._read(database, uid, model, key, field, info),
            )
        except OdooError:
            return None

    def _read(
        self, database: Database, uid: int, model: str, key: int, field: str, info: dict[str, str]
    ) -> tuple[bytes, str, str] | None:
        found = database.registry.models.get(model)
        row = database.store.tables[model].rows.get(key) if found else None
        if found is None or row is None or field not in found.fields:
            return None
        token = row.get("access_token")
        given = info.get("access_token", "")
        shared = bool(row.get("public") or (token and hmac.compare_digest(token, given)))
        if not uid and not shared:
            return None
        with database.transaction(uid or SUPERUSER, su=shared) as env:
            access.check_model(env, found, "read")
            access.check_records(env, found, [key], "read")
            value = env.value(found, row, field)
            name = info.get("filename") or str(row.get("name") or f"{model}-{key}")
        if not value:
            return None
        kind = str(row.get("mimetype") or "application/octet-stream")
        data = base64.b64decode(value) if found.fields[field].type == "binary" else b""
        if data.startswith(b"\x89PNG"):
            kind = "image/png"
        return (data or str(value).encode()), kind, name

    async def content(self, request: web.Request) -> web.StreamResponse:
        """A binary field, or 404."""
        try:
            found = await self._bytes(request)
        except Answered as answered:
            return answered.response
        if found is None:
            return lost_page()
        data, kind, name = found
        attached = request.query.get("download") not in (None, "", "false", "0")
        how = "attachment" if attached else "inline"
        headers = {"Content-Type": kind, "Content-Disposition": f'{how}; filename="{_safe(name)}"'}
        return web.Response(body=data, headers=headers)

    async def image(self, request: web.Request) -> web.StreamResponse:
        """An image field, or a placeholder."""
        try:
            found = await self._bytes(request)
        except Answered as answered:
            return answered.response
        if found is None:
            return web.Response(
                body=base64.b64decode(pictures.avatar("placeholder")), content_type="image/png"
            )
        return web.Response(body=found[0], headers={"Content-Type": found[1]})

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """A form upload (`model`, `id`, `ufile`): the attachments made."""
        try:
            session, database = self.client.session(request)
        except OdooError:
            return web.Response(status=303, headers={"Location": "/web/login"})
        fields: dict[str, str] = {}
        files: list[tuple[str, str, bytes]] = []
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.filename:
                kind = part.headers.get("Content-Type", "application/octet-stream")
                files.append((part.filename, kind, bytes(await part.read())))
            else:
                fields[part.name or ""] = await part.text()

        def run() -> list[Row]:
            with database.transaction(session.uid) as env:
                return [_attach(env, fields, *file) for file in files]

        try:
            made = await self.gate.call(
                request, database.name, "ir.attachment", "upload_attachment", run
            )
        except Answered as answered:
            return answered.response
        except OdooError as error:
            return envelope.reply([{"error": error.message}])
        return web.Response(body=envelope.dumps(made), content_type="text/html")

    async def report(self, request: web.Request) -> web.StreamResponse:
        """A small PDF about the records, as `/report/pdf/<report>/<ids>` prints them."""
        try:
            session, database = self.client.session(request)
        except OdooError:
            return web.Response(status=303, headers={"Location": "/web/login"})
        name = request.match_info["report"]
        ids = [int(part) for part in request.match_info["ids"].split(",") if part.isdigit()]
        model = next((model for report, _, model in REPORTS if report == name), None)
        if model is None:
            return lost_page()

        def run() -> bytes:
            with database.transaction(session.uid) as env:
                return pictures.pdf(_lines(env, model, ids))

        try:
            data = await self.gate.call(request, database.name, model, name, run)
        except Answered as answered:
            return answered.response
        except OdooError as error:
            return envelope.page(500, "Internal Server Error", error.message)
        return web.Response(body=data, content_type="application/pdf")


def _attach(
    env: Environment, fields: dict[str, str], name: str, kind: str, data: bytes
) -> dict[str, Any]:
    model = env.model("ir.attachment")
    target = fields.get("id", "0")
    vals: Row = {
        "name": name,
        "mimetype": kind,
        "datas": base64.b64encode(data).decode(),
        "res_model": fields.get("model") or False,
        "res_id": int(target) if target.isdigit() else 0,
    }
    key = records.create(env, model, [vals])[0]
    return {"filename": name, "mimetype": kind, "id": key, "size": len(data)}


def _lines(env: Environment, name: str, ids: list[int]) -> list[str]:
    model = env.model(name)
    access.check_model(env, model, "read")
    access.check_records(env, model, ids, "read")
    lines = [env.label_of("res.company", env.company_id), ""]
    for key in ids:
        row = env.rows(name)[key]
        lines.append(f"{model.label} {env.display_name(model, row)}")
        if partner := row.get("partner_id"):
            lines.append(f"Partner: {env.label_of('res.partner', partner)}")
        if "amount_total" in row:
            currency = env.label_of("res.currency", row.get("currency_id", 1))
            lines.append(f"Total: {row['amount_total']:.2f} {currency}")
        lines.append("")
    return lines


def _safe(name: str) -> str:
    return name.encode("ascii", "replace").decode().replace('"', "'")
