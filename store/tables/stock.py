"""The catalogue, what is on the shelf, and every movement of it."""

from sqlalchemy import Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from store.tables.base import Json, Key, Serial, Whole, Word, metadata

variants = Table(
    "variants",
    metadata,
    Column("livemode", Boolean, nullable=False),
    Column("id", Key, nullable=False),
    Column("product_id", Key),
    Column("product_name", Text, nullable=False),
    Column("variant_title", Text),
    Column("title", Text, nullable=False),
    Column("sku", Key),
    Column("unit_price", Whole, nullable=False),
    Column("currency", Word, nullable=False),
    Column("weight_grams", Whole),
    Column("requires_shipping", Boolean, nullable=False),
    Column("is_gift_card", Boolean, nullable=False),
    Column("options", Json, nullable=False),
    Column("product_type", Text),
    Column("vendor", Text),
    Column("compare_price", Whole),
    Column("image_url", Text),
    Column("auto_fulfilment", Boolean, nullable=False),
    Column("is_multi", Boolean, nullable=False),
    Column("updated_at", Whole, nullable=False),
    PrimaryKeyConstraint("livemode", "id"),
)

inventory = Table(
    "inventory",
    metadata,
    Column("livemode", Boolean, nullable=False),
    Column("variant_id", Key, nullable=False),
    Column("on_hand", Whole, nullable=False),
    Column("reserved", Whole, nullable=False),
    Column("allow_backorder", Boolean, nullable=False),
    Column("track", Boolean, nullable=False),
    PrimaryKeyConstraint("livemode", "variant_id"),
)

stock_movements = Table(
    "stock_movements",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("livemode", Boolean, nullable=False),
    Column("variant_id", Key, nullable=False),
    Column("order_id", Key),  # none: moved by hand
    Column("order_version", Integer),
    Column("line_id", Key),
    Column("on_hand", Whole, nullable=False),  # deltas
    Column("reserved", Whole, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Whole, nullable=False),
    Index("ix_stock_movements_variant", "livemode", "variant_id", "id"),
    Index("uq_stock_movements_order", "order_id", "order_version", "line_id", "reason", unique=True),
)
