"""BridgeCore: the platform between business systems and the apps and people that need them."""

__version__ = "0.1.0"
