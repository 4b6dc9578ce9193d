"""Events for a BridgeCore that this server cannot reach: it fetches them, and acknowledges by id.

Requests and answers are signed as pushes are (wire). The content type must not be
`application/json`, which Odoo 15 keeps for its own calls: `application/octet-stream` will do.
"""

import json

from odoo import http
from odoo.http import Response, request

from .. import wire

MOST = 5000  # events in one answer, and ids in one acknowledgement


class Events(http.Controller):
    @http.route(
        "/bridgecore/pull",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def pull(self, **_query):
        """{"limit": 500, "acknowledge": [ids], "rejected": [{id, code, detail}]}, all optional.

        Acknowledges first, then answers with what still waits, as the body of a push, with
        `waiting`: how many there are in all. Events come again until they are acknowledged.
        """
        return self._answer(self._pull)

    @http.route(
        "/bridgecore/acknowledge",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def acknowledge(self, **_query):
        """{"acknowledge": [ids], "rejected": [{id, code, detail}]}: answers {"waiting": n}."""
        return self._answer(self._acknowledge)

    def _pull(self, link, asked):
        counted = self._acknowledge(link, asked)
        limit = asked.get("limit", 500)
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST:
            raise ValueError(f"limit is a number from 1 to {MOST}")
        events = link.env["bridgecore.event"]
        answer = wire.batch(link.env.cr.dbname, events._as_wire(events._take(limit)))
        answer.update(counted)
        return answer

    def _acknowledge(self, link, asked):
        ids = asked.get("acknowledge", [])
        rejected = asked.get("rejected", [])
        if not isinstance(ids, list) or not isinstance(rejected, list):
            raise ValueError("acknowledge and rejected are lists")
        if len(ids) + len(rejected) > MOST:
            raise ValueError(f"at most {MOST} ids at once")
        if not all(isinstance(i, str) and "\0" not in i for i in ids):
            raise ValueError("acknowledge has the ids of events")
        if not all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in rejected):
            raise ValueError("rejected has objects with id, code and detail")
        link.env["bridgecore.event"]._acknowledge(
            ids,
            [
                tuple(str(item.get(k) or "").replace("\0", "") for k in ("id", "code", "detail"))
                for item in rejected
            ],
        )
        return {"waiting": link.waiting}

    def _answer(self, act):
        link = request.env["bridgecore.link"].sudo()._the_link()
        body = request.httprequest.get_data()
        refusal = wire.verify(request.httprequest.headers, link.connection, link.secret, body)
        if refusal:
            return self._say(
                401, {"code": refusal, "detail": "The request is not signed as agreed."}
            )
        silent = link._why_silent()
        if silent:
            return self._say(409, {"code": "database_copied", "detail": silent})
        try:
            asked = json.loads(body.decode() or "{}")
            if not isinstance(asked, dict):
                raise ValueError("the body is a JSON object")
            answer = act(link, asked)
        except (ValueError, UnicodeDecodeError) as error:
            return self._say(400, {"code": "invalid_request", "detail": str(error)})
        content = wire.encode(answer)
        return self._say(200, content, wire.headers(link.connection, link.secret, content))

    def _say(self, status, content, headers=None):
        if isinstance(content, dict):
            content = wire.encode(content)
        return Response(
            content, status=status, headers=headers, content_type="application/json; charset=utf-8"
        )
