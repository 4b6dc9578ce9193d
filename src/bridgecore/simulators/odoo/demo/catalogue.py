"""What a company has before it trades: units, products, accounts, places, stages."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from bridgecore.simulators.odoo.orm import periods

from .foundation import Seeder
from .names import PRODUCTS

ACCOUNTS = (
    ("account.cash", "101401", "Bank", "asset_cash"),
    ("account.receivable", "121000", "Account Receivable", "asset_receivable"),
    ("account.payable", "211000", "Account Payable", "liability_payable"),
    ("account.tax_payable", "251000", "Tax Received", "liability_current"),
    ("account.income", "400000", "Product Sales", "income"),
    ("account.expense", "600000", "Expenses", "expense"),
)
STAGES = (
    ("New", 1, False, 10.0),
    ("Qualified", 2, False, 30.0),
    ("Proposition", 3, False, 60.0),
    ("Won", 70, True, 100.0),
)
ACTIVITY_TYPES = (
    ("mail.mail_activity_data_email", "Email", "fa-envelope", "default"),
    ("mail.mail_activity_data_call", "Call", "fa-phone", "phonecall"),
    ("mail.mail_activity_data_meeting", "Meeting", "fa-users", "meeting"),
    ("mail.mail_activity_data_todo", "To-Do", "fa-check", "default"),
    ("mail.mail_activity_data_upload_document", "Document", "fa-upload", "upload_file"),
)


def lay(seed: Seeder, rng: Random) -> None:
    """Everything that trade needs, none of it dated."""
    _contacts(seed)
    _mail(seed)
    _accounting(seed)
    _sales(seed)
    _stock(seed)
    _products(seed, rng)


def _contacts(seed: Seeder) -> None:
    for name in ("Services", "Prospects", "VIP", "Retailer", "Wholesale", "Vendor", "Consultant"):
        seed.add("res.partner.category", name=name, color=len(name) % 11)
    for name in ("Manufacturing", "Wholesale and retail", "Food and drink", "IT", "Construction"):
        seed.add("res.partner.industry", name=name)
    if "res.partner.title" in seed.env.registry.models:
        for name, short in (("Madam", "Mrs."), ("Mister", "Mr."), ("Doctor", "Dr.")):
            seed.add("res.partner.title", name=name, shortcut=short)


def _mail(seed: Seeder) -> None:
    for number, (xmlid, name, icon, category) in enumerate(ACTIVITY_TYPES, start=1):
        seed.add(
            "mail.activity.type", xmlid, name=name, icon=f"{icon}", category=category,
            sequence=number * 3, delay_count=5 if name == "To-Do" else 2,
        )  # fmt: skip
    for xmlid, name, internal in (
        ("mail.mt_comment", "Discussions", False),
        ("mail.mt_note", "Note", True),
        ("mail.mt_activities", "Activities", True),
    ):
        seed.add("mail.message.subtype", xmlid, name=name, internal=internal)


def _accounting(seed: Seeder) -> None:
    for xmlid, code, name, kind in ACCOUNTS:
        seed.add("account.account", xmlid, name=name, code=code, account_type=kind,
                 reconcile=kind in ("asset_receivable", "liability_payable"))  # fmt: skip
    seed.add("account.tax", "account.sale_tax", name="15%", amount=15.0, type_tax_use="sale")
    seed.add(
        "account.tax", "account.purchase_tax", name="15%", amount=15.0, type_tax_use="purchase"
    )
    for number, (name, code, kind) in enumerate(
        (
            ("Customer Invoices", "INV", "sale"),
            ("Vendor Bills", "BILL", "purchase"),
            ("Miscellaneous Operations", "MISC", "general"),
            ("Bank", "BNK1", "bank"),
            ("Cash", "CSH1", "cash"),
        ),
        start=1,
    ):
        seed.add("account.journal", name=name, code=code, type=kind, sequence=number)
    env = seed.env
    for name, days in (("Immediate Payment", 0), ("15 Days", 15), ("30 Days", 30), ("45 Days", 45)):
        key = seed.add("account.payment.term", f"account.term_{days}", name=name, sequence=days)
        row = {**env.rows("account.payment.term")[key], "_days": days}
        env.store.put("account.payment.term", key, row)


def _sales(seed: Seeder) -> None:
    env = seed.env
    admin = 2
    for name in ("Sales", "Website", "Pre-Sales"):
        seed.add("crm.team", name=name, user_id=admin, company_id=1)
    for number, (name, sequence, won, chance) in enumerate(STAGES, start=1):
        key = seed.add(
            "crm.stage", f"crm.stage_lead{number}", name=name, sequence=sequence, is_won=won
        )
        row = {**env.rows("crm.stage")[key], "_probability": chance}
        env.store.put("crm.stage", key, row)
    for name in ("Product", "Software", "Services", "Information", "Design", "Training", "Other"):
        seed.add("crm.tag", name=name, color=len(name) % 11)
    for name in ("Too expensive", "We don't have people/skills", "Not enough stock"):
        seed.add("crm.lost.reason", name=name)


def _stock(seed: Seeder) -> None:
    add = seed.add
    view = add("stock.location", name="WH", usage="view", company_id=1)
    stock = add(
        "stock.location", "stock.stock_location_stock", name="Stock", location_id=view, company_id=1
    )
    add("stock.location", name="Shelf A", location_id=stock, company_id=1)
    partners = add("stock.location", name="Partners", usage="view")
    customers = add(
        "stock.location",
        "stock.stock_location_customers",
        name="Customers",
        usage="customer",
        location_id=partners,
    )
    vendors = add(
        "stock.location",
        "stock.stock_location_suppliers",
        name="Vendors",
        usage="supplier",
        location_id=partners,
    )
    add("stock.location", name="Inventory adjustment", usage="inventory")
    house = add(
        "stock.warehouse",
        "stock.warehouse0",
        name="YourCompany",
        code="WH",
        view_location_id=view,
        lot_stock_id=stock,
        partner_id=1,
    )
    for xmlid, name, code, prefix, source, target in (
        ("stock.picking_type_in", "Receipts", "incoming", "IN", vendors, stock),
        ("stock.picking_type_out", "Delivery Orders", "outgoing", "OUT", stock, customers),
        ("stock.picking_type_internal", "Internal Transfers", "internal", "INT", stock, stock),
    ):
        add(
            "stock.picking.type", xmlid, name=name, code=code, sequence_code=prefix,
            warehouse_id=house, default_location_src_id=source, default_location_dest_id=target,
        )  # fmt: skip


def _products(seed: Seeder, rng: Random) -> None:
    env = seed.env
    begin = env.now
    early = (begin - timedelta(days=420)).strftime(periods.SECONDS)
    if "uom.category" in env.registry.models:
        for name in ("Unit", "Working Time", "Weight"):
            seed.add("uom.category", name=name)
    for name, group, factor in (
        ("Units", 1, 1.0),
        ("Hours", 2, 1.0),
        ("kg", 3, 1.0),
        ("Dozens", 1, 12.0),
    ):
        seed.add("uom.uom", name=name, category_id=group, factor=factor)
    root = seed.add("product.category", "product.product_category_all", name="All")
    categories = {
        name: seed.add("product.category", name=name, parent_id=root)
        for name in dict.fromkeys(product[5] for product in PRODUCTS)
    }
    storable = "product" if env.version < 18 else "consu"
    for number, (name, code, price, cost, weight, category) in enumerate(PRODUCTS):
        factor = rng.uniform(0.9, 1.15)
        service = category == "Services"
        template = seed.add(
            "product.template",
            at=early,
            name=name,
            default_code=code,
            list_price=round(price * factor, 2),
            standard_price=round(cost * factor, 2),
            categ_id=categories[category],
            type="service" if service else storable,
            is_storable=not service,
            uom_id=2 if "Hour" in name else 1,
            barcode=f"629{rng.randint(10**9, 10**10 - 1)}",
            weight=0.0 if service else round(rng.uniform(0.2, 40.0), 1),
            taxes_id=[(6, 0, [env.reference("account.sale_tax")])],
        )
        if not service:
            variant = next(
                iter(env.store.tables["product.product"].linked("product_tmpl_id", template))
            )
            scarce = number % 5 == 4
            seed.add(
                "stock.quant",
                at=early,
                product_id=variant,
                quantity=float(weight if scarce else weight * 12),
                location_id=env.reference("stock.stock_location_stock"),
            )
    env.now = begin
