"""What the house keeps of work under way"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
