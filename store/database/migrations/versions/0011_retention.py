"""An index by which drained rows of the outbox are found kind by kind: mails are kept for a month, events for a day.

Revision 0011. Nothing else changes: a release from before runs on it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    done = sa.text("drained_at IS NOT NULL")
    op.create_index("ix_outbox_done", "outbox", ["kind", "drained_at"], sqlite_where=done, postgresql_where=done)


def downgrade() -> None:
    op.drop_index("ix_outbox_done", "outbox")
