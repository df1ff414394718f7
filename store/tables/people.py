"""What people look for: orders by what they wait for and by words, coming deadlines, open tasks, and the shop's figures.

All of it is a function of the orders' rows, written in the order's own transaction (store/order/projection.py).
`orders.projection` says what is written of an order, so that the next save takes back exactly that, whatever the rules are then.
"""

from typing import Final

from sqlalchemy import Boolean, Column, Index, PrimaryKeyConstraint, Table, Text, text

from store.tables.base import Json, Key, Whole, Word, metadata

MOVES_MONEY: Final = text("CAST(money AS TEXT) <> '[]'")
"""A deadline with money, in the words of the index over those: few are."""

HAS_TIME: Final = text("due IS NOT NULL")

search_terms = Table(
    "search_terms",
    metadata,
    Column("order_id", Key, nullable=False),
    Column("term", Key, nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("newest", Whole, nullable=False),  # the order's creation, negative: ascending is newest first
    PrimaryKeyConstraint("order_id", "term"),
    Index("ix_search_terms_term", "livemode", "term", "newest", "order_id"),
)

order_waits = Table(
    "order_waits",
    metadata,
    Column("order_id", Key, nullable=False),
    Column("word", Word, nullable=False),  # of domain.waiting.WORDS
    Column("livemode", Boolean, nullable=False),
    Column("created_at", Whole, nullable=False),  # the order's
    PrimaryKeyConstraint("order_id", "word"),
    Index("ix_order_waits_word", "livemode", "word", "created_at", "order_id"),
)

deadlines = Table(
    "deadlines",
    metadata,
    Column("order_id", Key, nullable=False),
    Column("name", Key, nullable=False),  # of domain.windows
    Column("livemode", Boolean, nullable=False),
    Column("number", Whole, nullable=False),
    Column("at", Whole, nullable=False),
    Column("then", Text, nullable=False),
    Column("money", Json, nullable=False),  # [[kind, minor units], …]
    Column("currency", Word, nullable=False),
    PrimaryKeyConstraint("order_id", "name"),
    Index("ix_deadlines_at", "livemode", "at", "order_id", "name"),
    Index("ix_deadlines_money", "livemode", "at", sqlite_where=MOVES_MONEY, postgresql_where=MOVES_MONEY),
)

tasks = Table(
    "tasks",
    metadata,
    Column("order_id", Key, nullable=False),
    Column("kind", Word, nullable=False),  # of domain.tasks.TASKS
    Column("ref", Key, nullable=False),  # the return, payment, refund or hold; "" for the order itself
    Column("livemode", Boolean, nullable=False),
    Column("number", Whole, nullable=False),
    Column("since", Whole, nullable=False),
    Column("due", Whole),
    Column("place", Whole, nullable=False),  # in the list: due, else since
    Column("amount", Whole),
    Column("currency", Word, nullable=False),
    Column("verbs", Json, nullable=False),
    PrimaryKeyConstraint("order_id", "kind", "ref"),
    Index("ix_tasks_kind", "livemode", "kind", "place", "order_id", "ref"),
    Index("ix_tasks_due", "livemode", "due", "order_id", sqlite_where=HAS_TIME, postgresql_where=HAS_TIME),
)

tallies = Table(
    "tallies",
    metadata,
    Column("livemode", Boolean, nullable=False),
    Column("figure", Word, nullable=False),  # of domain.takings.FIGURES, or `open:` and a word of domain.waiting.WORDS
    Column("bucket", Whole, nullable=False),  # quarter of an hour since the epoch; 0 for `open:`
    Column("currency", Word, nullable=False),
    Column("value", Whole, nullable=False),
    PrimaryKeyConstraint("livemode", "figure", "bucket", "currency"),
)
