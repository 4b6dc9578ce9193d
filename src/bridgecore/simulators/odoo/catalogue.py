"""Everything the simulated servers have installed."""

from __future__ import annotations

from .apps import (
    accounting,
    base,
    deliveries,
    invoicing,
    mail,
    onchange,
    partners,
    people,
    pipeline,
    products,
    sales,
)
from .orm import grouping, importing, interface, views
from .orm.model import Method, Model

MODELS: tuple[Model, ...] = (
    *base.MODELS,
    *mail.MODELS,
    *partners.MODELS,
    *people.MODELS,
    *products.MODELS,
    *pipeline.MODELS,
    *sales.MODELS,
    *accounting.MODELS,
    *deliveries.MODELS,
)

METHODS: tuple[Method, ...] = (
    *interface.METHODS,
    *grouping.METHODS,
    *importing.METHODS,
    *views.METHODS,
    *onchange.METHODS,
    *base.METHODS,
    *mail.METHODS,
    *partners.METHODS,
    *pipeline.METHODS,
    *sales.METHODS,
    *invoicing.METHODS,
    *deliveries.METHODS,
)
