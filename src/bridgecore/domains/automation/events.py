"""What is announced about workflows."""

WORKFLOW_STATE_CHANGED = "automation.workflow_state_changed"
"""A workflow ran and its state is another one. Payload: `connection_id`, `workflow_id`, `name`,
`outcome` (success or failure), `streak` (how many in a row, 1,000 at most), `execution_id`,
`last_run_at`."""

SAVINGS_CHANGED = "automation.savings_changed"
N8N_CONFIGURED = "automation.n8n_configured"
