"""Secrets at rest, and tokens.

Envelope encryption: each secret is sealed with a data key (AES-256-GCM), and the data key, sealed
by a key encryption key, lies beside it. The key encryption key comes from `SECRET_KEY`, or stays
in a key management service that implements `KeyEncryption`.

A sealed secret, version 1:

    version (1 byte) | key id length (1) | key id | wrapped key length (2) | wrapped key
    | nonce (12) | ciphertext and tag

Version, key id and the caller's associated data are authenticated.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import struct
import time
import zlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SHORTEST_SECRET = 32

_VERSION = 1
_NONCE = 12
_TAG = 16
_KEY = 32

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TOKEN_BODY = 43  # 256 bits in base 62
_TOKEN_CHECKSUM = 6  # 32 bits in base 62
TOKEN_PATTERN = re.compile(
    rf"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)*_[0-9A-Za-z]{{{_TOKEN_BODY + _TOKEN_CHECKSUM}}}\b"
)


class DecryptionFailed(Exception):
    """The sealed secret is damaged, or belongs to another place than the one it was read from."""


class UnknownKey(DecryptionFailed):
    """The secret was sealed under a key that this process was not given."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"no key with id {key_id!r}: was it removed before rotation had ended?")
        self.key_id = key_id


class KeyEncryption(Protocol):
    """Seals data keys. A key management service implements this over the network."""

    @property
    def current_key_id(self) -> str:
        """The id, at most 255 bytes, of the key that new data keys are sealed under."""

    async def wrap(self, data_key: bytes) -> bytes:
        """Seal a data key (32 bytes) under the current key; at most 65,535 bytes."""

    async def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Open a data key. Raises UnknownKey, DecryptionFailed."""


class LocalKeyEncryption:
    """Key encryption keys derived from secrets in the settings."""

    def __init__(self, secrets_by_id: Mapping[str, str], current_key_id: str) -> None:
        """Raises ValueError for a secret too short to resist guessing, or an unknown current id."""
        for key_id, secret in secrets_by_id.items():
            if len(secret.encode()) < SHORTEST_SECRET:
                raise ValueError(
                    f"the secret of key {key_id!r} is shorter than {SHORTEST_SECRET} bytes; "
                    "make one with: openssl rand -base64 48"
                )
        if current_key_id not in secrets_by_id:
            raise ValueError(f"there is no secret for the current key {current_key_id!r}")
        self._current = current_key_id
        self._keys = {
            key_id: AESGCM(_derive(secret, f"key encryption {key_id}"))
            for key_id, secret in secrets_by_id.items()
        }

    @classmethod
    def from_secrets(cls, current: str, previous: Sequence[str] = ()) -> Self:
        """Keys named by a fingerprint of their secret, so that settings hold secrets alone."""
        named = {_derive(secret, "key id")[:4].hex(): secret for secret in (current, *previous)}
        return cls(named, _derive(current, "key id")[:4].hex())

    @property
    def current_key_id(self) -> str:
        return self._current

    async def wrap(self, data_key: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._keys[self._current].encrypt(nonce, data_key, self._current.encode())

    async def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        key = self._keys.get(key_id)
        if key is None:
            raise UnknownKey(key_id)
        try:
            return key.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], key_id.encode())
        except (InvalidTag, ValueError):
            raise DecryptionFailed("the data key does not open") from None


@dataclass(frozen=True, slots=True)
class _Sealed:
    key_id: str
    wrapped: bytes
    header: bytes
    nonce: bytes
    ciphertext: bytes


@dataclass(slots=True)
class _DataKey:
    """The data key that new secrets are sealed with, for a while."""

    key_id: str
    wrapped: bytes
    cipher: AESGCM
    until: float
    uses_left: int


class SecretBox:
    """Seals and opens secrets.

    One data key serves for up to an hour or a million secrets, far below where random nonces
    would matter. Opened data keys are kept, the `kept_keys` most recently used, so that opening
    on a hot path asks no key management service.
    """

    DATA_KEY_SECONDS = 3_600.0
    DATA_KEY_USES = 1_000_000

    def __init__(self, keys: KeyEncryption, *, kept_keys: int = 1_024) -> None:
        self._keys = keys
        self._kept_keys = kept_keys
        self._opened: OrderedDict[tuple[str, bytes], AESGCM] = OrderedDict()
        self._sealing: _DataKey | None = None

    async def encrypt(self, plaintext: bytes, aad: bytes) -> bytes:
        """Seal. `aad` says where the secret belongs (see `associated_data`); it is not stored."""
        key = await self._sealing_key()
        name = key.key_id.encode()
        authenticated = struct.pack("!BB", _VERSION, len(name)) + name
        nonce = os.urandom(_NONCE)
        return b"".join(
            (
                authenticated,
                struct.pack("!H", len(key.wrapped)),
                key.wrapped,
                nonce,
                key.cipher.encrypt(nonce, plaintext, authenticated + aad),
            )
        )

    async def decrypt(self, blob: bytes, aad: bytes) -> bytes:
        """Open. Raises DecryptionFailed when the blob is damaged or `aad` is another."""
        sealed = _parse(blob)
        cipher = await self._opening_cipher(sealed)
        try:
            return cipher.decrypt(sealed.nonce, sealed.ciphertext, sealed.header + aad)
        except InvalidTag:
            raise DecryptionFailed(
                "the secret is damaged or was moved from where it belongs"
            ) from None

    def needs_rotation(self, blob: bytes) -> bool:
        """Whether the blob is sealed under another key than the current one."""
        return _parse(blob).key_id != self._keys.current_key_id

    async def rewrap(self, blob: bytes, aad: bytes) -> bytes:
        """The same secret under the current key; the same blob if it already is."""
        if not self.needs_rotation(blob):
            return blob
        return await self.encrypt(await self.decrypt(blob, aad), aad)

    async def _sealing_key(self) -> _DataKey:
        key = self._sealing
        if (
            key is None
            or key.uses_left <= 0
            or key.until < time.monotonic()
            or key.key_id != self._keys.current_key_id
        ):
            raw = os.urandom(_KEY)
            key_id = self._keys.current_key_id
            wrapped = await self._keys.wrap(raw)
            key = _DataKey(
                key_id=key_id,
                wrapped=wrapped,
                cipher=AESGCM(raw),
                until=time.monotonic() + self.DATA_KEY_SECONDS,
                uses_left=self.DATA_KEY_USES,
            )
            self._sealing = key
            self._keep((key_id, wrapped), key.cipher)
        key.uses_left -= 1
        return key

    async def _opening_cipher(self, sealed: _Sealed) -> AESGCM:
        name = (sealed.key_id, sealed.wrapped)
        cipher = self._opened.get(name)
        if cipher is None:
            cipher = AESGCM(await self._keys.unwrap(*name))
            self._keep(name, cipher)
        else:
            self._opened.move_to_end(name)
        return cipher

    def _keep(self, name: tuple[str, bytes], cipher: AESGCM) -> None:
        self._opened[name] = cipher
        if len(self._opened) > self._kept_keys:
            self._opened.popitem(last=False)


def associated_data(*parts: str) -> bytes:
    """Bind a secret to its place: tenant id, column, and the row's id where rows could be swapped.

    Each part is written with its length, so no two lists of parts give the same bytes.
    """
    encoded = [part.encode() for part in parts]
    return b"".join(struct.pack("!I", len(part)) + part for part in encoded)


def generate_token(prefix: str = "bc_live") -> str:
    """A random token of 256 bits: `<prefix>_<43 characters><6 characters of checksum>`.

    Prefix and checksum let secret scanners, logs and ourselves tell a token of ours from chance.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", prefix):
        raise ValueError(f"{prefix!r} is not a token prefix: lower case letters, digits and _")
    body = _base62(secrets.randbits(256), _TOKEN_BODY)
    return f"{prefix}_{body}{_checksum(f'{prefix}_{body}')}"


def token_prefix(text: str) -> str | None:
    """The prefix of a token of ours; None for any text that cannot be one."""
    if not TOKEN_PATTERN.fullmatch(text):
        return None
    if not hmac.compare_digest(_checksum(text[:-_TOKEN_CHECKSUM]), text[-_TOKEN_CHECKSUM:]):
        return None
    return text[: -_TOKEN_BODY - _TOKEN_CHECKSUM - 1]


def hash_token(token: str) -> bytes:
    """What is stored of a token: 32 bytes of SHA-256, enough for 256 random bits.

    Not for passwords or anything a person chose.
    """
    return hashlib.sha256(token.encode()).digest()


def same_secret(left: str | bytes, right: str | bytes) -> bool:
    """Compare without telling by the time taken where the difference is."""
    return hmac.compare_digest(
        left.encode() if isinstance(left, str) else left,
        right.encode() if isinstance(right, str) else right,
    )


def _parse(blob: bytes) -> _Sealed:
    try:
        version, name_length = struct.unpack_from("!BB", blob)
        header = blob[: 2 + name_length]
        key_id = header[2:].decode()
        (wrapped_length,) = struct.unpack_from("!H", blob, len(header))
    except (struct.error, UnicodeDecodeError):
        raise DecryptionFailed("the sealed secret is damaged") from None
    start = len(header) + 2
    end = start + wrapped_length
    if version != _VERSION or len(blob) < end + _NONCE + _TAG:
        raise DecryptionFailed("the sealed secret is damaged, or of a version not known here")
    return _Sealed(
        key_id=key_id,
        wrapped=blob[start:end],
        header=header,
        nonce=blob[end : end + _NONCE],
        ciphertext=blob[end + _NONCE :],
    )


def _derive(secret: str, purpose: str) -> bytes:
    return HKDF(
        algorithm=SHA256(), length=_KEY, salt=None, info=f"bridgecore {purpose}".encode()
    ).derive(secret.encode())


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _TOKEN_CHECKSUM)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    return "".join(reversed(digits))
