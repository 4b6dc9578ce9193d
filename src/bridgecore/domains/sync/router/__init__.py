"""The routes of synchronisation."""

from fastapi import APIRouter

from bridgecore.domains.sync.router import connections, overview, parity, questions, start

router = APIRouter()
# fixed paths before those with an id or a name in their place
for _room in (questions, overview, connections, parity, start):
    router.include_router(_room.router)
router.include_router(connections.asking)
router.include_router(overview.staff)
