"""An order's row no longer spells the faces' status words: the facet holds them all, and lists read them out of it.

`changed_at` is new: the time of the last change after placing, 0 while there was none, for the list sorted by it.
`closed_at` goes with them, nothing ever read it; and the sandbox's `expires_at`: the policy says when its holds lapse.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WORD = sa.String(32)
WORDS = (
    "hanzo_status", "lifecycle", "payment_status", "fulfillment_status", "zephyr_status", "storefront_status",
    "financial_status",
)  # fmt: skip
NUMBERS = ("commercehq_status", "commercehq_paid")


def upgrade() -> None:
    op.add_column("orders", sa.Column("changed_at", sa.BigInteger, nullable=False, server_default="0"))
    op.execute("UPDATE orders SET changed_at = updated_at WHERE version > 1")
    op.create_index("ix_orders_changed", "orders", ["livemode", "changed_at", "id"])
    for name in (*WORDS, *NUMBERS, "closed_at"):
        op.drop_column("orders", name)
    op.drop_column("sandbox_payments", "expires_at")
    if op.get_context().dialect.name == "sqlite":
        # What the planner is told of the other indexes by the first revision.
        table = sa.table("sqlite_stat1", sa.column("tbl"), sa.column("idx"), sa.column("stat"))
        op.bulk_insert(table, [{"tbl": "orders", "idx": "ix_orders_changed", "stat": "1000000 500000 3 1"}])


def downgrade() -> None:
    """The columns come back with a word of their axis in them; only what is saved anew gets its own."""
    op.add_column("sandbox_payments", sa.Column("expires_at", sa.BigInteger))
    op.drop_index("ix_orders_changed", "orders")
    op.drop_column("orders", "changed_at")
    op.add_column("orders", sa.Column("closed_at", sa.BigInteger))
    for name in WORDS:
        op.add_column("orders", sa.Column(name, WORD, nullable=False, server_default=""))
    for name in NUMBERS:
        op.add_column("orders", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
