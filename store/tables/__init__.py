"""Every table, as SQLAlchemy Core, by noun; migrations/ makes them and a test says the two agree.

Rules: times are integer epoch seconds; amounts minor units; texts compare by bytes on both databases
(SQLite's BINARY, PostgreSQL's "C"), so that ranges, prefixes and keysets agree; `livemode` is in every key.
"""

from store.tables.access import api_keys, claims, rate_windows, worker_heartbeats
from store.tables.base import metadata
from store.tables.credit import store_credit, store_credit_entries, store_credit_payments
from store.tables.delivery import outbox, webhook_attempts, webhook_deliveries, webhook_endpoints
from store.tables.deltas import count_deltas, tally_deltas
from store.tables.money import (
    ledger_differences,
    payment_operations,
    provider_events,
    sandbox_payments,
    sandbox_refunds,
)
from store.tables.orders import commands, counters, events, external_numbers, order_counts, orders
from store.tables.people import deadlines, order_waits, search_terms, tallies, tasks
from store.tables.staff import console_actions, money_back, people, sessions, sign_in_attempts, sign_in_links
from store.tables.stock import inventory, stock_movements, variants

__all__ = [
    "api_keys",
    "claims",
    "commands",
    "console_actions",
    "count_deltas",
    "counters",
    "deadlines",
    "events",
    "external_numbers",
    "inventory",
    "ledger_differences",
    "metadata",
    "money_back",
    "order_counts",
    "order_waits",
    "orders",
    "outbox",
    "payment_operations",
    "people",
    "provider_events",
    "rate_windows",
    "sandbox_payments",
    "sandbox_refunds",
    "search_terms",
    "sessions",
    "sign_in_attempts",
    "sign_in_links",
    "stock_movements",
    "store_credit",
    "store_credit_entries",
    "store_credit_payments",
    "tallies",
    "tally_deltas",
    "tasks",
    "variants",
    "webhook_attempts",
    "webhook_deliveries",
    "webhook_endpoints",
    "worker_heartbeats",
]
