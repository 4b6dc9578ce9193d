"""BridgeCore Connector: an outbox of changes inside Odoo's own transactions.

capture    fills the outbox, by triggers on the tables of the chosen models
delivery   posts it in signed batches and takes out what was acknowledged
wake       delivers right after a commit, beside the person who made it
wire       the format both sides speak, and its signature
layout     the views that Odoo's versions write differently
"""

from . import capture, controllers, delivery, layout, models, wake, wire
from .hooks import uninstall
