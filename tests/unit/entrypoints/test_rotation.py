"""No sealed column is forgotten when keys rotate."""

from __future__ import annotations

from sqlalchemy import LargeBinary

from bridgecore.entrypoints.metadata import metadata
from bridgecore.entrypoints.rotation import SEALED, rotations

# binary columns that are no secret of long life, each with what it is
OTHERS = {
    "intents.fingerprint": "a hash",
    "intents.idempotency_scope": "a hash",
    "intents.sealed_request": "sealed until the act is settled",
    "intents.answer": "sealed for a day",
    "idempotency_keys.scope": "a hash",
    "idempotency_keys.fingerprint": "a hash",
    "idempotency_keys.answer": "sealed for a day",
    "sessions.family_hash": "a hash",
    "sessions.refresh_hash": "a hash",
    "sessions.previous_hash": "a hash",
    "sessions.successor": "sealed for seconds",
    "api_keys.hash": "a hash",
    "webhook_addresses.hash": "a hash",
    "one_time_tokens.hash": "a hash",
    "invitations.hash": "a hash",
    "recovery_codes.hash": "a hash",
    "mails.body": "sealed until the mail is sent, for a week at most",
}


def test_every_binary_column_is_rotated_or_named_as_something_else() -> None:
    binary = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    sealed = {f"{table}.{column}" for table, column in SEALED}
    assert binary - sealed - set(OTHERS) == set()
    assert sealed <= binary


def test_the_domains_that_keep_secrets_rotate_them() -> None:
    assert set(rotations()) == {"identity", "connections", "webhooks"}
