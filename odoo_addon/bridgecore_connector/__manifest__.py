{
    "name": "BridgeCore Connector",
    "summary": "Tell BridgeCore of every change, deletes included, exactly once it is committed",
    "version": "1.0.0",
    "category": "Technical",
    "author": "BridgeCore",
    "license": "LGPL-3",
    "depends": ["base_setup"],
    "data": [
        "security/groups.xml",
        "security/ir.model.access.csv",
        "data/link.xml",
        "views/views.xml",
    ],
    "uninstall_hook": "uninstall",
    "installable": True,
    "application": False,
}
