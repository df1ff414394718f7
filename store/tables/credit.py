"""What the shop owes its customers in store credit: balances, every movement of them, and the payments made with it."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, PrimaryKeyConstraint, Table, Text

from store.tables.base import Json, Key, Serial, Whole, Word, metadata

store_credit = Table(
    "store_credit",
    metadata,
    Column("livemode", Boolean, nullable=False),
    Column("customer_id", Key, nullable=False),
    Column("currency", Word, nullable=False),
    Column("balance", Whole, nullable=False),
    PrimaryKeyConstraint("livemode", "customer_id", "currency"),
    CheckConstraint("balance >= 0", name="ck_store_credit_balance"),  # whatever a later statement forgets
)

store_credit_entries = Table(
    "store_credit_entries",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("key", Key, nullable=False, unique=True),  # what moved it: the same twice is once
    Column("livemode", Boolean, nullable=False),
    Column("customer_id", Key, nullable=False),
    Column("currency", Word, nullable=False),
    Column("amount", Whole, nullable=False),  # below 0: spent
    Column("kind", Word, nullable=False),  # granted | returned | spent | released | refunded
    Column("order_id", Key),
    Column("reason", Text),
    Column("at", Whole, nullable=False),
    Index("ix_store_credit_entries_customer", "livemode", "customer_id", "id"),
)

store_credit_payments = Table(
    "store_credit_payments",
    metadata,
    Column("ref", Key, primary_key=True),
    Column("livemode", Boolean, nullable=False),
    Column("customer_id", Key),  # none: given up before anything was taken
    Column("order_id", Key),
    Column("currency", Word, nullable=False),
    Column("authorized", Whole, nullable=False),
    Column("captured", Whole, nullable=False),
    Column("refunded", Whole, nullable=False),
    Column("state", Word, nullable=False),  # authorized | captured | canceled
    Column("created_at", Whole, nullable=False),
    Column("done", Json, nullable=False),  # keys of what was asked of it, and what each refund gave back
    Index("ix_store_credit_payments_created", "livemode", "created_at"),
)
