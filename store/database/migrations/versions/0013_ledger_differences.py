"""Payments on which our ledger and a provider's differ, as reconciliation found them: somebody's task until they agree.

Revision 0013, after 0011. A new table alone: earlier code knows nothing of it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql")
WORD = sa.String(length=32)


def upgrade() -> None:
    op.create_table(
        "ledger_differences",
        Column("provider", WORD, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("ref", KEY, nullable=False),
        Column("order_id", KEY),
        Column("what", sa.Text, nullable=False),
        Column("since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("provider", "livemode", "ref", name="pk_ledger_differences"),
    )


def downgrade() -> None:
    op.drop_table("ledger_differences")
