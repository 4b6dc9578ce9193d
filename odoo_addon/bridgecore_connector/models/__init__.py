from . import base, event, key, link, res_config_settings, watched
