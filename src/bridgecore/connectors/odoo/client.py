"""The client of one Odoo identity, shared by many concurrent calls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from time import monotonic

import msgspec

from bridgecore.connectors.odoo import emulation, files, status, versions
from bridgecore.connectors.odoo.arguments import NO_KWARGS, Args, Kwargs
from bridgecore.connectors.odoo.channel import Account, Channel
from bridgecore.connectors.odoo.errors import Kind, OdooError, odoo_error
from bridgecore.connectors.odoo.identity import OdooIdentity
from bridgecore.connectors.odoo.sign_in import sign_in
from bridgecore.connectors.odoo.status import OdooStatus
from bridgecore.connectors.odoo.websession import WebSession
from bridgecore.connectors.odoo.wire import Wire
from bridgecore.kit.http import HttpClient, HttpStream

SIGN_IN_TIMEOUT = 20.0
CLOSE_TIMEOUT = 3.0
DENIED_FOR = 30.0
"""Seconds a refused sign-in is not tried again: Odoo locks out an address that keeps failing."""


class OdooClient:
    """Calls one Odoo as one user.

    Signs in at the first call and keeps the session; when Odoo refuses the session, signs in
    again once, for all waiting calls together, and repeats the call, which did not run. Every
    failure is an `OdooError`. Time limits are seconds for the whole call, sign-in included.
    """

    def __init__(self, identity: OdooIdentity, http: HttpClient) -> None:
        self._identity = identity
        self._wire = Wire(http, identity.url, secret=identity.secret)
        self._channel: Channel | None = None
        self._signing_in: asyncio.Task[Channel] | None = None
        self._transport = identity.transport
        self._denial: OdooError | None = None
        self._denied_until = 0.0

    def __repr__(self) -> str:
        return f"OdooClient({self._identity!r})"

    @property
    def identity(self) -> OdooIdentity:
        return self._identity

    async def account(self, *, timeout: float = SIGN_IN_TIMEOUT) -> Account:
        """Who we are there and which version it is; signs in if need be."""
        return (await self._signed_in(None, timeout)).account

    async def call(
        self,
        model: str,
        method: str,
        args: Args = (),
        kwargs: Kwargs = NO_KWARGS,
        *,
        timeout: float,
    ) -> bytes:
        """The result's JSON bytes as Odoo sent them; `null` where it returned nothing.

        The method is called as it is in that Odoo's version (`execute` hides the differences).
        """
        channel = self._channel
        if channel is None:
            started = monotonic()
            channel = await self._signed_in(None, timeout)
            timeout = _remaining(timeout, started)
        started = monotonic()
        try:
            return await channel.call(model, method, args, kwargs, timeout=timeout)
        except OdooError as error:
            if error.kind is not Kind.SESSION_EXPIRED:
                raise
        channel = await self._signed_in(channel, _remaining(timeout, started))
        return await channel.call(model, method, args, kwargs, timeout=_remaining(timeout, started))

    async def execute(
        self,
        model: str,
        method: str,
        args: Args = (),
        kwargs: Kwargs = NO_KWARGS,
        *,
        timeout: float,
    ) -> bytes:
        """Like `call`, but one request has one answer on every version from 14 to 19.

        What differs is listed in `versions` and `emulation`; all else goes through untouched.
        """
        if not versions.concerns(method):
            return await self.call(model, method, args, kwargs, timeout=timeout)
        started = monotonic()
        major = (await self.account(timeout=timeout)).version.major
        try:
            rewritten = versions.rewrite(major, method, args, kwargs)
        except _MALFORMED:
            raise odoo_error(
                Kind.BAD_REQUEST, f"The arguments of {model}.{method} are malformed."
            ) from None

        async def ask(model: str, method: str, args: Args, kwargs: Kwargs) -> bytes:
            left = _remaining(timeout, started)
            return await self.call(model, method, args, kwargs, timeout=left)

        try:
            emulated = emulation.find(major, rewritten)
            if emulated is not None:
                return await emulated(ask, model, rewritten)
            result = await ask(model, rewritten.method, rewritten.args, rewritten.kwargs)
            return rewritten.finish(result) if rewritten.finish is not None else result
        except _MALFORMED as error:
            raise odoo_error(
                Kind.SERVER_ERROR,
                f"Odoo answered {model}.{method} in a form that version should not have.",
                sent=True,
            ) from error

    async def check(self, *, timeout: float = SIGN_IN_TIMEOUT) -> OdooStatus:
        """Whether calls work, as whom, on what; what is wrong in words a person can act on."""
        self._denial = None
        return await status.check(self, self._wire, timeout=timeout)

    async def session_info(self, *, timeout: float = SIGN_IN_TIMEOUT) -> bytes:
        """The user's session as JSON: Odoo's session_info, or its main keys over an API key."""
        channel = await self._signed_in(None, timeout)
        if not isinstance(channel, WebSession):
            return await status.session_info(self, timeout=timeout)
        path = "/web/session/get_session_info"
        try:
            return await channel.route(path, {}, timeout=timeout)
        except OdooError as error:
            if error.kind is not Kind.SESSION_EXPIRED:
                raise
        channel = await self._signed_in(channel, timeout)
        if not isinstance(channel, WebSession):
            return await status.session_info(self, timeout=timeout)
        return await channel.route(path, {}, timeout=timeout)

    @contextlib.asynccontextmanager
    async def download(self, path: str, *, timeout: float) -> AsyncIterator[HttpStream]:
        """Stream a file Odoo serves to its users: `/web/content/…`, `/report/pdf/…`.

        Only where a password signed in; over an API key read `ir.attachment`'s `datas`.
        """
        channel = await self._signed_in(None, timeout)
        for last_try in (False, True):
            async with files.open_stream(self._wire, channel, path, timeout=timeout) as stream:
                if stream is not None:
                    yield stream
                    return
            if last_try:
                raise odoo_error(Kind.SESSION_EXPIRED, "Odoo refused a session it just opened.")
            channel = await self._signed_in(channel, timeout)

    async def upload(
        self, name: str, content: AsyncIterator[bytes], *, timeout: float, **values: object
    ) -> int:
        """Create an attachment from a stream: its id. `values`: other fields, `res_model` say.

        The file is held nowhere. Not repeatable: the content is gone once read.
        """
        # The stream can't be sent twice, so a dead session has to show before it starts.
        await self.call("res.users", "context_get", timeout=timeout)
        channel = await self._signed_in(None, timeout)
        return await files.upload(self._wire, channel, name, content, values, timeout=timeout)

    async def close(self) -> None:
        """End the session in Odoo. A later call would sign in again."""
        if self._signing_in is not None:
            await asyncio.wait([self._signing_in], timeout=CLOSE_TIMEOUT)
        channel, self._channel = self._channel, None
        if channel is not None:
            with contextlib.suppress(OdooError):
                await channel.close(timeout=CLOSE_TIMEOUT)

    async def _signed_in(self, refused: Channel | None, timeout: float) -> Channel:
        """The current channel, or a new one if there is none or it is the refused one."""
        channel = self._channel
        if channel is not None and channel is not refused:
            return channel
        if self._denial is not None and monotonic() < self._denied_until:
            raise self._denial.with_traceback(None)
        task = self._signing_in
        if task is None:
            self._channel = None
            task = asyncio.create_task(self._open())
            task.add_done_callback(self._opened)
            self._signing_in = task
        try:
            async with asyncio.timeout(timeout):
                return await asyncio.shield(task)
        except TimeoutError:
            raise odoo_error(Kind.TIMED_OUT, "Signing in to Odoo took too long.") from None

    async def _open(self) -> Channel:
        return await sign_in(self._wire, self._identity, self._transport, timeout=SIGN_IN_TIMEOUT)

    def _opened(self, task: asyncio.Task[Channel]) -> None:
        if self._signing_in is task:
            self._signing_in = None
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            channel = task.result()
            self._channel = channel
            self._denial = None
            self._transport = channel.account.transport
        elif isinstance(error, OdooError) and error.kind in _FINAL:
            self._denial = error
            self._denied_until = monotonic() + (error.retry_after or DENIED_FOR)


# What taking apart a value of the wrong shape raises.
_MALFORMED = (msgspec.DecodeError, AttributeError, LookupError, TypeError, ValueError)
_FINAL = frozenset({Kind.ACCESS_DENIED, Kind.MFA_REQUIRED, Kind.RATE_LIMITED})


def _remaining(timeout: float, started: float) -> float:
    left = timeout - (monotonic() - started)
    if left <= 0:
        raise odoo_error(Kind.TIMED_OUT, "Odoo did not answer in time.")
    return left
