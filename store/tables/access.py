"""Who may call, which calls were made, and which workers are alive."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, Text

from store.tables.base import Document, Json, Key, Whole, Word, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Key, primary_key=True),
    Column("hash", Key, nullable=False, unique=True),  # SHA-256, hex, of the whole key
    Column("hint", Word, nullable=False),  # the key's first and last characters, for people
    Column("scope", Word, nullable=False),  # secret | restricted | customer
    Column("livemode", Boolean, nullable=False),
    Column("customer_id", Key),
    Column("name", Text),
    Column("created_at", Whole, nullable=False),
    Column("last_used_at", Whole),
    Column("revoked_at", Whole),
    Index("ix_api_keys_livemode", "livemode", "created_at"),
)

requests = Table(
    "requests",
    metadata,
    Column("id", Key, primary_key=True),  # Temporal update id: hash of owner, mode and Idempotency-Key
    Column("owner", Key, nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("fingerprint", Key, nullable=False),
    Column("order_id", Key, nullable=False),
    Column("created_at", Whole, nullable=False),
    Column("version", Integer),  # the order's version the command made; none until it settled
    Column("subject", Key),  # the refund, return … it made
    Column("snapshot", Document),  # the order at that version
    Column("status", Integer),  # the stored answer: HTTP status, headers, body
    Column("headers", Json),
    Column("body", LargeBinary),
    Index("ix_requests_created", "created_at"),
)

worker_heartbeats = Table(
    "worker_heartbeats",
    metadata,
    Column("worker_id", Key, primary_key=True),
    Column("at", Whole, nullable=False),
)
