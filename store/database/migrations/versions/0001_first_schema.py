"""The first schema: orders, events, counts, stock, keys, requests, money and deliveries.

Frozen: store/tables says what the schema is today, this says what it was. Later changes are later revisions.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql")
WORD = sa.String(length=32)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    _orders()
    _stock()
    _access()
    _money()
    _deliveries()
    counters = sa.table("counters", sa.column("name"), sa.column("value"))
    # The last number given out: the first order is 1001, the first drawn integer 1,000,000,001.
    op.bulk_insert(counters, [{"name": "order_number", "value": 1000}, {"name": "external_number", "value": 10**9}])
    if op.get_context().dialect.name == "sqlite":
        _statistics()


def downgrade() -> None:
    op.drop_table("webhook_attempts")
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")
    op.drop_table("outbox")
    op.drop_table("sandbox_refunds")
    op.drop_table("sandbox_payments")
    op.drop_table("provider_events")
    op.drop_table("payment_operations")
    op.drop_table("worker_heartbeats")
    op.drop_table("requests")
    op.drop_table("api_keys")
    op.drop_table("stock_movements")
    op.drop_table("inventory")
    op.drop_table("variants")
    op.drop_table("external_numbers")
    op.drop_table("counters")
    op.drop_table("order_counts")
    op.drop_table("events")
    op.drop_table("orders")


def _orders() -> None:
    op.create_table(
        "orders",
        Column("id", KEY, nullable=False),
        Column("number", sa.BigInteger, nullable=False),
        Column("number_text", KEY, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("version", sa.Integer, nullable=False),
        Column("facet", sa.BigInteger, nullable=False),
        Column("hanzo_status", WORD, nullable=False),
        Column("lifecycle", WORD, nullable=False),
        Column("payment_status", WORD, nullable=False),
        Column("fulfillment_status", WORD, nullable=False),
        Column("zephyr_status", WORD, nullable=False),
        Column("storefront_status", WORD, nullable=False),
        Column("financial_status", WORD, nullable=False),
        Column("commercehq_status", sa.Integer, nullable=False),
        Column("commercehq_paid", sa.Integer, nullable=False),
        Column("customer_id", KEY),
        Column("email", sa.Text),
        Column("email_lower", KEY, nullable=False),
        Column("total", sa.BigInteger, nullable=False),
        Column("currency", WORD, nullable=False),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("updated_at", sa.BigInteger, nullable=False),
        Column("closed_at", sa.BigInteger),
        Column("is_open", sa.Boolean, nullable=False),
        Column("next_deadline", sa.BigInteger),
        Column("saved_at", sa.BigInteger, nullable=False),
        Column("last_request", KEY),
        Column("doc", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sa.UniqueConstraint("number", name="uq_orders_number"),
    )
    op.create_index("ix_orders_created", "orders", ["livemode", "created_at", "id"])
    op.create_index("ix_orders_customer", "orders", ["livemode", "customer_id", "created_at", "id"])
    op.create_index("ix_orders_deadline", "orders", ["is_open", "next_deadline"])
    op.create_index("ix_orders_email", "orders", ["livemode", "email_lower", "created_at", "id"])
    op.create_index("ix_orders_facet_created", "orders", ["livemode", "facet", "created_at", "id"])
    op.create_index("ix_orders_facet_number", "orders", ["livemode", "facet", "number", "id"])
    op.create_index("ix_orders_facet_total", "orders", ["livemode", "facet", "total", "id", "currency"])
    op.create_index("ix_orders_facet_updated", "orders", ["livemode", "facet", "updated_at", "id"])
    op.create_index("ix_orders_number", "orders", ["livemode", "number", "id"])
    op.create_index("ix_orders_number_text", "orders", ["livemode", "number_text", "created_at", "id"])
    op.create_index("ix_orders_open_saved", "orders", ["is_open", "saved_at"])
    op.create_index("ix_orders_total", "orders", ["livemode", "total", "id", "currency"])
    op.create_index("ix_orders_updated", "orders", ["livemode", "updated_at", "id"])
    op.create_table(
        "events",
        Column("order_id", KEY, nullable=False),
        Column("sequence", sa.Integer, nullable=False),
        Column("id", KEY, nullable=False),
        Column("type", WORD, nullable=False),
        Column("at", sa.BigInteger, nullable=False),
        Column("actor_kind", WORD, nullable=False),
        Column("actor_id", sa.Text, nullable=False),
        Column("version", sa.Integer, nullable=False),
        Column("request_id", KEY, nullable=False),
        Column("subject", KEY),
        Column("data", JSON, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_events_order_id"),
        sa.PrimaryKeyConstraint("order_id", "sequence", name="pk_events"),
        sa.UniqueConstraint("id", name="uq_events_id"),
    )
    op.create_table(
        "order_counts",
        Column("livemode", sa.Boolean, nullable=False),
        Column("axis", WORD, nullable=False),
        Column("level", sa.Integer, nullable=False),
        Column("facet", sa.BigInteger, nullable=False),
        Column("bucket", sa.BigInteger, nullable=False),
        Column("orders", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("livemode", "axis", "level", "facet", "bucket", name="pk_order_counts"),
    )
    op.create_table(
        "counters",
        Column("name", KEY, nullable=False),
        Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.create_table(
        "external_numbers",
        Column("livemode", sa.Boolean, nullable=False),
        Column("kind", WORD, nullable=False),
        Column("text", KEY, nullable=False),
        Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("livemode", "kind", "text", name="pk_external_numbers"),
        sa.UniqueConstraint("livemode", "kind", "number", name="uq_external_numbers_livemode_kind_number"),
    )


def _stock() -> None:
    op.create_table(
        "variants",
        Column("livemode", sa.Boolean, nullable=False),
        Column("id", KEY, nullable=False),
        Column("product_id", KEY),
        Column("product_name", sa.Text, nullable=False),
        Column("variant_title", sa.Text),
        Column("title", sa.Text, nullable=False),
        Column("sku", KEY),
        Column("unit_price", sa.BigInteger, nullable=False),
        Column("currency", WORD, nullable=False),
        Column("weight_grams", sa.BigInteger),
        Column("requires_shipping", sa.Boolean, nullable=False),
        Column("is_gift_card", sa.Boolean, nullable=False),
        Column("options", JSON, nullable=False),
        Column("product_type", sa.Text),
        Column("vendor", sa.Text),
        Column("compare_price", sa.BigInteger),
        Column("image_url", sa.Text),
        Column("auto_fulfilment", sa.Boolean, nullable=False),
        Column("is_multi", sa.Boolean, nullable=False),
        Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("livemode", "id", name="pk_variants"),
    )
    op.create_table(
        "inventory",
        Column("livemode", sa.Boolean, nullable=False),
        Column("variant_id", KEY, nullable=False),
        Column("on_hand", sa.BigInteger, nullable=False),
        Column("reserved", sa.BigInteger, nullable=False),
        Column("allow_backorder", sa.Boolean, nullable=False),
        Column("track", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("livemode", "variant_id", name="pk_inventory"),
    )
    op.create_table(
        "stock_movements",
        Column("id", SERIAL, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("variant_id", KEY, nullable=False),
        Column("order_id", KEY),
        Column("order_version", sa.Integer),
        Column("line_id", KEY),
        Column("on_hand", sa.BigInteger, nullable=False),
        Column("reserved", sa.BigInteger, nullable=False),
        Column("reason", sa.Text, nullable=False),
        Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stock_movements"),
    )
    op.create_index("ix_stock_movements_variant", "stock_movements", ["livemode", "variant_id", "id"])
    op.create_index(
        "uq_stock_movements_order", "stock_movements", ["order_id", "order_version", "line_id", "reason"], unique=True
    )


def _access() -> None:
    op.create_table(
        "api_keys",
        Column("id", KEY, nullable=False),
        Column("hash", KEY, nullable=False),
        Column("hint", WORD, nullable=False),
        Column("scope", WORD, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("customer_id", KEY),
        Column("name", sa.Text),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("last_used_at", sa.BigInteger),
        Column("revoked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("hash", name="uq_api_keys_hash"),
    )
    op.create_index("ix_api_keys_livemode", "api_keys", ["livemode", "created_at"])
    op.create_table(
        "requests",
        Column("id", KEY, nullable=False),
        Column("owner", KEY, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("fingerprint", KEY, nullable=False),
        Column("order_id", KEY, nullable=False),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("version", sa.Integer),
        Column("subject", KEY),
        Column("snapshot", sa.Text),
        Column("status", sa.Integer),
        Column("headers", JSON),
        Column("body", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
    )
    op.create_index("ix_requests_created", "requests", ["created_at"])
    op.create_table(
        "worker_heartbeats",
        Column("worker_id", KEY, nullable=False),
        Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("worker_id", name="pk_worker_heartbeats"),
    )


def _money() -> None:
    op.create_table(
        "payment_operations",
        Column("key", KEY, nullable=False),
        Column("order_id", KEY, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("provider", WORD, nullable=False),
        Column("kind", WORD, nullable=False),
        Column("amount", sa.BigInteger, nullable=False),
        Column("currency", WORD, nullable=False),
        Column("ref", KEY),
        Column("status", WORD, nullable=False),
        Column("prelude_applied", sa.Boolean, nullable=False),
        Column("result", JSON),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_payment_operations"),
    )
    op.create_index("ix_payment_operations_order", "payment_operations", ["order_id", "created_at"])
    op.create_index("ix_payment_operations_ref", "payment_operations", ["provider", "ref"])
    op.create_index("ix_payment_operations_status", "payment_operations", ["status", "updated_at"])
    op.create_table(
        "provider_events",
        Column("provider", WORD, nullable=False),
        Column("id", KEY, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("payment_ref", KEY),
        Column("received_at", sa.BigInteger, nullable=False),
        Column("delivered_at", sa.BigInteger),
        Column("body", JSON, nullable=False),
        Column("note", sa.Text),
        sa.PrimaryKeyConstraint("provider", "id", name="pk_provider_events"),
    )
    op.create_index("ix_provider_events_parked", "provider_events", ["delivered_at", "received_at"])
    op.create_index("ix_provider_events_ref", "provider_events", ["provider", "payment_ref"])
    op.create_table(
        "sandbox_payments",
        Column("ref", KEY, nullable=False),
        Column("key", KEY, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("order_id", KEY),
        Column("amount", sa.BigInteger, nullable=False),
        Column("currency", WORD, nullable=False),
        Column("authorized", sa.BigInteger, nullable=False),
        Column("captured", sa.BigInteger, nullable=False),
        Column("refunded", sa.BigInteger, nullable=False),
        Column("state", WORD, nullable=False),
        Column("expires_at", sa.BigInteger),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("data", JSON, nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_sandbox_payments"),
        sa.UniqueConstraint("key", name="uq_sandbox_payments_key"),
    )
    op.create_index("ix_sandbox_payments_created", "sandbox_payments", ["livemode", "created_at"])
    op.create_table(
        "sandbox_refunds",
        Column("ref", KEY, nullable=False),
        Column("key", KEY, nullable=False),
        Column("payment_ref", KEY, nullable=False),
        Column("amount", sa.BigInteger, nullable=False),
        Column("state", WORD, nullable=False),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("data", JSON, nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_sandbox_refunds"),
        sa.UniqueConstraint("key", name="uq_sandbox_refunds_key"),
    )
    op.create_index("ix_sandbox_refunds_payment_ref", "sandbox_refunds", ["payment_ref"])


def _deliveries() -> None:
    op.create_table(
        "outbox",
        Column("id", SERIAL, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("kind", WORD, nullable=False),
        Column("order_id", KEY, nullable=False),
        Column("sequence", sa.Integer),
        Column("payload", JSON, nullable=False),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("drained_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_waiting", "outbox", ["drained_at", "id"])
    op.create_table(
        "webhook_endpoints",
        Column("id", KEY, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("face", WORD, nullable=False),
        Column("url", sa.Text, nullable=False),
        Column("events", JSON, nullable=False),
        Column("name", sa.Text),
        Column("description", sa.Text),
        Column("secret", sa.Text, nullable=False),
        Column("old_secret", sa.Text),
        Column("old_secret_until", sa.BigInteger),
        Column("status", WORD, nullable=False),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
    )
    op.create_index("ix_webhook_endpoints_status", "webhook_endpoints", ["livemode", "status"])
    op.create_table(
        "webhook_deliveries",
        Column("id", KEY, nullable=False),
        Column("endpoint_id", KEY, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("order_id", KEY, nullable=False),
        Column("sequence", sa.Integer, nullable=False),
        Column("event_id", KEY, nullable=False),
        Column("event_type", sa.Text, nullable=False),
        Column("body", sa.Text, nullable=False),
        Column("status", WORD, nullable=False),
        Column("attempts", sa.Integer, nullable=False),
        Column("next_attempt_at", sa.BigInteger),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("updated_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name="fk_webhook_deliveries_endpoint_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint(
            "endpoint_id", "event_id", "event_type", name="uq_webhook_deliveries_endpoint_id_event_id_event_type"
        ),
    )
    op.create_index("ix_webhook_deliveries_due", "webhook_deliveries", ["status", "next_attempt_at"])
    op.create_index("ix_webhook_deliveries_endpoint", "webhook_deliveries", ["endpoint_id", "created_at"])
    op.create_table(
        "webhook_attempts",
        Column("id", SERIAL, nullable=False),
        Column("delivery_id", KEY, nullable=False),
        Column("attempt", sa.Integer, nullable=False),
        Column("at", sa.BigInteger, nullable=False),
        Column("duration_ms", sa.Integer, nullable=False),
        Column("status", sa.Integer),
        Column("request_headers", JSON),
        Column("response_excerpt", sa.Text),
        Column("error", sa.Text),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["webhook_deliveries.id"], name="fk_webhook_attempts_delivery_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_attempts"),
        sa.UniqueConstraint("delivery_id", "attempt", name="uq_webhook_attempts_delivery_id_attempt"),
    )


_STATISTICS = {
    "ix_orders_created": "1000000 500000 2 1",
    "ix_orders_updated": "1000000 500000 3 1",
    "ix_orders_total": "1000000 500000 20 1 1",
    "ix_orders_number": "1000000 500000 1 1",
    "ix_orders_number_text": "1000000 500000 1 1 1",
    "ix_orders_facet_created": "1000000 500000 20000 1 1",
    "ix_orders_facet_updated": "1000000 500000 20000 1 1",
    "ix_orders_facet_total": "1000000 500000 20000 3 1 1",
    "ix_orders_facet_number": "1000000 500000 20000 1 1",
    "ix_orders_customer": "1000000 500000 10 1 1",
    "ix_orders_email": "1000000 500000 10 1 1",
    "ix_orders_open_saved": "1000000 500000 3",
    "ix_orders_deadline": "1000000 500000 3",
    "sqlite_autoindex_orders_1": "1000000 1",
    "sqlite_autoindex_orders_2": "1000000 1",
}
"""Index -> rows in all, then rows per value of its first column, of its first two …"""


def _statistics() -> None:
    """Tell SQLite's planner what a grown shop looks like: without statistics it thinks a range narrower than an address.

    https://www.sqlite.org/fileformat2.html#stat1tab; ANALYZE replaces these by what it finds.
    """
    op.execute("ANALYZE sqlite_schema")
    table = sa.table("sqlite_stat1", sa.column("tbl"), sa.column("idx"), sa.column("stat"))
    op.bulk_insert(table, [{"tbl": "orders", "idx": index, "stat": stat} for index, stat in _STATISTICS.items()])
