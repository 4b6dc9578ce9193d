"""Real servers for the tests of this room, one of each for the whole run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridgecore.infra.embedded import EmbeddedValkey


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def valkey(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedValkey]:
    data: Path = tmp_path_factory.mktemp("valkey")
    async with EmbeddedValkey(data) as server:
        yield server
