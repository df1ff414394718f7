"""Who may call and how often, which requests were claimed, and which workers are alive."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

from store.tables.base import Document, Json, Key, Whole, Word, metadata, partial

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

claims = Table(
    "claims",
    metadata,
    Column("id", Key, primary_key=True),  # hash of owner, mode and Idempotency-Key; without a key the request id
    # Drawn at the claim; Temporal's update id, and what the command's record is found by (commands.request_id).
    Column("request_id", Key, nullable=False, unique=True),
    Column("owner", Key, nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("fingerprint", Key, nullable=False),
    Column("order_id", Key, nullable=False),
    Column("created_at", Whole, nullable=False),
    # The command as it was sent (activities/orders/contents.py); none: nothing to send.
    Column("content", Document),
    Column("status", Integer),  # the stored answer: HTTP status, headers, body
    Column("headers", Json),
    Column("body", LargeBinary),
    Index("ix_claims_created", "created_at"),
    partial("ix_claims_unanswered", "order_id", "status IS NULL"),
)

worker_heartbeats = Table(
    "worker_heartbeats",
    metadata,
    Column("worker_id", Key, primary_key=True),
    Column("at", Whole, nullable=False),
)

rate_windows = Table(
    "rate_windows",
    metadata,
    Column("key_id", Key, nullable=False),
    Column("at", Whole, nullable=False),  # which window since the epoch
    Column("calls", Whole, nullable=False),  # counted by all processes, some of them taken in advance
    PrimaryKeyConstraint("key_id", "at"),
)
