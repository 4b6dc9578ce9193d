"""What a web client learns about its session."""

from __future__ import annotations

import hashlib
from typing import Any

from bridgecore.simulators.odoo.apps.users import context_get
from bridgecore.simulators.odoo.orm.environment import Environment


def session_info(env: Environment, address: str) -> dict[str, Any]:
    """The answer of `authenticate` and `get_session_info`, in the version's shape."""
    user = env.user
    modern = env.version >= 19
    partner = env.rows("res.partner")[user["partner_id"]]
    system = env.has_group("base.group_system")
    settings: dict[str, Any] = {
        "id": env.uid,
        "user_id": {"id": env.uid},
        "is_discuss_sidebar_category_channel_open": True,
        "is_discuss_sidebar_category_chat_open": True,
        "push_to_talk_key": False,
        "use_push_to_talk": False,
        "voice_active_duration": 200,
    }
    if modern:
        settings |= {"embedded_actions_config_ids": {}, "channel_notifications": False}
        settings["volumes"] = [["ADD", []]]
    else:
        settings["volume_settings_ids"] = [["ADD", []]]
    info: dict[str, Any] = {
        "uid": env.uid,
        "is_system": system,
        "is_admin": system,
        "is_internal_user": env.has_group("base.group_user"),
        "user_context": context_get(env, env.model("res.users")),
        "db": env.database.name,
        "user_settings": settings,
        "server_version": f"{env.version}.0",
        "server_version_info": [env.version, 0, 0, "final", 0, ""],
        "support_url": "https://www.odoo.com/buy",
        "name": partner.get("name", ""),
        "username": user["login"],
        "partner_display_name": env.label_of("res.partner", partner["id"]),
        "partner_id": partner["id"],
        "web.base.url": address,
        "active_ids_limit": 20000,
        "profile_session": None,
        "profile_collectors": None,
        "profile_params": None,
        "max_file_upload_size": 134217728,
        "home_action_id": False,
        "currencies": _currencies(env),
        "bundle_params": {"lang": partner.get("lang", "en_US")},
        "user_companies": _companies(env),
        "show_effect": True,
    }
    if system:
        info["iap_company_enrich"] = True
    if system and not modern:
        info |= {"web_tours": [], "tour_disable": True}
    return info | (_modern(env, partner) if modern else _classic(env))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _classic(env: Environment) -> dict[str, Any]:
    name = env.database.name
    return {
        "cache_hashes": {
            "translations": _digest(f"{name} translations")[:40],
            "load_menus": _digest(f"{name} menus"),
        },
        "display_switch_company_menu": len(env.company_ids) > 1,
        "user_id": [env.uid],
        "max_time_between_keys_in_ms": 100,
        "notification_type": env.user.get("notification_type", "email"),
        "odoobot_initialized": True,
        "is_quick_edit_mode_enabled": False,
    }


def _modern(env: Environment, partner: dict[str, Any]) -> dict[str, Any]:
    views = (
        ("list", "List", "oi oi-view-list", True),
        ("form", "Form", "fa fa-address-card", False),
        ("graph", "Graph", "fa fa-area-chart", True),
        ("pivot", "Pivot", "oi oi-view-pivot", True),
        ("calendar", "Calendar", "fa fa-calendar", True),
        ("kanban", "Kanban", "oi oi-view-kanban", True),
        ("search", "Search", "oi oi-search", True),
        ("hierarchy", "Hierarchy", "fa fa-share-alt fa-rotate-90", True),
        ("activity", "Activity", "fa fa-clock-o", True),
    )
    return {
        "is_public": env.has_group("base.group_public"),
        "registry_hash": _digest(f"{env.database.name} registry"),
        "quick_login": True,
        "partner_write_date": partner["write_date"][:19],
        "test_mode": False,
        "view_info": {
            kind: {"display_name": name, "icon": icon, "multi_record": many}
            for kind, name, icon, many in views
        },
        "groups": {"base.group_allow_export": env.has_group("base.group_allow_export")},
        "max_time_between_keys_in_ms": 150,
        "websocket_worker_version": "19.0-2",
        "tour_enabled": False,
        "current_tour": None,
        "can_insert_in_spreadsheet": env.has_group("base.group_user"),
    }


def _currencies(env: Environment) -> dict[str, Any]:
    used = {row.get("currency_id", 1) for row in env.rows("res.company").values()}
    found: dict[str, Any] = {}
    for key in sorted(used):
        row = env.rows("res.currency")[key]
        facts = {"symbol": row["symbol"], "position": row["position"], "digits": [69, 2]}
        found[str(key)] = {"name": row["name"], **facts} if env.version >= 19 else facts
    return found


def _companies(env: Environment) -> dict[str, Any]:
    rows = env.rows("res.company")
    own = [rows[key] for key in env.user.get("company_ids", [])]
    if env.version <= 14:
        listed = [[row["id"], env.label_of("res.company", row["id"])] for row in own]
        return {"current_company": listed[0], "allowed_companies": listed}
    allowed: dict[str, Any] = {}
    for row in own:
        name = env.label_of("res.company", row["id"])
        facts = {"id": row["id"], "name": name, "sequence": row.get("sequence", 0)}
        if env.version >= 17:
            children = env.value(env.model("res.company"), row, "child_ids")
            facts |= {"child_ids": children, "parent_id": row.get("parent_id", False)}
        if env.version >= 19:
            facts["currency_id"] = row.get("currency_id", 1)
        allowed[str(row["id"])] = facts
    found: dict[str, Any] = {"current_company": env.company_id, "allowed_companies": allowed}
    if env.version >= 17:
        found["disallowed_ancestor_companies"] = {}
    return found
