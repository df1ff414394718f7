"""What leaves the engine: the outbox written with the order, and webhook deliveries made from it (contract section 10)."""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from store.tables.base import Json, Key, Serial, Whole, Word, metadata, partial

_SENT: Final = text("kind = 'mail' AND drained_at IS NOT NULL")
_FAILED: Final = text("status = 'failed'")

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("livemode", Boolean, nullable=False),
    Column("kind", Word, nullable=False),  # event | mail | poke (an endpoint's workflow has something to do)
    Column("order_id", Key, nullable=False),
    Column("sequence", Integer),  # the event's, for kind event
    Column("payload", Json, nullable=False),
    Column("created_at", Whole, nullable=False),
    Column("drained_at", Whole),
    Index("ix_outbox_waiting", "drained_at", "id"),
    Index(
        "ix_outbox_done",
        "kind",
        "drained_at",
        sqlite_where=text("drained_at IS NOT NULL"),
        postgresql_where=text("drained_at IS NOT NULL"),
    ),
    Index("ix_outbox_sent_mails", "livemode", "id", sqlite_where=_SENT, postgresql_where=_SENT),
    partial("ix_outbox_mails", "created_at", "kind = 'mail' AND drained_at IS NULL"),
    partial("ix_outbox_order_mails", "order_id", "kind = 'mail'"),
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Key, primary_key=True),
    Column("livemode", Boolean, nullable=False),
    Column("face", Word, nullable=False),  # whose events and words
    Column("url", Text, nullable=False),
    Column("events", Json, nullable=False),
    Column("name", Text),
    Column("description", Text),
    Column("secret", Text, nullable=False),
    Column("old_secret", Text),  # signs too until `old_secret_until`, after a rotation
    Column("old_secret_until", Whole),
    Column("status", Word, nullable=False),  # active | failing | disabled
    Column("reason", Text),  # why it is failing or disabled
    Column("created_at", Whole, nullable=False),
    Column("updated_at", Whole, nullable=False),
    Index("ix_webhook_endpoints_status", "livemode", "status"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Key, primary_key=True),
    Column("endpoint_id", Key, ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("order_id", Key, nullable=False),
    Column("sequence", Integer, nullable=False),  # the engine event's
    Column("position", Whole, nullable=False),  # domain.webhooks.position: orders one order's deliveries
    Column("event_id", Key, nullable=False),  # webhook-id: the same on every attempt
    Column("event_type", Text, nullable=False),  # in the face's own words
    Column("body", Text, nullable=False),  # exactly the bytes that are signed
    Column("status", Word, nullable=False),  # pending | delivered | failed
    Column("attempts", Integer, nullable=False),  # ever made, and the last one's number
    Column("failures", Integer, nullable=False),  # since it was queued last: the step on the ladder
    Column("next_attempt_at", Whole),  # none: at once, when it is first of its order
    Column("created_at", Whole, nullable=False),
    Column("updated_at", Whole, nullable=False),
    UniqueConstraint("endpoint_id", "event_id", "event_type"),
    Index("ix_webhook_deliveries_due", "status", "next_attempt_at"),
    Index("ix_webhook_deliveries_endpoint", "endpoint_id", "created_at", "id"),
    Index(
        "ix_webhook_deliveries_failed",
        "endpoint_id",
        "created_at",
        "id",
        sqlite_where=_FAILED,
        postgresql_where=_FAILED,
    ),
    Index("ix_webhook_deliveries_lane", "endpoint_id", "status", "order_id", "position"),
    Index("ix_webhook_deliveries_order_id", "order_id", "sequence"),
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("delivery_id", Key, ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", Whole, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("status", Integer),  # the receiver's HTTP status; none: no answer
    Column("request_headers", Json),
    Column("response_excerpt", Text),
    Column("error", Text),
    UniqueConstraint("delivery_id", "attempt"),
)
