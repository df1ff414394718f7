"""What was asked of payment providers, what they said by themselves, and the sandbox provider's own ledger."""

from sqlalchemy import Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from store.tables.base import Json, Key, Whole, Word, metadata

payment_operations = Table(
    "payment_operations",
    metadata,
    Column("key", Key, primary_key=True),  # the provider's idempotency key
    Column("order_id", Key, nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("provider", Word, nullable=False),
    Column("kind", Word, nullable=False),  # authorize | capture | void | refund
    Column("amount", Whole, nullable=False),
    Column("currency", Word, nullable=False),
    Column("ref", Key),  # the provider's object, stored before money moves
    Column("status", Word, nullable=False),  # started | succeeded | declined | refused
    Column("request_id", Key),  # the command it belongs to; none in rows older than schema 0003
    Column("position", Integer, nullable=False, server_default="0"),  # within its request
    Column("operation", Json),  # domain.operations.Operation, as it was planned
    Column("result", Json),  # domain.operations.Outcome, once it is settled
    Column("created_at", Whole, nullable=False),
    Column("updated_at", Whole, nullable=False),
    Index("ix_payment_operations_order", "order_id", "created_at"),
    Index("ix_payment_operations_ref", "provider", "ref"),
    Index("ix_payment_operations_status", "status", "updated_at"),
)

ledger_differences = Table(
    "ledger_differences",
    metadata,
    Column("provider", Word, nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("ref", Key, nullable=False),  # the provider's payment
    Column("order_id", Key),
    Column("what", Text, nullable=False),
    Column("since", Whole, nullable=False),  # when a reconciliation first found it
    PrimaryKeyConstraint("provider", "livemode", "ref"),
)

sandbox_payments = Table(
    "sandbox_payments",
    metadata,
    Column("ref", Key, primary_key=True),
    Column("key", Key, nullable=False, unique=True),
    Column("livemode", Boolean, nullable=False),
    Column("order_id", Key),
    Column("amount", Whole, nullable=False),
    Column("currency", Word, nullable=False),
    Column("authorized", Whole, nullable=False),
    Column("captured", Whole, nullable=False),
    Column("refunded", Whole, nullable=False),
    Column("state", Word, nullable=False),
    Column("created_at", Whole, nullable=False),
    Column("data", Json, nullable=False),
    Index("ix_sandbox_payments_created", "livemode", "created_at"),
)

sandbox_refunds = Table(
    "sandbox_refunds",
    metadata,
    Column("ref", Key, primary_key=True),
    Column("key", Key, nullable=False, unique=True),
    Column("payment_ref", Key, nullable=False, index=True),
    Column("amount", Whole, nullable=False),
    Column("state", Word, nullable=False),
    Column("created_at", Whole, nullable=False),
    Column("data", Json, nullable=False),
)

provider_events = Table(
    "provider_events",
    metadata,
    Column("provider", Word, nullable=False),
    Column("id", Key, nullable=False),  # the provider's event id: the same one twice is one
    Column("livemode", Boolean, nullable=False),
    Column("payment_ref", Key),
    Column("received_at", Whole, nullable=False),
    Column("delivered_at", Whole),  # none: parked until an order knows the ref
    Column("body", Json, nullable=False),
    Column("note", Text),
    PrimaryKeyConstraint("provider", "id"),
    Index("ix_provider_events_ref", "provider", "payment_ref"),
    Index("ix_provider_events_parked", "delivered_at", "received_at"),
)
