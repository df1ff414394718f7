"""Orders, their events, the counted tree over them, and the counters that number them."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.tables.base import Document, Json, Key, Whole, Word, metadata, partial

BY_PEOPLE: Final = text("actor_kind IN ('person', 'operator')")
"""An event somebody made at the console, in Temporal's web UI or on the command line, in the words of the index over those."""

orders = Table(
    "orders",
    metadata,
    Column("id", Key, primary_key=True),  # ULID text
    Column("number", Whole, nullable=False),
    Column("number_text", Key, nullable=False),  # its digits: what `q` may begin
    Column("livemode", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("facet", Whole, nullable=False),  # all status words in one integer, see facets.py
    Column("customer_id", Key),
    Column("email", Text),
    Column("email_lower", Key, nullable=False),  # "" for none: both databases sort it alike
    Column("total", Whole, nullable=False),
    Column("currency", Word, nullable=False),
    Column("created_at", Whole, nullable=False),
    Column("updated_at", Whole, nullable=False),
    Column("changed_at", Whole, nullable=False),  # as updated_at, 0 while nothing came after placing
    Column("is_open", Boolean, nullable=False),
    Column("next_deadline", Whole),  # when something happens by itself next, also to an ended order that owes money
    Column("saved_at", Whole, nullable=False),  # the wall clock at the save, for the sweep; `updated_at` is the order's
    Column("nudges", Integer, nullable=False, server_default="0"),  # by the sweep, since the last save
    Column("nudge_after", Whole),  # the sweep leaves it alone until then
    # The request whose money is under way, and for which the row is reserved (activities/orders/settling.py).
    Column("asking", Json),
    Column("schema", Integer, nullable=False, server_default="1"),  # of `doc`; older code does not touch a newer one
    Column("projection", Json),  # what is written of it in the tables of people.py; none: nothing yet
    Column("doc", Document, nullable=False),  # Order.model_dump_json()
    UniqueConstraint("number"),
    # A list is a range of one of these, newest first by default. Facet ones serve every status filter of every face.
    Index("ix_orders_created", "livemode", "created_at", "id"),
    Index("ix_orders_updated", "livemode", "updated_at", "id"),
    Index("ix_orders_changed", "livemode", "changed_at", "id"),
    Index("ix_orders_total", "livemode", "total", "id", "currency"),  # a bound in major units reads the currency too
    Index("ix_orders_number", "livemode", "number", "id"),
    Index("ix_orders_number_text", "livemode", "number_text", "created_at", "id"),
    Index("ix_orders_facet_created", "livemode", "facet", "created_at", "id"),
    Index("ix_orders_facet_updated", "livemode", "facet", "updated_at", "id"),
    Index("ix_orders_facet_total", "livemode", "facet", "total", "id", "currency"),
    Index("ix_orders_facet_number", "livemode", "facet", "number", "id"),
    Index("ix_orders_customer", "livemode", "customer_id", "created_at", "id"),
    Index("ix_orders_email", "livemode", "email_lower", "created_at", "id"),
    Index("ix_orders_open_saved", "is_open", "saved_at"),
    partial("ix_orders_deadline", "next_deadline", "next_deadline IS NOT NULL"),
    partial("ix_orders_unprojected", "id", "projection IS NULL"),
    partial("ix_orders_asking", "saved_at", "asking IS NOT NULL"),
)

commands = Table(
    "commands",
    metadata,
    Column("order_id", Key, nullable=False),  # no foreign key: the refusal of an order that was not placed is kept too
    Column("request_id", Key, nullable=False),
    Column("verb", Word, nullable=False),
    Column("outcome", Word, nullable=False),  # applied | refused
    Column("version", Integer),  # applied: the order's version it made
    Column("subject", Key),  # applied: the refund, return … it made
    Column("error", Json),  # refused: OrderError.to_dict()
    Column("snapshot", Document),  # applied: the order at that version, while its answer may have to be given again
    Column("at", Whole, nullable=False),  # the wall clock
    PrimaryKeyConstraint("order_id", "request_id"),
    partial("ix_commands_snapshot", "at", "snapshot IS NOT NULL"),
)
"""What became of each command, written with its effect: a request is done at most once because of this key."""

events = Table(
    "events",
    metadata,
    Column("order_id", Key, ForeignKey("orders.id"), nullable=False),
    Column("sequence", Integer, nullable=False),  # gap-free per order, from 1
    Column("id", Key, nullable=False, unique=True),
    Column("type", Word, nullable=False),
    Column("at", Whole, nullable=False),
    Column("actor_kind", Word, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("request_id", Key, nullable=False),
    Column("subject", Key),  # the refund, return … the command made
    Column("data", Json, nullable=False),
    PrimaryKeyConstraint("order_id", "sequence"),
    Index("ix_events_people", "at", "order_id", "sequence", sqlite_where=BY_PEOPLE, postgresql_where=BY_PEOPLE),
)

order_counts = Table(
    "order_counts",
    metadata,
    Column("livemode", Boolean, nullable=False),
    Column("axis", Word, nullable=False),  # created | number
    Column("level", Integer, nullable=False),  # 1 is the finest, see counts.py
    Column("facet", Whole, nullable=False),  # -1: all orders
    Column("bucket", Whole, nullable=False),
    Column("orders", Whole, nullable=False),
    PrimaryKeyConstraint("livemode", "axis", "level", "facet", "bucket"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Key, primary_key=True),
    Column("value", Whole, nullable=False),  # the last one given out
)

external_numbers = Table(
    "external_numbers",
    metadata,
    Column("livemode", Boolean, nullable=False),
    Column("kind", Word, nullable=False),  # customer | variant | product
    Column("text", Key, nullable=False),
    Column("number", Whole, nullable=False),  # drawn once and kept
    PrimaryKeyConstraint("livemode", "kind", "text"),
    UniqueConstraint("livemode", "kind", "number"),
)
