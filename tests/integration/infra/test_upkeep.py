"""What the mechanisms do at set times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import text

from bridgecore.infra import upkeep
from bridgecore.infra.outbox import announce
from bridgecore.infra.resources import Resources


async def test_every_job_runs_and_runs_again(resources: Resources) -> None:
    for _ in range(2):
        for spec in upkeep.UPKEEP:
            await spec.run(resources, timestamp=int(datetime.now(UTC).timestamp()))


async def test_events_stay_until_every_reader_passed_them(resources: Resources) -> None:
    reader = f"slow-{uuid4()}"
    async with resources.database.platform() as session:
        event_id = await announce(session, "test.passed", {})
        await session.execute(
            text("UPDATE outbox_events SET occurred_at = :then WHERE id = :id"),
            {"id": event_id, "then": datetime.now(UTC) - timedelta(days=8)},
        )
        await session.execute(
            text(
                "INSERT INTO outbox_cursors (consumer, transaction_id, sequence)"
                " VALUES (:reader, '0', 0)"
            ),
            {"reader": reader},
        )

    async def there() -> bool:
        await upkeep.forget_old_events(resources, 0)
        async with resources.database.platform() as session:
            return bool(
                await session.scalar(
                    text("SELECT count(*) FROM outbox_events WHERE id = :id"), {"id": event_id}
                )
            )

    assert await there()
    async with resources.database.platform() as session:
        await session.execute(text("DELETE FROM outbox_cursors WHERE consumer = :r"), {"r": reader})
        # readers of the application, if any ran here, have passed everything
        await session.execute(
            text(
                "UPDATE outbox_cursors SET transaction_id = pg_current_xact_id(),"
                " sequence = 9223372036854775807"
            )
        )
    assert not await there()
