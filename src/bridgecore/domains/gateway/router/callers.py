"""Callers of the gateway's framework routes, admitted as those of the fast ones."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from bridgecore.domains.gateway.router.endpoint import GatewayEndpoint
from bridgecore.domains.gateway.service.calls import Caller
from bridgecore.domains.gateway.service.policy import check_feature
from bridgecore.domains.tenancy.schemas import Feature
from bridgecore.infra.auth import bearer_token, tenant_bearer
from bridgecore.infra.problems import Forbidden
from bridgecore.infra.resources import ResourcesDep


def gateway_of(resources: ResourcesDep) -> GatewayEndpoint:
    gateway: GatewayEndpoint = resources.extensions["gateway"]
    return gateway


GatewayDep = Annotated[GatewayEndpoint, Depends(gateway_of)]


class CallerWith:
    """A dependency: a caller who may do `permission`, with the feature in their plan."""

    def __init__(self, permission: str, feature: Feature) -> None:
        self._permission = permission
        self._feature = feature

    async def __call__(
        self, request: Request, gateway: GatewayDep, _: Annotated[object, Depends(tenant_bearer)]
    ) -> Caller:
        caller = await gateway.caller(request.scope, bearer_token(request))
        check_feature(caller.snapshot, self._feature)
        subject = self._permission.partition(":")[0]
        if not {"*", f"{subject}:*", self._permission} & caller.permissions:
            raise Forbidden(
                f"This needs the permission {self._permission},"
                f" which the role {caller.principal.role} lacks."
            )
        return caller
