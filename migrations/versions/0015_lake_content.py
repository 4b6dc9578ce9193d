"""Records of the lake are compared by what they hold, no longer by a digest of it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '15min'")
    op.drop_column("lake_records", "content_hash")


def downgrade() -> None:
    op.add_column("lake_records", sa.Column("content_hash", sa.LargeBinary(), nullable=True))
    op.execute("UPDATE lake_records SET content_hash = sha256(convert_to(data::text, 'UTF8'))")
    op.alter_column("lake_records", "content_hash", nullable=False)
