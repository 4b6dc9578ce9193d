"""What the routes share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query

from bridgecore.infra.auth import Actor, requires_member

Reader = Annotated[Actor, Depends(requires_member("sync:read"))]
Writer = Annotated[Actor, Depends(requires_member("sync:write"))]
LakeReader = Annotated[Actor, Depends(requires_member("lake:read"))]

ConnectionName = Annotated[
    str,
    Path(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00]+$",
        description="A connection's id or name, or a connector such as `odoo` for its primary one.",
    ),
]
OptionalConnection = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00]+$",
        description="A connection's id or name, or a connector such as `odoo` for its primary one.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=1_000)]
EntityQuery = Annotated[str | None, Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
