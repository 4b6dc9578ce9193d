"""What Odoo calls when the addon goes."""

from odoo import SUPERUSER_ID, api

from . import capture


def uninstall(*args):
    """Removes what Odoo does not know of: triggers and functions. It drops the tables itself.

    Up to 16 the arguments are (cursor, registry), from 17 on one environment.
    """
    env = args[0] if len(args) == 1 else api.Environment(args[0], SUPERUSER_ID, {})
    capture.remove(env.cr)
