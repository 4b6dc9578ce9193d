"""The link's settings and state where people look for settings."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    bridgecore_link_id = fields.Many2one(
        "bridgecore.link", default=lambda self: self.env["bridgecore.link"]._the_link()
    )
    bridgecore_address = fields.Char(
        "BridgeCore Address", related="bridgecore_link_id.address", readonly=False
    )
    bridgecore_connection = fields.Char(
        "BridgeCore Connection ID", related="bridgecore_link_id.connection", readonly=False
    )
    bridgecore_secret = fields.Char(
        "BridgeCore Secret",
        related="bridgecore_link_id.secret",
        readonly=False,
        groups="base.group_system",
    )
    bridgecore_status = fields.Char("BridgeCore State", related="bridgecore_link_id.status")
    bridgecore_waiting = fields.Integer(
        "Events Waiting for BridgeCore", related="bridgecore_link_id.waiting"
    )
    bridgecore_last_success = fields.Datetime(
        "Last Sent to BridgeCore", related="bridgecore_link_id.last_success"
    )
    bridgecore_last_error = fields.Text(
        "Last Error of BridgeCore", related="bridgecore_link_id.last_error"
    )

    def action_bridgecore_test(self):
        return self.env["bridgecore.link"]._the_link().action_test()

    def action_bridgecore_open(self):
        return self.env["ir.actions.act_window"]._for_xml_id("bridgecore_connector.link_action")
