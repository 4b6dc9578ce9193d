"""Languages, currencies and countries."""

from __future__ import annotations

from bridgecore.simulators.odoo.orm.fields import (
    boolean,
    char,
    choice,
    computed,
    integer,
    many2many,
    many2one,
    number,
    one2many,
    text,
)
from bridgecore.simulators.odoo.orm.model import Model

ADDRESS_FORMAT = """%(street)s
%(street2)s
%(city)s %(state_code)s %(zip)s
%(country_name)s"""
SETTINGS = {"*": "r", "base.group_system": "rwcd"}

MODELS: tuple[Model, ...] = (
    Model(
        "res.lang",
        "Languages",
        {
            "name": char("Name", required=True),
            "code": char("Locale Code", required=True),
            "iso_code": char("ISO code"),
            "active": boolean("Active"),
            "direction": choice(
                "Direction", ("ltr", "Left-to-Right"), ("rtl", "Right-to-Left"), default="ltr"
            ),
            "date_format": char("Date Format", default="%m/%d/%Y"),
        },
        order="active desc,name",
        access=SETTINGS,
    ),
    Model(
        "res.currency",
        "Currency",
        {
            "name": char("Currency", size=3, required=True, help="Currency Code (ISO 4217)"),
            "full_name": char("Name"),
            "symbol": char("Symbol", required=True),
            "rate": computed(
                "float",
                "Current Rate",
                lambda env, row: row.get("_rate", 1.0),
                digits=0,
                help="The rate of the currency to the currency of rate 1.",
                depends=("rate_ids.rate",),
                aggregator="sum",
            ),
            "rounding": number("Rounding Factor", default=0.01, digits=(12, 6)),
            "decimal_places": integer("Decimal Places", default=2),
            "position": choice(
                "Symbol Position",
                ("after", "After Amount"),
                ("before", "Before Amount"),
                default="after",
            ),
            "active": boolean("Active"),
        },
        order="active desc, name",
        access=SETTINGS,
    ),
    Model(
        "res.country",
        "Country",
        {
            "name": char("Country Name", required=True, translate=True),
            "code": char("Country Code", size=2, required=True),
            "address_format": text(
                "Layout in Reports",
                default=ADDRESS_FORMAT,
            ),
            "address_view_id": many2one("Input View", "ir.ui.view"),
            "currency_id": many2one("Currency", "res.currency"),
            "image_url": computed(
                "char",
                "Flag",
                lambda env, row: f"/base/static/img/country_flags/{row['code'].lower()}.png",
            ),
            "phone_code": integer("Country Calling Code"),
            "country_group_ids": many2many("Country Groups", "res.country.group"),
            "country_group_codes": computed(
                "json", "Country Group Codes", lambda env, row: [""], since=19
            ),
            "state_ids": one2many("States", "res.country.state", "country_id"),
            "name_position": choice(
                "Customer Name Position",
                ("before", "Before Address"),
                ("after", "After Address"),
                default="before",
            ),
            "vat_label": char("Vat Label", translate=True),
            "state_required": boolean("State Required"),
            "zip_required": boolean("Zip Required", default=True),
            "is_mercado_pago_supported_country": computed(
                "boolean", "Is Mercado Pago Supported Country", lambda env, row: False, since=19
            ),
            "is_stripe_supported_country": computed(
                "boolean", "Is Stripe Supported Country", lambda env, row: True, since=19
            ),
        },
        order="name",
        access=SETTINGS,
        search_names=("code",),
    ),
    Model(
        "res.country.group", "Country Group", {"name": char("Name", required=True)}, access=SETTINGS
    ),
    Model(
        "res.country.state",
        "Country state",
        {
            "name": char("State Name", required=True),
            "code": char("State Code", required=True),
            "country_id": many2one("Country", "res.country", required=True),
        },
        order="code",
        access=SETTINGS,
        display=lambda env, row: (
            f"{row['name']} ({env.rows('res.country')[row['country_id']]['code']})"
        ),
    ),
)
