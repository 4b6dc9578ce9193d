"""Admission: the one question asked of Redis before a call is served.

One script checks that the tenant is open and the token not revoked, and checks and counts every
limit window; a refused call is counted in none. While Redis is away each process goes on under
its share of the limits.

Keys, all of one tenant in one cluster slot:

- `tenant:{id}:state`: the tenant's state, told by `put_state`, forgotten after an hour
- `rate_limit:tenant:{id}:hour|day|burst:<number>`: calls in the window of that number
- `rate_limit:user:{id}:<user>:hour|burst:<number>`: the same for one person
- `revoked:{id}:session:<session>`, `not_before:{id}:<membership>`: what ends tokens early
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Self

import msgspec
import structlog

from bridgecore.infra.ratelimit_local import LocalShare
from bridgecore.infra.redis import NoScriptError, RedisClient, RedisError, Script
from bridgecore.kit.rate_limits import (
    Decision,
    Kind,
    Limits,
    Period,
    TenantState,
    WindowUse,
    policies,
    seconds_left,
)

STATE_SECONDS = 3_600
DAY_KEPT_SECONDS = 180_000

_KINDS: tuple[Kind, ...] = ("state_missing", "admitted", "limited", "revoked", "inactive")
_WINDOWS: tuple[tuple[str, int], ...] = (
    ("tenant_hour", Period.HOUR),
    ("tenant_day", Period.DAY),
    ("tenant_burst", Period.BURST),
    ("user_hour", Period.HOUR),
    ("user_burst", Period.BURST),
)
_COUNTERS_A_READ = 500
_CALLS_A_QUESTION = 512
_TURNS_WHEN_BUSY = 6

_log = structlog.get_logger(__name__)


def state_key(tenant_id: str) -> str:
    return f"tenant:{{{tenant_id}}}:state"


def session_key(tenant_id: str, session_id: str) -> str:
    return f"revoked:{{{tenant_id}}}:session:{session_id}"


def not_before_key(tenant_id: str, membership_id: str) -> str:
    return f"not_before:{{{tenant_id}}}:{membership_id}"


def tenant_counter(tenant_id: str) -> str:
    return f"rate_limit:tenant:{{{tenant_id}}}"


def user_counter(tenant_id: str, user_id: str) -> str:
    return f"rate_limit:user:{{{tenant_id}}}:{user_id}"


class _Question(NamedTuple):
    """What is asked of the limiter for one call, or for several that ask the same."""

    tenant_id: str
    user_id: str | None
    issued_at: float | None
    revocation_keys: tuple[str, ...]
    weight: int
    of_plan: bool
    now: float | None

    def script_input(
        self, known: TenantState | None, calls: int
    ) -> tuple[tuple[str, ...], tuple[str | int, ...]]:
        """Keys and arguments of the script, of which `known` need not be told."""
        tenant_id, user_id, issued_at, revocation_keys, weight, of_plan, now = self
        return (state_key(tenant_id), *revocation_keys), (
            tenant_counter(tenant_id) if of_plan else "",
            "" if user_id is None else user_counter(tenant_id, user_id),
            weight,
            "" if issued_at is None else repr(issued_at),
            "" if known is None else known.version,
            "" if now is None else repr(now),
            calls,
        )


_Caller = asyncio.Future[Decision | None]


class Usage(msgspec.Struct, frozen=True):
    """Calls a tenant has made in the current hour and day (UTC), by weight."""

    hour: int
    day: int


class Admission:
    """Admits or refuses calls. One per process, for one event loop."""

    def __init__(
        self,
        client: RedisClient,
        *,
        processes: int = 1,
        timeout: float = 0.25,
        remembered_tenants: int = 10_000,
    ) -> None:
        """`timeout`: seconds a call may wait for Redis before this process decides alone.

        `processes`: how many processes serve calls at the same time, in all.
        """
        self._redis = client.redis
        self._runner = client.shared(timeout=timeout)
        self._admit = Script.from_file("ratelimit_admit.lua")
        self._put = Script.from_file("ratelimit_state.lua")
        self._local = LocalShare(processes=processes)
        self._circuit = _Circuit()
        self._load = _Load()
        self._states: OrderedDict[str, TenantState] = OrderedDict()
        self._remembered = remembered_tenants
        self._settling: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[_Question, list[_Caller]] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    @property
    def degraded(self) -> bool:
        """Whether this process decides alone, because Redis was away when it was last asked."""
        return self._circuit.open

    async def admit(
        self,
        *,
        tenant_id: str,
        user_id: str | None,
        issued_at: float | None = None,
        revocation_keys: tuple[str, ...] = (),
        weight: int = 1,
        of_plan: bool = True,
        now: float | None = None,
    ) -> Decision:
        """Check and count one call. Never raises because Redis is away.

        Calls that ask the same while an answer is under way go together in the next question.

        `user_id` None leaves out the person's windows (API keys). `issued_at` is when the token
        was issued, in Unix seconds; None (API keys again) leaves out the tenant's epoch.
        `revocation_keys`: see `session_key` and `not_before_key`. `weight`: what the call counts
        for, at least 1. Not `of_plan`: the tenant's windows are left out, and
        what it used stays as it was. `now` takes the place of the server's clock in tests. Answers
        `state_missing` until `put_state` has told about the tenant.
        """
        if weight < 1:
            raise ValueError("a call weighs at least 1")
        if self._circuit.may_try():
            question = _Question(
                tenant_id, user_id, issued_at, revocation_keys, weight, of_plan, now
            )
            answer: _Caller = self._loop.create_future()
            waiting = self._waiting.get(question)
            if waiting is None:
                self._waiting[question] = [answer]
                self._loop.call_soon(self._gather, question, self._load.turns())
            else:
                waiting.append(answer)
            decision = await answer
            if decision is not None:
                return decision
        known = self._states.get(tenant_id)
        if known is None:
            return Decision("state_missing", degraded=True)
        return self._local.admit(
            known,
            user_id=user_id,
            issued_at=issued_at,
            weight=weight,
            of_plan=of_plan,
            now=now,
        )

    async def put_state(self, state: TenantState) -> bool:
        """Tell the state of a tenant. An older version never replaces a newer one.

        False: Redis is away and only this process knows. Whoever announces a change then tries
        again until it is True; whoever only answers `state_missing` need not.
        """
        known = self._states.get(state.tenant_id)
        if known is None or known.version <= state.version:
            self._remember(
                msgspec.structs.replace(
                    state,
                    epoch=max(state.epoch, known.epoch if known else 0),
                    generation=max(state.generation, known.generation if known else 0),
                )
            )
        if not self._circuit.may_try():
            return False
        try:
            await self._put.run(
                self._runner, (state_key(state.tenant_id),), _state_arguments(state)
            )
        except (RedisError, OSError) as error:
            self._failed(error)
            return False
        finally:
            self._circuit.tried()
        self._answered()
        return True

    async def raise_generation(self, tenant_id: str) -> int | None:
        """Make every cache key of the tenant a new one. Raises RedisError.

        The new generation, or None when the tenant's state is not in Redis: then the next state
        starts with a generation never used before.
        """
        raised = await _RAISE.run(self._runner, (state_key(tenant_id),))
        return None if raised is None else int(raised)

    async def end_session(self, tenant_id: str, session_id: str, *, seconds: int) -> None:
        """Refuse the tokens of a session. `seconds`: how long its last token could still live.

        Raises RedisError.
        """
        await self._redis.set(session_key(tenant_id, session_id), "ended", ex=seconds)

    async def end_before(
        self, tenant_id: str, membership_id: str, *, instant: float, seconds: int
    ) -> None:
        """Refuse the tokens a membership was issued before `instant` (Unix seconds)."""
        await self._redis.set(not_before_key(tenant_id, membership_id), repr(instant), ex=seconds)

    async def admit_person(
        self, scope: str, user_id: str, revocation_keys: Sequence[str], *, limit: int
    ) -> tuple[Decision, Sequence[bytes | None]]:
        """Count one call of somebody outside any tenant, and read the marks that end sessions.

        `scope` is what kind of people they are, and the cluster slot of the marks. A refused call
        is not counted. Raises RedisError, OSError.
        """
        used, now, *marks = await _PERSON.run(
            self._runner, (f"rate_limit:{{{scope}}}:{user_id}:hour:", *revocation_keys), (limit,)
        )
        window = WindowUse("user_hour", limit, used, Period.HOUR, seconds_left(now, Period.HOUR))
        refused = used > limit
        return (
            Decision(
                "limited" if refused else "admitted",
                counted=(window,),
                refusing=(window,) if refused else (),
                now=now,
            ),
            marks,
        )

    async def read_counters(self, tenant_id: str, *, now: float | None = None) -> Usage:
        """What the tenant has used in this hour and day. Raises RedisError."""
        instant = time.time() if now is None else now
        prefix = tenant_counter(tenant_id)
        hour, day = await self._redis.mget(
            f"{prefix}:hour:{int(instant // Period.HOUR)}",
            f"{prefix}:day:{int(instant // Period.DAY)}",
        )
        return Usage(hour=int(hour or 0), day=int(day or 0))

    async def day_counts(self, tenant_ids: Iterable[str], day: int) -> dict[str, int]:
        """Calls of each tenant on a day, by days since 1970 (UTC); usage is billed on these.

        A day's count is kept until 26 hours after its end. Raises RedisError.
        """
        counts: dict[str, int] = {}
        wanted = list(tenant_ids)
        for start in range(0, len(wanted), _COUNTERS_A_READ):
            part = wanted[start : start + _COUNTERS_A_READ]
            found = await self._redis.mget([f"{tenant_counter(one)}:day:{day}" for one in part])
            counts.update({one: int(count or 0) for one, count in zip(part, found, strict=True)})
        return counts

    async def close(self) -> None:
        """Settle what was counted alone, as far as Redis is there. Its connection stays."""
        if self._settling is not None:
            await self._settling
        with suppress(RedisError, OSError):
            await self._settle()

    def _gather(self, question: _Question, turns: int) -> None:
        """Wait for others who ask the same, `turns` of the event loop in all."""
        if turns > 1:
            self._loop.call_soon(self._gather, question, turns - 1)
        else:
            self._ask(question)

    def _ask(self, question: _Question) -> None:
        """Send the question of everybody who waits; who comes meanwhile asks the next."""
        # who gave up waiting is not counted
        callers = [each for each in self._waiting[question] if not each.done()]
        self._waiting[question] = callers[_CALLS_A_QUESTION:]
        del callers[_CALLS_A_QUESTION:]
        if not callers:
            del self._waiting[question]
            self._circuit.tried()
            return
        known = self._known(question.tenant_id)
        keys, arguments = question.script_input(known, len(callers))

        def told(reply: Any) -> None:
            if isinstance(reply, NoScriptError):
                self._ask_anew(question, known, callers)
            else:
                self._tell(question, known, callers, reply)

        if not self._runner.send(told, *self._admit.command(keys, arguments)):
            self._ask_anew(question, known, callers)

    def _ask_anew(
        self, question: _Question, known: TenantState | None, callers: list[_Caller]
    ) -> None:
        """Ask of a server that has to be connected to, or does not know the script."""

        async def ask() -> None:
            keys, arguments = question.script_input(known, len(callers))
            try:
                reply: Any = await self._admit.run(self._runner, keys, arguments)
            except Exception as error:
                reply = error
            self._tell(question, known, callers, reply)

        asking = asyncio.create_task(ask())
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)

    def _tell(
        self,
        question: _Question,
        known: TenantState | None,
        callers: list[_Caller],
        reply: Any,
    ) -> None:
        """Pass a reply on to its callers; None tells them to decide alone."""
        self._circuit.tried()
        if self._waiting[question]:
            self._loop.call_soon(self._gather, question, self._load.turns())
        else:
            del self._waiting[question]
        try:
            if isinstance(reply, (RedisError, OSError)):
                self._failed(reply)
                decisions: Sequence[Decision | None] = [None] * len(callers)
            elif isinstance(reply, Exception):
                raise reply
            else:
                self._answered()
                decisions = self._decisions(
                    question.tenant_id, known, reply, question.weight, len(callers)
                )
        except Exception as error:
            for caller in callers:
                if not caller.done():
                    caller.set_exception(error)
        else:
            for caller, decision in zip(callers, decisions, strict=True):
                if not caller.done():
                    caller.set_result(decision)

    def _known(self, tenant_id: str) -> TenantState | None:
        known = self._states.get(tenant_id)
        if known is not None:
            self._states.move_to_end(tenant_id)
        return known

    def _decisions(
        self,
        tenant_id: str,
        known: TenantState | None,
        reply: list[Any],
        weight: int,
        calls: int,
    ) -> Sequence[Decision]:
        """What a reply says to each of the callers, in the order they came."""
        kind = _KINDS[reply[0]]
        if kind == "state_missing":
            return [Decision(kind)] * calls
        now: int = reply[1]
        state = self._newer_state(tenant_id, known, reply)
        windows = tuple(
            [
                WindowUse(
                    name, limit if limit >= 0 else None, used, period, seconds_left(now, period)
                )
                for (name, period), used, limit in zip(
                    _WINDOWS, reply[4:9], reply[9:14], strict=True
                )
                if used >= 0
            ]
        )
        admitted: int = reply[14]
        told = policies(windows)
        # the window that is the fullest for the first and the last is so for those between
        first = Decision("admitted", state, windows, later=(admitted - 1) * weight).tightest
        last = Decision("admitted", state, windows).tightest if admitted > 1 else first
        fullest = first if first is last else None
        found = [
            Decision("admitted", state, windows, (), now, False, later * weight, told, fullest)
            for later in reversed(range(admitted))
        ]
        if admitted < calls:
            refused = Decision("limited" if admitted else kind, state, windows, (), now)
            if refused.kind == "limited":
                refusing = tuple(window for window in windows if window.lacks(weight))
                refused = msgspec.structs.replace(refused, refusing=refusing)
            found += [refused] * (calls - admitted)
        return found

    def _newer_state(
        self, tenant_id: str, known: TenantState | None, reply: list[Any]
    ) -> TenantState:
        generation: int = reply[2]
        if len(reply) > 15:
            limits = Limits(*(limit if limit >= 0 else None for limit in reply[9:14]))
            known = TenantState(
                tenant_id=tenant_id,
                version=reply[3],
                status=reply[15].decode(),
                limits=limits,
                blob=reply[17],
                epoch=reply[16],
                generation=generation,
            )
            self._remember(known)
        elif known is None:
            raise RuntimeError("the limiter left out a state that was not known")
        elif known.generation != generation:
            known = msgspec.structs.replace(known, generation=generation)
            self._remember(known)
        return known

    def _remember(self, state: TenantState) -> None:
        self._states[state.tenant_id] = state
        self._states.move_to_end(state.tenant_id)
        if len(self._states) > self._remembered:
            self._states.popitem(last=False)

    def _failed(self, error: Exception) -> None:
        if not self._circuit.open:
            _log.warning("rate_limits_degraded", reason=str(error) or type(error).__name__)
        self._circuit.failed()

    def _answered(self) -> None:
        if self._circuit.open:
            self._circuit.closed()
            _log.info("rate_limits_restored")
            self._settling = asyncio.create_task(self._settle_quietly())

    async def _settle_quietly(self) -> None:
        with suppress(RedisError, OSError):
            await self._settle()

    async def _settle(self) -> None:
        """Add to the day counters what this process admitted alone."""
        unsettled = self._local.take_unsettled()
        while unsettled:
            (tenant_id, day), calls = unsettled.popitem()
            try:
                await _SETTLE.run(
                    self._redis,
                    (f"{tenant_counter(tenant_id)}:day:{day}",),
                    (calls, DAY_KEPT_SECONDS),
                )
            except (RedisError, OSError):
                self._local.put_back({**unsettled, (tenant_id, day): calls})
                raise


class _Load:
    """How many turns of the event loop a question waits for others to go along.

    A question costs as much for many as for one, so a process that has no time left gathers. One
    that has asks at once: calls that were made to wait together go on together, and then each
    waits for all the others wherever they go, at Odoo and back.
    """

    BUSY = 0.65  # of a processor; programs beside it may have the rest
    SPAN = 0.1  # seconds

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._used = time.thread_time()
        self._busy = False

    def turns(self) -> int:
        now = time.monotonic()
        span = now - self._since
        if span >= self.SPAN:
            used = time.thread_time()
            self._busy = used - self._used > self.BUSY * span
            self._since, self._used = now, used
        return _TURNS_WHEN_BUSY if self._busy else 1


class _Circuit:
    """Keeps callers from waiting for a server that was just found to be away."""

    FIRST_PAUSE = 0.5
    LONGEST_PAUSE = 5.0

    def __init__(self) -> None:
        self.open = False
        self._pause = self.FIRST_PAUSE
        self._try_at = 0.0
        self._trying = False

    def may_try(self) -> bool:
        """True while closed; while open, for one caller at a time after each pause."""
        if not self.open:
            return True
        if self._trying or time.monotonic() < self._try_at:
            return False
        self._trying = True
        return True

    def tried(self) -> None:
        self._trying = False

    def failed(self) -> None:
        if self.open and time.monotonic() < self._try_at:
            return  # one of many that were under way when the server went
        self._pause = min(self.LONGEST_PAUSE, self._pause * 2) if self.open else self.FIRST_PAUSE
        self._try_at = time.monotonic() + self._pause
        self.open = True

    def closed(self) -> None:
        self.open = False


def _state_arguments(state: TenantState) -> list[bytes | str | int | float]:
    arguments: list[bytes | str | int | float] = [state.version, state.epoch, STATE_SECONDS]
    arguments += ["status", state.status, "blob", state.blob]
    for name, _ in _WINDOWS:
        limit: int | None = getattr(state.limits, name)
        arguments += [name, -1 if limit is None else limit]
    return arguments


# A refused call is told as one more than the limit, and not counted.
_PERSON = Script(
    """
    local now = tonumber(redis.call('TIME')[1])
    local key = KEYS[1] .. string.format('%d', math.floor(now / 3600))
    local used = tonumber(redis.call('GET', key) or 0) + 1
    if used <= tonumber(ARGV[1]) then
      redis.call('SET', key, used, 'EX', 7200)
    end
    local answer = {used, now}
    for i = 2, #KEYS do answer[i + 1] = redis.call('GET', KEYS[i]) end
    return answer
    """
)
_RAISE = Script(
    "if redis.call('EXISTS', KEYS[1]) == 0 then return nil end "
    "return redis.call('HINCRBY', KEYS[1], 'generation', 1)"
)
_SETTLE = Script(
    "local used = redis.call('INCRBY', KEYS[1], ARGV[1]) "
    "if used == tonumber(ARGV[1]) then redis.call('EXPIRE', KEYS[1], ARGV[2]) end"
)
