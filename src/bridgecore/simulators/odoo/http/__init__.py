"""The wire: every address an Odoo server answers."""
