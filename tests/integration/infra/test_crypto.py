"""Secrets at rest and tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgecore.infra.crypto import (
    TOKEN_PATTERN,
    DecryptionFailed,
    LocalKeyEncryption,
    SecretBox,
    UnknownKey,
    associated_data,
    generate_token,
    hash_token,
    same_secret,
    token_prefix,
)

FIRST = "first secret, long enough to be one"
SECOND = "second secret, long enough to be one"
PLACE = associated_data("tenant-1", "connections.password")


class CountingKeys:
    """A key service that tells how often it was asked."""

    def __init__(self) -> None:
        self._keys = LocalKeyEncryption.from_secrets(FIRST)
        self.asked = 0

    @property
    def current_key_id(self) -> str:
        return self._keys.current_key_id

    async def wrap(self, data_key: bytes) -> bytes:
        self.asked += 1
        return await self._keys.wrap(data_key)

    async def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        self.asked += 1
        return await self._keys.unwrap(key_id, wrapped)


def box(current: str = FIRST, *previous: str) -> SecretBox:
    return SecretBox(LocalKeyEncryption.from_secrets(current, previous))


@given(st.binary(max_size=5_000), st.text(), st.text())
async def test_opens_only_where_it_belongs(secret: bytes, tenant: str, other: str) -> None:
    place = associated_data(tenant, "column")
    blob = await box().encrypt(secret, place)
    assert await box().decrypt(blob, place) == secret
    if other != tenant:
        with pytest.raises(DecryptionFailed):
            await box().decrypt(blob, associated_data(other, "column"))


async def test_shows_nothing_and_never_the_same() -> None:
    sealing = box()
    blobs = [await sealing.encrypt(b"odoo password", PLACE) for _ in range(3)]
    assert len(set(blobs)) == 3
    assert not any(b"odoo" in blob or b"first secret" in blob for blob in blobs)


async def test_any_changed_or_missing_byte_is_noticed() -> None:
    blob = await box().encrypt(b"odoo password", PLACE)
    for position in range(len(blob)):
        changed = bytearray(blob)
        changed[position] ^= 1
        with pytest.raises(DecryptionFailed):
            await box().decrypt(bytes(changed), PLACE)
        with pytest.raises(DecryptionFailed):
            await box().decrypt(blob[:position], PLACE)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_associated_data_is_never_ambiguous(left: list[str], right: list[str]) -> None:
    assert (associated_data(*left) == associated_data(*right)) is (left == right)


async def test_rotation() -> None:
    old = await box(FIRST).encrypt(b"odoo password", PLACE)
    rotating = box(SECOND, FIRST)
    assert rotating.needs_rotation(old)
    assert await rotating.decrypt(old, PLACE) == b"odoo password"
    new = await rotating.rewrap(old, PLACE)
    assert not rotating.needs_rotation(new)
    assert await rotating.rewrap(new, PLACE) == new
    assert await box(SECOND).decrypt(new, PLACE) == b"odoo password"
    with pytest.raises(UnknownKey):
        await box(SECOND).decrypt(old, PLACE)
    with pytest.raises(DecryptionFailed):
        await rotating.rewrap(old, associated_data("tenant-2", "connections.password"))


async def test_another_secret_under_the_same_key_id_opens_nothing() -> None:
    sealed = await SecretBox(LocalKeyEncryption({"a": FIRST}, "a")).encrypt(b"secret", PLACE)
    with pytest.raises(DecryptionFailed):
        await SecretBox(LocalKeyEncryption({"a": SECOND}, "a")).decrypt(sealed, PLACE)


def test_guessable_secrets_are_refused() -> None:
    with pytest.raises(ValueError, match="openssl rand"):
        LocalKeyEncryption.from_secrets("change-me")
    with pytest.raises(ValueError, match="current key"):
        LocalKeyEncryption({"a": FIRST}, "b")


async def test_key_service_is_asked_once_for_each_data_key_kept() -> None:
    keys = CountingKeys()
    sealing = SecretBox(keys)
    blobs = [await sealing.encrypt(b"secret", PLACE) for _ in range(50)]
    assert keys.asked == 1
    for blob in blobs:
        await sealing.decrypt(blob, PLACE)
    assert keys.asked == 1, "it opens its own without asking"

    opening = SecretBox(keys, kept_keys=2)
    others = [await SecretBox(keys).encrypt(b"secret", PLACE) for _ in range(3)]
    keys.asked = 0
    for blob in (*others, others[2], others[1], others[0]):
        await opening.decrypt(blob, PLACE)
    assert keys.asked == 4, "two are kept, the third has to be asked for again"


def test_tokens_are_recognised_and_chance_is_not() -> None:
    token = generate_token("bc_live")
    assert token.startswith("bc_live_")
    assert token_prefix(token) == "bc_live"
    assert TOKEN_PATTERN.search(f"Authorization: Bearer {token}, and more")
    for position in range(len("bc_live_"), len(token)):
        letter = "a" if token[position] != "a" else "b"
        assert token_prefix(token[:position] + letter + token[position + 1 :]) is None
    for other in ("", token[:-1], token + "a", token.upper(), "bc_live_" + "a" * 49):
        assert token_prefix(other) is None
    assert len({generate_token() for _ in range(1_000)}) == 1_000
    with pytest.raises(ValueError):
        generate_token("Live-Key")


def test_token_hash_and_comparison() -> None:
    token = generate_token()
    assert len(hash_token(token)) == 32
    assert same_secret(hash_token(token), hash_token(token))
    assert not same_secret(hash_token(token), hash_token(generate_token()))
    assert same_secret("пароль", "пароль".encode())
