"""Everything the simulated servers have installed."""

from __future__ import annotations

from .apps import (
    accounting,
    deliveries,
    invoicing,
    mail,
    onchange,
    partners,
    people,
    pipeline,
    places,
    products,
    sales,
    technical,
    users,
    warehouse,
)
from .orm import grouping, importing, interface, views
from .orm.model import Method, Model

MODELS: tuple[Model, ...] = (
    *users.MODELS,
    *places.MODELS,
    *technical.MODELS,
    *mail.MODELS,
    *partners.MODELS,
    *people.MODELS,
    *products.MODELS,
    *pipeline.MODELS,
    *sales.MODELS,
    *accounting.MODELS,
    *warehouse.MODELS,
)

METHODS: tuple[Method, ...] = (
    *interface.METHODS,
    *grouping.METHODS,
    *importing.METHODS,
    *views.METHODS,
    *onchange.METHODS,
    *users.METHODS,
    *technical.METHODS,
    *mail.METHODS,
    *partners.METHODS,
    *pipeline.METHODS,
    *sales.METHODS,
    *invoicing.METHODS,
    *deliveries.METHODS,
)
