"""What n8n has to read, and what each record of it holds."""

from __future__ import annotations

from bridgecore.connectors.contract import Entity, EntityFlag, Field

_GROUP = "Automation"


def _time(name: str, label: str) -> Field:
    return Field(name, "datetime", label, readonly=True)


def _id() -> Field:
    return Field("id", "string", "ID", required=True, readonly=True)


def _left_out(name: str, label: str) -> Field:
    """What is large, and where people write keys and passwords."""
    return Field(name, "object", label, sensitive=True, by_default=False)


_WORKFLOW = (
    _id(),
    Field("name", "string", "Name", required=True),
    Field("description", "string", "Description"),
    Field("active", "boolean", "Active", readonly=True),
    Field("isArchived", "boolean", "Archived", readonly=True),
    Field("settings", "object", "Settings"),
    Field("tags", "array", "Tags", relation="tag"),
    Field("shared", "array", "Projects", relation="project"),
    Field("triggerCount", "integer", "Number of triggers", readonly=True),
    Field("triggers", "array", "Triggers", readonly=True, stored=False),
    Field("versionId", "string", "Version", readonly=True),
    Field("activeVersionId", "string", "Active version", readonly=True),
    _time("createdAt", "Created"),
    _time("updatedAt", "Changed"),
    _left_out("nodes", "Nodes"),
    _left_out("connections", "Connections"),
    _left_out("staticData", "Static data"),
    _left_out("pinData", "Pinned data"),
    _left_out("activeVersion", "Active version in full"),
    _left_out("meta", "Origin"),
)
_EXECUTION = (
    _id(),
    Field("status", "string", "Status", readonly=True),
    Field("finished", "boolean", "Finished", readonly=True),
    Field("mode", "string", "Mode", readonly=True),
    Field("workflowId", "string", "Workflow", readonly=True, relation="workflow"),
    _time("startedAt", "Started"),
    _time("stoppedAt", "Stopped"),
    _time("waitTill", "Waits till"),
    Field("retryOf", "string", "Retry of", readonly=True, relation="execution"),
    Field("retrySuccessId", "string", "Succeeded as", readonly=True, relation="execution"),
    Field("workflowVersionId", "string", "Version of the workflow", by_default=False),
    Field("customData", "object", "Custom data", sensitive=True, by_default=False),
)
_TAG = (
    _id(),
    Field("name", "string", "Name", required=True),
    _time("createdAt", "Created"),
    _time("updatedAt", "Changed"),
)
_PROJECT = (
    _id(),
    Field("name", "string", "Name", required=True),
    Field("type", "string", "Kind", readonly=True),
    Field("icon", "object", "Icon"),
    Field("description", "string", "Description"),
)

ENTITIES = {
    entity.name: entity
    for entity in (
        Entity(
            "workflow",
            "Workflow",
            EntityFlag.LISTS_KEYS | EntityFlag.ARCHIVES | EntityFlag.SELDOM,
            _GROUP,
            _WORKFLOW,
        ),
        Entity("execution", "Execution", EntityFlag.INCREMENTAL, _GROUP, _EXECUTION),
        Entity("tag", "Tag", EntityFlag.LISTS_KEYS | EntityFlag.SELDOM, _GROUP, _TAG),
        Entity("project", "Project", EntityFlag.LISTS_KEYS | EntityFlag.SELDOM, _GROUP, _PROJECT),
    )
}
"""By name. Executions list no keys on purpose: what n8n prunes stays here as history."""


def default_fields(name: str) -> tuple[str, ...]:
    """The fields a read brings that names none."""
    return tuple(field.name for field in ENTITIES[name].fields if field.by_default)
