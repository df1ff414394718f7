"""Counts and figures as appended deltas, folded later; calls counted by all processes together.

Revision 0008, after 0006. Three new tables and nothing else: code of before goes on to add to `order_counts` and `tallies`
directly, which counts just as much. What it does not read is what newer processes have appended and nobody has folded yet.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql")
WORD = sa.String(length=32)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _deltas(
        "count_deltas",
        Column("facet", sa.BigInteger, nullable=False),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("number", sa.BigInteger, nullable=False),
        Column("orders", sa.BigInteger, nullable=False),
        index=("facet", "created_at", "number", "orders"),
    )
    _deltas(
        "tally_deltas",
        Column("figure", WORD, nullable=False),
        Column("bucket", sa.BigInteger, nullable=False),
        Column("currency", WORD, nullable=False),
        Column("value", sa.BigInteger, nullable=False),
        index=("figure", "bucket"),
    )

    op.create_table(
        "rate_windows",
        Column("key_id", KEY, nullable=False),
        Column("at", sa.BigInteger, nullable=False),
        Column("calls", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key_id", "at", name="pk_rate_windows"),
    )


def _deltas(name: str, *columns: Column[object], index: tuple[str, ...]) -> None:
    own = (Column("id", SERIAL, nullable=False), Column("livemode", sa.Boolean, nullable=False))
    op.create_table(name, *own, *columns, sa.PrimaryKeyConstraint("id", name=f"pk_{name}"))
    op.create_index(f"ix_{name}_{index[0]}", name, ["livemode", *index])


def downgrade() -> None:
    """Nothing is lost: what waits is folded first, coarsely spelled, for a downgraded engine reads the folded alone."""
    connection = op.get_bind()
    connection.execute(sa.text(_FOLD_TALLIES))
    for axis, column, shifts in (("created", "created_at", (10, 16, 22)), ("number", "number", (8, 14, 20))):
        for level, shift in enumerate(shifts, start=1):
            where = "WHERE facet = -1" if axis == "number" else "WHERE true"
            connection.execute(
                sa.text(_FOLD_COUNTS.format(axis=axis, column=column, level=level, shift=shift, where=where))
            )
    op.drop_table("rate_windows")
    op.drop_table("tally_deltas")
    op.drop_table("count_deltas")


_FOLD_TALLIES = """
    INSERT INTO tallies (livemode, figure, bucket, currency, value)
    SELECT livemode, figure, bucket, currency, sum(value) FROM tally_deltas WHERE true
    GROUP BY livemode, figure, bucket, currency
    ON CONFLICT (livemode, figure, bucket, currency) DO UPDATE SET value = tallies.value + excluded.value
"""
_FOLD_COUNTS = """
    INSERT INTO order_counts (livemode, axis, level, facet, bucket, orders)
    SELECT livemode, '{axis}', {level}, facet, {column} >> {shift}, sum(orders) FROM count_deltas {where}
    GROUP BY livemode, facet, {column} >> {shift}
    ON CONFLICT (livemode, axis, level, facet, bucket) DO UPDATE SET orders = order_counts.orders + excluded.orders
"""
