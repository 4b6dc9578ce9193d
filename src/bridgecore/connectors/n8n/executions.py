"""Reads n8n's executions so that none is missed, in one request when nothing happened.

n8n lists executions newest first by a number that only grows, tells no time of change, and hides
those it still holds in memory: what runs is listed apart, what waits is listed nowhere until n8n
is started again. So a read walks down from the newest to where the last one began, and

* what has not ended is kept in the position and asked for again until it has;
* numbers missing between those listed are asked for one by one: hidden executions are found so,
  and so is what ended between two requests of one read; the others were never kept;
* a retry that succeeds changes the execution it retries, so that one is read once more;
* once a day, by the executions' own time, the newest ones are read again, for what was hidden
  deeper down than missing numbers are asked for.

What ended without being kept (a workflow can be set to save nothing, and a stop can come before
the save) is told as `unknown`. What n8n prunes later is not told at all: it stays as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from bridgecore.connectors.contract import Change, Checkpoint, Page
from bridgecore.connectors.errors import CheckpointExpired
from bridgecore.connectors.n8n.client import PAGE_SIZE, Listing, N8nClient
from bridgecore.connectors.n8n.errors import Kind, N8nError
from bridgecore.connectors.n8n.projection import projected

PATH = "/executions"
OPEN = frozenset({"new", "running", "waiting"})
"""The statuses that are followed by another one."""

AGAIN_AFTER = timedelta(days=1)
AGAIN_ROWS = 10_000
"""As many as n8n keeps unless told otherwise."""

MOST_GAPS = 500
MOST_LOOKUPS = 50
"""Executions that one read asks for one by one; the others have their turn in the next reads."""

_HIDDEN = ("running", "new")
_LOOKUPS_AT_ONCE = 8


class Unended(msgspec.Struct, omit_defaults=True):
    """What is told of an execution that has not ended, should it end without a trace."""

    status: str = ""
    mode: str = ""
    workflow_id: str | None = None
    started_at: str | None = None
    retry_of: str | None = None


class Position(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Where a read stands.

    `walking`: everything from `newest` down to `cursor` is read, and what is above `floor` is
    still to be, and `left` records in any case. `done`: everything up to `newest` is read, but
    for `open` and `gaps`. `again_at` is when the newest had started as it was last walked down.
    """

    phase: Literal["walking", "done"]
    newest: int = 0
    newest_at: str | None = None
    floor: int = 0
    lowest: int = 0
    cursor: str | None = None
    left: int = 0
    again_at: str | None = None
    open: dict[str, Unended] = {}
    gaps: list[int] = []
    version: int = 1

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(msgspec.json.encode(self).decode())


class Row(msgspec.Struct):
    """An execution: what a read goes by, and the record as n8n wrote it."""

    id: int
    status: str
    raw: bytes
    mode: str = ""
    workflow_id: str | None = None
    started_at: str | None = None
    stopped_at: str | None = None
    retry_of: str | None = None

    @property
    def ended(self) -> bool:
        return self.status not in OPEN

    def unended(self) -> Unended:
        return Unended(self.status, self.mode, self.workflow_id, self.started_at, self.retry_of)


class _Head(msgspec.Struct, rename="camel"):
    id: str | int
    status: str = "unknown"
    mode: str = ""
    workflow_id: str | None = None
    started_at: str | None = None
    stopped_at: str | None = None
    retry_of: str | int | None = None


_HEAD = msgspec.json.Decoder(_Head)


async def read(
    client: N8nClient,
    since: Checkpoint | None,
    fields: Sequence[str],
    *,
    page_size: int = PAGE_SIZE,
) -> AsyncIterator[Page]:
    """Pages of executions and positions, the newest first; always at least one page.

    Raises `N8nError` and `CheckpointExpired`.
    """
    reader = _Reader(client, fields, page_size)
    position = Position("done") if since is None else _position(since)
    if position.phase == "walking":
        try:
            async for page in reader.walk(position):
                yield page
            return
        except N8nError as error:
            if error.kind is not Kind.BAD_CURSOR:
                raise
        position = replace(position, phase="done", newest=position.floor, cursor=None, left=0)
    async for page in reader.changes(position):
        yield page


class _Reader:
    def __init__(self, client: N8nClient, fields: Sequence[str], page_size: int) -> None:
        self._client = client
        self._fields = fields
        self._page_size = page_size

    async def changes(self, before: Position) -> AsyncIterator[Page]:
        """What came since `before`, and what became of what was open then."""
        listing = await self._client.page(PATH, limit=self._page_size)
        rows = [_row(raw) for raw in listing.data]
        top = rows[0] if rows else None
        _same_numbering(before, top)
        again = top is not None and _is_due(before, top)
        fresh = [row for row in rows if row.id > before.newest]
        told = rows if again else fresh + _awaited(rows, before)
        whole = listing.next_cursor is None or len(fresh) < len(rows)
        position = replace(
            before,
            newest=max(before.newest, top.id if top else 0),
            newest_at=top.started_at if fresh and top else before.newest_at,
            again_at=top.started_at if again and top else before.again_at,
            lowest=rows[-1].id if rows else 0,
        )
        if listing.next_cursor is not None and (again or not whole):
            position.phase, position.cursor = "walking", listing.next_cursor
            position.floor = before.newest
            position.left = AGAIN_ROWS if again and before.newest else 0
        gaps = _between(fresh, before.newest + 1 if whole else position.lowest)
        if fresh or before.open or before.gaps:
            told = told + await self._unlisted(before, fresh, told, gaps, position)
        position.open = _still_open(before.open, told)
        if position.phase == "done":
            position.lowest = 0
        yield self._page(told, position)
        if position.phase == "walking":
            async for page in self.walk(position):
                yield page

    async def walk(self, position: Position) -> AsyncIterator[Page]:
        """From the position's cursor down to its floor.

        The next page is fetched while this one is stored: n8n takes its time for each.
        """
        ahead = self._ahead(position)
        try:
            while position.phase == "walking":
                listing = await ahead
                rows = [_row(raw) for raw in listing.data]
                position, told = self._stepped(position, rows, listing.next_cursor)
                if position.phase == "walking":
                    ahead = self._ahead(position)
                if position.floor:
                    fresh = [row for row in rows if row.id > position.floor]
                    told = told + await self._retried(fresh, fresh, position.floor)
                if position.phase == "done":
                    position.floor = 0
                yield self._page(told, position)
        finally:
            ahead.cancel()

    def _ahead(self, position: Position) -> asyncio.Task[Listing]:
        page = self._client.page(PATH, cursor=position.cursor, limit=self._page_size)
        return asyncio.create_task(page)

    def _stepped(
        self, position: Position, rows: list[Row], following: str | None
    ) -> tuple[Position, list[Row]]:
        """The position after one more page, and what of the page is told."""
        fresh = [row for row in rows if row.id > position.floor]
        told = rows if position.left else fresh
        left = max(0, position.left - len(rows))
        last = following is None or (len(fresh) < len(rows) and not left)
        gaps = position.gaps
        if rows and len(gaps) < MOST_GAPS and not position.left:
            lowest = position.floor + 1 if last else rows[-1].id
            found = _between(fresh, lowest, above=position.lowest)
            gaps = [*gaps, *found][:MOST_GAPS]
        after = replace(
            position,
            phase="done" if last else "walking",
            cursor=None if last else following,
            lowest=0 if last else rows[-1].id,
            left=0 if last else left,
            open=_still_open(position.open, told),
            gaps=gaps,
        )
        return after, told

    async def _unlisted(
        self,
        before: Position,
        fresh: list[Row],
        told: list[Row],
        gaps: list[int],
        position: Position,
    ) -> list[Row]:
        """What the first page does not show; sets the position's gaps."""
        found = await self._hidden() if fresh or before.open else []
        known = {row.id for row in (*told, *found)}
        missing = [key for key in before.open if int(key) not in known]
        looked_up = missing[:MOST_LOOKUPS]
        found += [
            row or _untraced(key, before.open[key])
            for key, row in zip(looked_up, await self._several(looked_up), strict=True)
        ]
        if len(missing) > MOST_LOOKUPS:
            # those asked for now come last the next time
            turned = {key: before.open[key] for key in looked_up}
            rest = {key: each for key, each in before.open.items() if key not in turned}
            before.open = {**rest, **turned}
        wanted = [each for each in (*gaps, *before.gaps) if each not in known][:MOST_GAPS]
        found += [row for row in await self._several(wanted[:MOST_LOOKUPS]) if row is not None]
        position.gaps = wanted[MOST_LOOKUPS:]
        return found + await self._retried(fresh, (*told, *found), before.newest)

    async def _hidden(self) -> list[Row]:
        """What the list hides: executions that run, and those that wait for their turn."""
        found: list[Row] = []
        for status in _HIDDEN:
            try:
                async for listing in self._client.pages(PATH, {"status": status}):
                    found.extend(_row(raw) for raw in listing.data)
            except N8nError as error:
                # 1.x knows no filter for what is new
                if error.kind is not Kind.BAD_REQUEST:
                    raise
        return found

    async def _retried(self, fresh: Iterable[Row], told: Iterable[Row], newest: int) -> list[Row]:
        """The executions that new ones retried, as they are now."""
        known = {str(row.id) for row in told}
        wanted = {
            row.retry_of
            for row in fresh
            if row.retry_of is not None and row.status == "success" and row.retry_of not in known
        }
        numbers = sorted(int(key) for key in wanted if key.isdecimal())
        rows = await self._several([each for each in numbers if each <= newest])
        return [row for row in rows if row is not None]

    async def _several(self, keys: Sequence[str | int]) -> list[Row | None]:
        """Executions asked for one by one, in the order of their keys; None for what is not."""
        found: list[Row | None] = []
        for start in range(0, len(keys), _LOOKUPS_AT_ONCE):
            some = keys[start : start + _LOOKUPS_AT_ONCE]
            found += await asyncio.gather(*(self._one(str(key)) for key in some))
        return found

    async def _one(self, key: str) -> Row | None:
        try:
            return _row(await self._client.find(PATH, key))
        except N8nError as error:
            if error.kind is not Kind.NOT_FOUND:
                raise
            return None

    def _page(self, rows: Iterable[Row], position: Position) -> Page:
        # where an execution came twice, the later look is the one that counts
        latest = {row.id: row for row in rows}
        return Page(
            tuple(
                Change(
                    key=str(row.id),
                    data=projected(row.raw, self._fields),
                    changed_at=_moment(row.stopped_at or row.started_at) if row.ended else None,
                )
                for row in latest.values()
            ),
            position.checkpoint(),
        )


async def list_keys(client: N8nClient, *, page_size: int = PAGE_SIZE) -> AsyncIterator[list[str]]:
    """The numbers of what n8n still keeps, running ones left out, in pages."""
    async for listing in client.pages(PATH, limit=page_size):
        if keys := [str(_row(raw).id) for raw in listing.data]:
            yield keys


def _row(raw: bytes | msgspec.Raw) -> Row:
    body = bytes(raw)
    head = _HEAD.decode(body)
    return Row(
        id=int(head.id),
        status=head.status,
        raw=body,
        mode=head.mode,
        workflow_id=head.workflow_id,
        started_at=head.started_at,
        stopped_at=head.stopped_at,
        retry_of=None if head.retry_of is None else str(head.retry_of),
    )


def _untraced(key: str, last: Unended) -> Row:
    """An execution that ended without being kept."""
    record = {
        "id": key,
        "finished": False,
        "mode": last.mode,
        "retryOf": last.retry_of,
        "retrySuccessId": None,
        "status": "unknown",
        "startedAt": last.started_at,
        "stoppedAt": None,
        "workflowId": last.workflow_id,
        "waitTill": None,
    }
    return Row(int(key), "unknown", msgspec.json.encode(record), started_at=last.started_at)


def _awaited(rows: Sequence[Row], before: Position) -> list[Row]:
    """What was open or left a gap, and is listed now."""
    gaps = set(before.gaps)
    return [
        row
        for row in rows
        if row.id <= before.newest and (row.id in gaps or str(row.id) in before.open)
    ]


def _still_open(before: dict[str, Unended], told: Iterable[Row]) -> dict[str, Unended]:
    found = dict(before)
    for row in told:
        if row.ended:
            found.pop(str(row.id), None)
        else:
            found[str(row.id)] = row.unended()
    return found


def _same_numbering(before: Position, top: Row | None) -> None:
    """A database that was made anew counts from one again. Raises `CheckpointExpired`."""
    if (
        top is not None
        and top.id < before.newest
        and before.newest_at is not None
        and top.started_at is not None
        and top.started_at > before.newest_at
    ):
        raise CheckpointExpired("This n8n numbers its executions from the start again.")


def _is_due(before: Position, top: Row) -> bool:
    if before.again_at is None:
        return True
    last, now = _moment(before.again_at), _moment(top.started_at)
    return last is not None and now is not None and now - last > AGAIN_AFTER


def _between(rows: Sequence[Row], lowest: int, *, above: int = 0) -> list[int]:
    """The numbers that are missing among listed ones, the highest first, `lowest` in it.

    `above` is the lowest number of the page before, where there was one.
    """
    missing: list[int] = []
    higher = above or (rows[0].id if rows else 0)
    for number in (*(row.id for row in rows), lowest - 1):
        missing.extend(range(higher - 1, max(number, higher - 1 - MOST_GAPS), -1))
        higher = min(higher, number)
        if len(missing) >= MOST_GAPS:
            break
    return missing[:MOST_GAPS]


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _position(checkpoint: Checkpoint) -> Position:
    try:
        position = msgspec.json.decode(checkpoint, type=Position)
    except (msgspec.DecodeError, ValueError):
        raise CheckpointExpired("This checkpoint is not one of n8n's executions.") from None
    if position.version != 1:
        raise CheckpointExpired("This checkpoint is of another version of the connector.")
    return position
