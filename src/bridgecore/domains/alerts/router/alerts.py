"""Alerts and rules, alike for a tenant's people and for staff; those of staff have no tenant."""

# no postponed annotations: the parameters' types are made anew for each router

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi import status as status_codes

from bridgecore.domains.alerts import service
from bridgecore.domains.alerts.router.parameters import LanguageDep, Limit
from bridgecore.domains.alerts.schemas import (
    AlertFeed,
    AlertKindOut,
    AlertMuteIn,
    AlertOut,
    AlertRuleChange,
    AlertRuleIn,
    AlertRuleOut,
    AlertStatus,
    Kind,
)
from bridgecore.domains.audit.service import audited
from bridgecore.infra.auth import Actor, requires_member, requires_staff
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import SessionDep


def _routes(prefix: str, requires: Callable[..., Any], *, listed: str, watched: str) -> APIRouter:
    """The routes below `prefix`; `requires` makes the dependency that asks for a permission."""
    router = APIRouter(prefix=prefix, tags=["alerts"], route_class=IdempotentRoute)
    reader = Annotated[Actor, Depends(requires("alerts:read"))]
    writer = Annotated[Actor, Depends(requires("alerts:write"))]

    @router.get("", summary=listed)
    async def list_alerts(
        actor: reader,
        session: SessionDep,
        language: LanguageDep,
        status: AlertStatus | None = None,
        kind: Kind | None = None,
        cursor: str | None = None,
        limit: Limit = 50,
    ) -> AlertFeed:
        return await service.list_alerts(
            session,
            actor.tenant_id,
            status=status,
            kind=kind,
            cursor=cursor,
            limit=limit,
            language=language,
        )

    @router.get("/kinds", summary="Kinds of alert rules, and what can be set of them")
    async def list_kinds(
        actor: reader, resources: ResourcesDep, language: LanguageDep
    ) -> list[AlertKindOut]:
        return list(service.list_kinds(resources, language))

    @router.get("/rules", summary=watched)
    async def list_rules(
        actor: reader, session: SessionDep, resources: ResourcesDep, language: LanguageDep
    ) -> list[AlertRuleOut]:
        return list(await service.list_rules(session, resources, actor.tenant_id, language))

    @router.post("/rules", status_code=status_codes.HTTP_201_CREATED, summary="Make an alert rule")
    @audited("alert_rule.created")
    async def create_rule(
        actor: writer,
        session: SessionDep,
        resources: ResourcesDep,
        language: LanguageDep,
        body: AlertRuleIn,
    ) -> AlertRuleOut:
        """It is evaluated within moments, and from then on after every change and by the clock."""
        return await service.create_rule(session, resources, actor, actor.tenant_id, body, language)

    @router.get("/rules/{rule_id}", summary="Get an alert rule")
    async def get_rule(
        actor: reader, session: SessionDep, language: LanguageDep, rule_id: UUID
    ) -> AlertRuleOut:
        return await service.get_rule(session, actor.tenant_id, rule_id, language)

    @router.put("/rules/{rule_id}", summary="Change an alert rule")
    @audited("alert_rule.changed")
    async def change_rule(
        actor: writer,
        session: SessionDep,
        resources: ResourcesDep,
        language: LanguageDep,
        rule_id: UUID,
        body: AlertRuleChange,
    ) -> AlertRuleOut:
        """Only what is given changes. What fires by a rule that is switched off ends."""
        return await service.change_rule(
            session, resources, actor, actor.tenant_id, rule_id, body, language
        )

    @router.delete(
        "/rules/{rule_id}",
        status_code=status_codes.HTTP_204_NO_CONTENT,
        summary="Remove an alert rule; what has fired by it stays in the list",
    )
    @audited("alert_rule.removed")
    async def remove_rule(actor: writer, session: SessionDep, rule_id: UUID) -> None:
        await service.remove_rule(session, actor, actor.tenant_id, rule_id)

    @router.get("/{alert_id}", summary="Get an alert")
    async def get_alert(
        actor: reader, session: SessionDep, language: LanguageDep, alert_id: UUID
    ) -> AlertOut:
        return await service.get_alert(session, actor.tenant_id, alert_id, language)

    @router.post("/{alert_id}/acknowledge", summary="Take an alert on")
    @audited("alert.acknowledged")
    async def acknowledge(
        actor: writer, session: SessionDep, language: LanguageDep, alert_id: UUID
    ) -> AlertOut:
        return await service.acknowledge(session, actor, actor.tenant_id, alert_id, language)

    @router.post("/{alert_id}/mute", summary="Tell nothing of this condition for a time")
    @audited("alert.muted")
    async def mute(
        actor: writer, session: SessionDep, language: LanguageDep, alert_id: UUID, body: AlertMuteIn
    ) -> AlertOut:
        return await service.mute(session, actor, actor.tenant_id, alert_id, body.minutes, language)

    @router.post("/{alert_id}/unmute", summary="Tell of this condition again")
    @audited("alert.unmuted")
    async def unmute(
        actor: writer, session: SessionDep, language: LanguageDep, alert_id: UUID
    ) -> AlertOut:
        """The mute of the condition ends, whichever of its alerts it was set at."""
        return await service.unmute(session, actor, actor.tenant_id, alert_id, language)

    return router


router = APIRouter()
for each in (
    _routes(
        "/api/v1/alerts",
        requires_member,
        listed="What fires and what has fired, newest first",
        watched="What is watched, and who is told",
    ),
    _routes(
        "/admin/alerts",
        requires_staff,
        listed="What the platform's rules found at any tenant, newest first",
        watched="What is watched at every tenant, and which staff are told",
    ),
):
    router.include_router(each)
