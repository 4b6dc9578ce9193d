"""A process that records a failed request every 100 ms, and prints when. Stopped by SIGTERM."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from dataclasses import dataclass
from uuid import UUID

from bridgecore.domains.usage.service import UsageRecorder
from bridgecore.infra.asgi import RequestRecord
from bridgecore.infra.db import Database
from bridgecore.infra.problems import Code
from bridgecore.infra.settings import Settings
from bridgecore.infra.telemetry import Metrics


@dataclass
class Parts:
    """What recording needs."""

    database: Database
    metrics: Metrics


async def main(url: str, tenant_id: UUID) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    database = Database(Settings(database_url=url))
    async with UsageRecorder(Parts(database, Metrics())) as recorder:
        while not stopped.is_set():
            record = RequestRecord("GET", "/api/v1/usage", "recording", "")
            record.route, record.tenant_id, record.status = record.path, tenant_id, 500
            record.code = Code.INTERNAL_ERROR
            recorder.observe(record)
            print(time.time(), flush=True)
            await asyncio.sleep(0.1)
    await database.close()


asyncio.run(main(sys.argv[1], UUID(sys.argv[2])))
