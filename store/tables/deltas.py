"""What saves add to the counted tree and to the shop's figures: appended, so that no two saves wait for one row; folded into
`order_counts` and `tallies` by the sweep (store/lists/folding.py). What is counted is always both together.
"""

from sqlalchemy import Boolean, Column, Index, Table

from store.tables.base import Serial, Whole, Word, metadata

count_deltas = Table(
    "count_deltas",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("livemode", Boolean, nullable=False),
    Column("facet", Whole, nullable=False),  # -1: all orders
    Column("created_at", Whole, nullable=False),  # the order's, as its number: where it is counted on either axis
    Column("number", Whole, nullable=False),
    Column("orders", Whole, nullable=False),  # 1: one more; -1: one less
    # Holds whole rows: a list's count reads it alone, however many deltas wait.
    Index("ix_count_deltas_facet", "livemode", "facet", "created_at", "number", "orders"),
)

tally_deltas = Table(
    "tally_deltas",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("livemode", Boolean, nullable=False),
    Column("figure", Word, nullable=False),
    Column("bucket", Whole, nullable=False),
    Column("currency", Word, nullable=False),
    Column("value", Whole, nullable=False),
    Index("ix_tally_deltas_figure", "livemode", "figure", "bucket"),
)
