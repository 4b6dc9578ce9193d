"""The views that Odoo's versions write differently: lists, and the block in the settings.

A list is a `tree` up to 17 and a `list` from 18 on. Settings are made of divs up to 16 and of
`app`, `block` and `setting` from 17 on. Everything else is in views/ and the same for all.
"""

import re

from odoo import release

VERSION = int(re.sub(r"\D", "", str(release.version_info[0])))  # "saas~18" is 18
LIST = "list" if VERSION >= 18 else "tree"

_MODELS = """
<{list} editable="bottom">
    <field name="model_id" options="{{'no_create': True}}"/>
    <field name="model"/>
    <field name="field_ids" widget="many2many_tags" options="{{'no_create': True}}"/>
    <field name="send_values"/>
</{list}>
"""

_EVENTS = """
<{list} create="false" edit="false">
    <header>
        <button name="action_send_again" type="object" string="Send Again"/>
        <button name="action_discard" type="object" string="Discard"/>
    </header>
    <field name="occurred_at"/>
    <field name="operation"/>
    <field name="model"/>
    <field name="record_id"/>
    <field name="changed_fields"/>
    <field name="origin" optional="hide"/>
    <field name="state"/>
    <field name="code" optional="show"/>
    <field name="detail" optional="show"/>
    <field name="event_id" optional="hide"/>
</{list}>
"""

_SETTINGS_16 = """
<xpath expr="//div[hasclass('settings')]" position="inside">
    <div class="app_settings_block" data-string="BridgeCore" string="BridgeCore"
         data-key="bridgecore_connector" groups="base.group_system">
        <h2>BridgeCore</h2>
        <div class="row mt16 o_settings_container">
            <div class="col-12 col-lg-6 o_setting_box">
                <div class="o_setting_left_pane"/>
                <div class="o_setting_right_pane">
                    <span class="o_form_label">Link</span>
                    <div class="text-muted">Where changes are sent, and under which secret</div>
                    {fields}
                </div>
            </div>
            <div class="col-12 col-lg-6 o_setting_box">
                <div class="o_setting_left_pane"/>
                <div class="o_setting_right_pane">
                    <span class="o_form_label">State</span>
                    {state}
                </div>
            </div>
        </div>
    </div>
</xpath>
"""

_SETTINGS_17 = """
<xpath expr="//form" position="inside">
    <app data-string="BridgeCore" string="BridgeCore" name="bridgecore_connector"
         groups="base.group_system">
        <block title="BridgeCore">
            <setting string="Link" help="Where changes are sent, and under which secret">
                {fields}
            </setting>
            <setting string="State">
                {state}
            </setting>
        </block>
    </app>
</xpath>
"""

_FIELDS = """
<div class="content-group">
    <div class="row mt8">
        <label for="bridgecore_address" class="col-lg-4"/>
        <field name="bridgecore_address" placeholder="https://bridgecore.example.com"/>
    </div>
    <div class="row mt8">
        <label for="bridgecore_connection" class="col-lg-4"/>
        <field name="bridgecore_connection"/>
    </div>
    <div class="row mt8">
        <label for="bridgecore_secret" class="col-lg-4"/>
        <field name="bridgecore_secret" password="True" autocomplete="new-password"/>
    </div>
</div>
"""

_STATE = """
<div class="content-group">
    <div class="row mt8"><field name="bridgecore_status" readonly="1"/></div>
    <div class="row mt8">
        <label for="bridgecore_waiting" class="col-lg-4"/>
        <field name="bridgecore_waiting" readonly="1"/>
    </div>
    <div class="row mt8">
        <label for="bridgecore_last_success" class="col-lg-4"/>
        <field name="bridgecore_last_success" readonly="1"/>
    </div>
    <div class="row mt8">
        <label for="bridgecore_last_error" class="col-lg-4"/>
        <field name="bridgecore_last_error" readonly="1"/>
    </div>
    <button name="action_bridgecore_test" type="object" string="Test" class="btn-link"
            icon="fa-plug"/>
    <button name="action_bridgecore_open" type="object" string="Models and Events"
            class="btn-link" icon="fa-arrow-right"/>
</div>
"""


def load(env):
    """Creates or updates the views of this version, as records of the addon."""
    settings = (_SETTINGS_17 if VERSION >= 17 else _SETTINGS_16).format(
        fields=_FIELDS, state=_STATE
    )
    env["ir.ui.view"]._load_records(
        [
            _view("model_list", "bridgecore.model", _MODELS.format(list=LIST)),
            _view("event_list", "bridgecore.event", _EVENTS.format(list=LIST)),
            _view(
                "settings_form",
                "res.config.settings",
                settings,
                inherit_id=env.ref("base.res_config_settings_view_form").id,
                priority=90,
            ),
        ]
    )


def _view(name, model, arch, **values):
    values.update(name="bridgecore." + name, model=model, arch=arch)
    return {"xml_id": "bridgecore_connector." + name, "values": values}
