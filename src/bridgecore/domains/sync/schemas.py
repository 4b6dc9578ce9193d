"""What synchronisation takes and tells over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from bridgecore.infra.web import Input, Output

EntityName = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")
]
Key = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=r"^[^\x00]+$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Trigger = Literal["schedule", "manual", "hint", "staff"]
Kind = Literal["sync", "parity", "repair"]
RunStatus = Literal[
    "queued", "running", "completed", "partial", "failed", "cancelled", "needs_confirmation"
]
Content = Literal["none", "rolling", "full"]

SHORTEST_INTERVAL = 10
LONGEST_INTERVAL = 7 * 86_400


# ── plans ──────────────────────────────────────────────────────────────────────────────────────


class DriftOut(BaseModel):
    """A field of the source that is not as it was."""

    field: str
    kind: Literal["gone", "renamed", "type_changed"]
    to: str | None = None
    what_to_do: str
    noticed_at: datetime | None = None


class DeletesOut(BaseModel):
    """A removal too large to be done unasked."""

    count: int
    of: int = Field(description="Records the lake holds of this entity.")
    not_visible: int = Field(0, description="Of these, there but no longer to be seen.")
    sample: list[str] = Field(description="Some of their keys.")
    found_at: datetime
    decision: Literal["confirmed", "refused"] | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None


class PlannedEntityOut(Output):
    entity: str
    title: str
    group: str
    is_enabled: bool
    fields: list[str] | None = Field(
        description="None: every stored field of the source but files and sensitive ones."
    )
    state: Literal["new", "loading", "ok", "failing", "denied", "missing", "needs_confirmation"]
    error: str | None
    what_to_do: str | None
    retry_at: datetime | None
    loaded_at: datetime | None = Field(description="When the first load was complete.")
    caught_up_at: datetime | None = Field(description="The copy holds what was true then.")
    lag_seconds: float | None = None
    swept_at: datetime | None = Field(description="When it was last looked for deletions.")
    set_aside: int = 0
    records: int | None = Field(None, description="Records in the lake, archived ones included.")
    drift: list[DriftOut]
    deletes: DeletesOut | None


class SyncPlanOut(Output):
    connection_id: UUID
    connector: str
    is_enabled: bool
    interval_seconds: int
    sweep_seconds: int = Field(description="How often deletions and silent changes are looked for.")
    delete_share: float = Field(
        description="A sweep that would remove more than this share asks first."
    )
    delete_floor: int = Field(description="Fewer records than this are removed without asking.")
    entities: list[PlannedEntityOut]


class PlannedEntityIn(Input):
    entity: EntityName
    is_enabled: bool = True
    fields: list[Text] | None = Field(
        None, max_length=1_000, description="None: the usual fields, without sensitive ones."
    )


class SyncPlanChange(Input):
    """Only what is given changes. `entities`, where given, is the whole list."""

    is_enabled: bool | None = None
    interval_seconds: int | None = Field(None, ge=SHORTEST_INTERVAL, le=LONGEST_INTERVAL)
    sweep_seconds: int | None = Field(None, ge=60, le=LONGEST_INTERVAL)
    delete_share: float | None = Field(None, ge=0, le=1)
    delete_floor: int | None = Field(None, ge=0, le=1_000_000)
    entities: list[PlannedEntityIn] | None = Field(None, max_length=500)


class FoundField(BaseModel):
    name: str
    type: str
    label: str
    relation: str | None
    stored: bool = Field(
        description="False: computed at every read; its changes are found by content alone."
    )
    sensitive: bool
    by_default: bool


class FoundEntity(BaseModel):
    entity: str
    title: str
    group: str
    planned: bool
    incremental: bool
    finds_deletions: bool
    fields: list[FoundField] = Field(description="Empty unless asked for by name.")


class FoundGroup(BaseModel):
    group: str
    entities: list[FoundEntity]


class DiscoveryOut(Output):
    connection_id: UUID
    groups: list[FoundGroup]


# ── runs ───────────────────────────────────────────────────────────────────────────────────────


class RunIn(Input):
    entities: list[EntityName] | None = Field(
        None, max_length=500, description="All of the plan if left out."
    )
    full: bool = Field(False, description="Read everything again, not changes alone.")


class RunFilter(BaseModel):
    connection_id: UUID | None = None
    status: RunStatus | None = None
    trigger: Trigger | None = None
    kind: Kind | None = None


class RunOut(Output):
    """A run. `completed_at`, `triggered_by`, `error_message` are the documents' names."""

    id: UUID
    connection_id: UUID
    connector: str
    kind: Kind
    trigger: Trigger
    triggered_by: UUID | None = None
    status: RunStatus
    options: dict[str, Any]
    requested_at: datetime
    started_at: datetime | None
    completed_at: datetime | None = None
    duration_seconds: float | None = None
    resumed: int = Field(description="How often another process took it up.")
    repeated: int = Field(description="Further scheduled runs like this, with nothing to do.")
    records_read: int
    changed: int
    removed: int
    set_aside: int
    stats: dict[str, Any]
    error_message: str | None = None
    what_to_do: str | None


class ConnectionSyncOut(Output):
    """How one connection stands. `lag_seconds`: how old the copy is."""

    connection_id: UUID
    connection_name: str
    connector: str
    is_enabled: bool
    state: Literal[
        "off", "new", "running", "waiting", "failing", "needs_person", "needs_confirmation"
    ]
    lag_seconds: float | None
    caught_up_at: datetime | None
    succeeded_at: datetime | None
    next_run_at: datetime | None
    interval_seconds: int
    failures: int
    failing_since: datetime | None
    error: str | None
    what_to_do: str | None
    set_aside: int
    entities_in_trouble: list[str]
    current_run: RunOut | None


class BackgroundStatusOut(Output):
    is_running: bool = Field(description="Whether background synchronisation is switched on.")
    connections: list[ConnectionSyncOut]


class BackgroundHealthOut(Output):
    status: Literal["ok", "degraded", "failing"]
    connections: int
    healthy: int
    failing: int
    needs_person: int
    needs_confirmation: int
    set_aside: int
    lag_seconds: float | None = Field(description="Of the oldest copy.")
    runs_last_day: dict[str, int]
    success_rate: float | None = Field(description="Of the runs of the last day, 0 to 1.")


class StartIn(Input):
    tenant_id: UUID | None = Field(None, description="Left out: every tenant.")
    connector: Text | None = None
    full: bool = False


class OwnStartIn(Input):
    connector: Text | None = None
    full: bool = False


class StartedOut(Output):
    started: int
    sync_ids: list[UUID] = Field(description="At most the first 1,000.")


# ── set-asides, deletes ────────────────────────────────────────────────────────────────────────


class SetAsideOut(Output):
    connection_id: UUID
    entity: str
    key: str
    reason: str
    attempts: int
    first_at: datetime
    last_at: datetime
    retry_at: datetime


class SetAsideRetryIn(Input):
    entity: EntityName | None = None
    keys: list[Key] | None = Field(None, max_length=1_000)


class RetriedOut(Output):
    count: int
    sync_id: UUID | None = Field(description="The run that tries them; None: there were none.")


class DecisionIn(Input):
    entity: EntityName
    decision: Literal["confirm", "refuse"]


# ── parity ─────────────────────────────────────────────────────────────────────────────────────


class ParityIn(Input):
    content: Content = Field(
        "none", description="none: counts and times alone; rolling: a seventh of the content too."
    )
    entities: list[EntityName] | None = Field(None, max_length=500)


class ParityReportOut(Output):
    id: UUID
    connection_id: UUID
    content: Content
    status: Literal["running", "equal", "differs", "failed"]
    started_at: datetime
    finished_at: datetime | None
    missing: int
    extra: int
    different: int
    unrepaired: int = 0
    entities: dict[str, Any]
    error: str | None


class DifferenceOut(Output):
    entity: str
    key: str
    kind: Literal["missing", "extra", "different"]
    repaired_at: datetime | None


class RepairIn(Input):
    """Nothing given: what the latest report found."""

    report_id: UUID | None = None
    keys: (
        Annotated[
            dict[EntityName, list[Key]],
            # what fits no name of an entity is refused, which a pattern alone does not say
            Field(max_length=100, json_schema_extra={"additionalProperties": False}),
        ]
        | None
    ) = Field(None, description="By entity, instead of a report.")


# ── people ─────────────────────────────────────────────────────────────────────────────────────


class MatchedPeopleOut(Output):
    matched: int
    unchanged: int
    unmatched: list[str] = Field(description="Emails of members that no user of Odoo bears.")
    message: str
