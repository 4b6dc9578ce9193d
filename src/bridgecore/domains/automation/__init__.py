"""What clients' n8n servers do: executions as facts, and figures of any period."""
