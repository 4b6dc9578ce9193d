"""What models and fields are about: the part of the business, and what is nobody's business."""

from __future__ import annotations

import re
from collections.abc import Mapping

# by the beginning of the model's name; the longest that fits
_GROUPS: Mapping[str, str] = {
    "account": "Invoicing and accounting",
    "analytic": "Invoicing and accounting",
    "asset": "Invoicing and accounting",
    "base": "Technical",
    "bus": "Technical",
    "calendar": "Calendar",
    "crm": "CRM",
    "delivery": "Inventory and deliveries",
    "discuss": "Messages and activities",
    "documents": "Files",
    "event": "Events",
    "fleet": "Fleet",
    "helpdesk": "Helpdesk",
    "hr": "Employees",
    "hr.expense": "Expenses",
    "hr_timesheet": "Projects and timesheets",
    "im_livechat": "Messages and activities",
    "ir": "Technical",
    "ir.attachment": "Files",
    "lot": "Inventory and deliveries",
    "loyalty": "Sales",
    "mail": "Messages and activities",
    "mailing": "Marketing",
    "maintenance": "Maintenance",
    "marketing": "Marketing",
    "mrp": "Manufacturing",
    "payment": "Invoicing and accounting",
    "planning": "Projects and timesheets",
    "pos": "Point of sale",
    "product": "Products and prices",
    "project": "Projects and timesheets",
    "purchase": "Purchases",
    "quality": "Manufacturing",
    "rating": "Messages and activities",
    "repair": "Repairs",
    "res": "Settings and lists",
    "res.company": "Users and companies",
    "res.groups": "Users and companies",
    "res.partner": "Contacts",
    "res.users": "Users and companies",
    "resource": "Employees",
    "sale": "Sales",
    "sign": "Files",
    "slide": "Website",
    "sms": "Messages and activities",
    "spreadsheet": "Files",
    "stock": "Inventory and deliveries",
    "survey": "Surveys",
    "uom": "Products and prices",
    "utm": "Marketing",
    "web": "Technical",
    "website": "Website",
    "whatsapp": "Messages and activities",
    "x_": "Your own models",
}
OTHER = "Other"

SECRET_MODELS = frozenset(
    {
        "ir.config_parameter",
        "ir.mail_server",
        "fetchmail.server",
        "res.users.apikeys",
        "res.users.apikeys.description",
        "res.users.identitycheck",
        "res.users.log",
        "change.password.wizard",
        "change.password.user",
        "change.password.own",
        "auth_totp.device",
        "auth_totp.wizard",
        "auth.oauth.provider",
        "payment.provider",
        "iap.account",
        "base.automation",
        "ir.logging",
        "ir.profile",
        "res.config.settings",
    }
)
"""Models that hold secrets, code or Odoo's own settings."""

# whole words of a field's name, as underscores part them
_SENSITIVE_WORDS = frozenset(
    {
        *("password", "passwd", "passphrase", "pin", "token", "secret", "apikey", "totp", "otp"),
        *("oauth", "signup", "credential", "credentials", "signature", "certificate", "biometric"),
        *("iban", "bank", "wage", "salary", "payslip", "ssn", "ssnid", "sinid", "passport"),
        *("birthday", "birthdate", "birth", "marital", "spouse", "religion", "disability"),
        *("private", "visa", "permit", "emergency", "children", "gender", "sex"),
    }
)
_SENSITIVE_NAMES = re.compile(
    r"(^|_)(api_key|private_key|acc_number|sanitized_acc_number|identification_id|access_key"
    r"|session_key|security_code|barcode_pin|km_home_work|country_of_birth|place_of_birth)(_|$)"
)
# lists of bank accounts and bare banks tell what a word alone would not
_SENSITIVE_RELATIONS = frozenset({"res.partner.bank", "res.users.apikeys", "auth_totp.device"})


def group_of(model: str) -> str:
    """The part of the business a model belongs to, in words for a person."""
    if model.startswith("x_"):
        return _GROUPS["x_"]
    name = model
    while name:
        if name in _GROUPS:
            return _GROUPS[name]
        name = name.rpartition(".")[0]
    return _GROUPS.get(model.partition(".")[0].partition("_")[0], OTHER)


def is_sensitive(name: str, kind: str, relation: str | None) -> bool:
    """Whether a field holds a secret, a file, a bank account or a person's private data."""
    if kind == "binary" or relation in _SENSITIVE_RELATIONS:
        return True
    words = set(name.lower().split("_"))
    return bool(words & _SENSITIVE_WORDS) or _SENSITIVE_NAMES.search(name.lower()) is not None
