"""Answers kept until the tenant's next change: in this process first, then in Redis.

A key holds the tenant's generation as read before the call, so raising the generation empties the
cache of a tenant everywhere, at once. It also holds the Odoo identity and every argument.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from redis.exceptions import RedisError

from bridgecore.domains.gateway.service.operations import OdooCall
from bridgecore.infra.redis import RedisClient

LARGEST = 1024 * 1024
TENANTS = 10_000
_MOST_DIGESTS = 100  # of one call
_encode = msgspec.json.Encoder().encode


class CacheKey(NamedTuple):
    """Names one answer: the tenant and its generation for people, a digest of the rest."""

    tenant_id: str
    generation: int
    digest: bytes

    def text(self) -> str:
        return f"cache:{{{self.tenant_id}}}:{self.generation}:{self.digest.hex()}"


def cache_key(tenant_id: str, generation: int, identity: str, call: OdooCall) -> CacheKey:
    """The key of `call` made as `identity`."""
    digest = None if call.digests is None else call.digests.get(identity)
    if digest is None:
        digest = hashlib.blake2b(
            _encode((identity, call.model, call.method, call.args, call.kwargs)), digest_size=20
        ).digest()
        if call.digests is not None and len(call.digests) < _MOST_DIGESTS:
            call.digests[identity] = digest
    return CacheKey(tenant_id, generation, digest)


@dataclass(slots=True)
class TenantUse:
    """What one tenant has kept in this process, and how often its reads found an answer."""

    entries: int = 0
    bytes: int = 0
    hits: int = 0
    misses: int = 0


class Kept:
    """An answer in this process: Odoo's bytes, and the bodies that were made of them."""

    __slots__ = ("bodies", "raw", "tenant_id", "until")

    def __init__(self, tenant_id: str, raw: bytes, until: float) -> None:
        self.tenant_id = tenant_id
        self.raw = raw
        self.until = until
        self.bodies: dict[str, bytes] = {}

    @property
    def size(self) -> int:
        return len(self.raw) + sum(map(len, self.bodies.values()))


class AnswerCache:
    """Raw results by key. `ttl` in seconds, 0 keeps nothing; `capacity` in bytes, this process."""

    def __init__(self, redis: RedisClient, *, ttl: int, capacity: int = 32 * 1024 * 1024) -> None:
        self._redis = redis.redis
        self._ttl = ttl
        self._capacity = capacity
        self._size = 0
        self._kept: OrderedDict[CacheKey, Kept] = OrderedDict()
        self._uses: dict[str, TenantUse] = {}

    @property
    def enabled(self) -> bool:
        return self._ttl > 0

    def use(self, tenant_id: str) -> TenantUse:
        """The figures of one tenant, since it was first seen here."""
        use = self._uses.get(tenant_id)
        if use is None:
            if len(self._uses) >= TENANTS:
                self._uses = {name: each for name, each in self._uses.items() if each.entries}
            use = self._uses[tenant_id] = TenantUse()
        return use

    def near(self, key: CacheKey) -> Kept | None:
        """The answer if this process has it."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.until < time.monotonic():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        self.use(key.tenant_id).hits += 1
        return kept

    def body(self, kept: Kept, name: str, make: Callable[[bytes], bytes]) -> bytes:
        """What `make` makes of an answer that `near` just found; made once for each `name`."""
        body = kept.bodies.get(name)
        if body is None:
            body = kept.bodies[name] = make(kept.raw)
            self._grown(self.use(kept.tenant_id), len(body))
        return body

    async def far(self, key: CacheKey) -> bytes | None:
        """The answer if Redis has it; kept near from then on. Redis being away is a miss."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.get(key.text())
                pipe.ttl(key.text())
                raw, left = await pipe.execute()
        except (RedisError, OSError):
            raw, left = None, 0
        if raw is None or left <= 0:
            self.use(key.tenant_id).misses += 1
            return None
        self.use(key.tenant_id).hits += 1
        self._keep(key, raw, left)
        return bytes(raw)

    async def put(self, key: CacheKey, raw: bytes) -> None:
        """Keep an answer, unless it is too large to be worth it."""
        if len(raw) > LARGEST:
            return
        self._keep(key, raw, self._ttl)
        try:
            await self._redis.set(key.text(), raw, ex=self._ttl)
        except (RedisError, OSError):
            return

    def _keep(self, key: CacheKey, raw: bytes, seconds: float) -> None:
        if key in self._kept:
            self._drop(key)
        self._kept[key] = Kept(key.tenant_id, raw, time.monotonic() + seconds)
        use = self.use(key.tenant_id)
        use.entries += 1
        self._grown(use, len(raw))

    def _grown(self, use: TenantUse, size: int) -> None:
        self._size += size
        use.bytes += size
        while self._size > self._capacity:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: CacheKey) -> None:
        size = self._kept.pop(key).size
        self._size -= size
        use = self.use(key.tenant_id)
        use.entries -= 1
        use.bytes -= size
