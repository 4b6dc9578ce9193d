"""Everything the simulated servers have installed."""

from __future__ import annotations

from .apps import base, mail, partners
from .orm import interface
from .orm.model import Method, Model

MODELS: tuple[Model, ...] = (*base.MODELS, *mail.MODELS, *partners.MODELS)
METHODS: tuple[Method, ...] = (*interface.METHODS, *base.METHODS, *mail.METHODS, *partners.METHODS)
