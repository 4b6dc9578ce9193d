"""The routes of synchronisation."""

from fastapi import APIRouter

from bridgecore.domains.sync.router import connections, overview, parity, questions, start

router = APIRouter()
# fixed paths before those with a connection's name in them
for _room in (overview, questions, connections, parity, start):
    router.include_router(_room.router)
router.include_router(connections.asking)
