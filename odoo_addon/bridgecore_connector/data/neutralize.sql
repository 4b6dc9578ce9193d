-- A neutralized copy (16 and later) speaks to nobody.
UPDATE bridgecore_link SET address = NULL, connection = NULL, secret = NULL, paused = true;
