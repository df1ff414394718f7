"""The order that the Restate and DBOS apps keep: what the engine does to a paid order, written once with asyncpg.

Each step is one transaction: the order's row with its lines, stock, an event and a mail to send. Doing a step again changes
nothing, because both engines may run a step twice. Imported by the apps in their own environments: nothing but asyncpg here.
"""

import json
import uuid
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]

PRICES: Final = {"var_xyz789": 2999}
SHIPPING: Final = {"ship_standard": 599}
TAX_PERCENT: Final = 12
STOCK: Final = 10_000_000
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS stock (variant text PRIMARY KEY, on_hand int NOT NULL, reserved int NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
    id text PRIMARY KEY, version int NOT NULL, status text NOT NULL, total int NOT NULL, document jsonb NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_status ON orders (status, updated_at);
CREATE TABLE IF NOT EXISTS order_events (
    order_id text NOT NULL, version int NOT NULL, kind text NOT NULL, at timestamptz NOT NULL,
    PRIMARY KEY (order_id, version)
);
CREATE TABLE IF NOT EXISTS outbox (id bigserial PRIMARY KEY, order_id text NOT NULL, template text NOT NULL);
"""


async def opened() -> Any:
    """A pool on the database that PGHOST, PGPORT, PGUSER and PGDATABASE name, with the tables and the stock."""
    pool = await asyncpg.create_pool(min_size=4, max_size=20)
    await pool.execute(SCHEMA)
    for variant in PRICES:
        await pool.execute("INSERT INTO stock VALUES ($1, $2, 0) ON CONFLICT DO NOTHING", variant, STOCK)
    return pool


def priced(order_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """The order's document. KeyError for a variant or shipping method there is not."""
    lines = [{**item, "unitPrice": PRICES[item["variantId"]]} for item in body["items"]]
    subtotal = sum(line["quantity"] * line["unitPrice"] for line in lines)
    shipping = SHIPPING[body["shippingMethodId"]]
    tax = subtotal * TAX_PERCENT // 100
    found = {"subtotal": subtotal, "shippingTotal": shipping, "taxTotal": tax, "total": subtotal + shipping + tax}
    return {**body, **found, "id": order_id, "items": lines, "payments": []}


async def place(pool: Any, order_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """A priced draft."""
    document = priced(order_id, body)
    async with pool.acquire() as connection, connection.transaction():
        new = await connection.fetchval(
            "INSERT INTO orders VALUES ($1, 1, 'draft', $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id",
            order_id, document["total"], json.dumps(document), datetime.now(UTC),
        )  # fmt: skip
        if new:
            await _event(connection, order_id, 1, "placed")
    return answer(document, "draft")


async def confirm(pool: Any, order_id: str) -> dict[str, Any]:
    """The stock reserved, all lines or none. ValueError when it is short."""
    async with pool.acquire() as connection, connection.transaction():
        document = await _moved(connection, order_id, 1, "confirmed")
        if document is None:
            return await found(connection, order_id)
        for line in document["items"]:
            reserved = await connection.fetchval(
                "UPDATE stock SET reserved = reserved + $2 WHERE variant = $1 AND on_hand - reserved >= $2 RETURNING 1",
                line["variantId"], line["quantity"],
            )  # fmt: skip
            if not reserved:
                raise ValueError(f"items: {line['variantId']} is out of stock")
        await _event(connection, order_id, 2, "confirmed")
        await connection.execute("INSERT INTO outbox (order_id, template) VALUES ($1, 'confirmed')", order_id)
    return answer(document, "confirmed")


async def charge(order_id: str, amount: int, method: str) -> dict[str, Any]:
    """The sandbox's payment: an answer, and no network, as in the engine's sandbox."""
    return {
        "id": f"pay_{uuid.uuid4().hex}",
        "order": order_id,
        "amount": amount,
        "method": method,
        "status": "captured",
    }


async def paid(pool: Any, order_id: str, payment: dict[str, Any]) -> dict[str, Any]:
    """The payment written down."""
    async with pool.acquire() as connection, connection.transaction():
        document = await _moved(connection, order_id, 2, "paid")
        if document is None:
            return await found(connection, order_id)
        document["payments"].append(payment)
        await connection.execute("UPDATE orders SET document = $2 WHERE id = $1", order_id, json.dumps(document))
        await _event(connection, order_id, 3, "paid")
        await connection.execute("INSERT INTO outbox (order_id, template) VALUES ($1, 'paid')", order_id)
    return answer(document, "paid")


async def cancel_unpaid(pool: Any, order_id: str) -> dict[str, Any]:
    """The payment window has passed: the stock is free again."""
    async with pool.acquire() as connection, connection.transaction():
        document = await _moved(connection, order_id, 2, "cancelled")
        if document is None:
            return await found(connection, order_id)
        for line in document["items"]:
            await connection.execute(
                "UPDATE stock SET reserved = reserved - $2 WHERE variant = $1", line["variantId"], line["quantity"]
            )
        await _event(connection, order_id, 3, "cancelled")
    return answer(document, "cancelled")


async def found(connection: Any, order_id: str) -> dict[str, Any]:
    """As it is stored. KeyError when there is none."""
    row = await connection.fetchrow("SELECT status, document FROM orders WHERE id = $1", order_id)
    if row is None:
        raise KeyError(order_id)
    return answer(json.loads(row["document"]), row["status"])


def answer(document: dict[str, Any], status: str) -> dict[str, Any]:
    return {**document, "status": status}


async def _moved(connection: Any, order_id: str, version: int, status: str) -> dict[str, Any] | None:
    """The document of the order that was at this version, now a version on; None when it is elsewhere already."""
    stored = await connection.fetchval(
        "UPDATE orders SET version = version + 1, status = $3, updated_at = $4 "
        "WHERE id = $1 AND version = $2 RETURNING document",
        order_id, version, status, datetime.now(UTC),
    )  # fmt: skip
    return None if stored is None else json.loads(stored)


async def _event(connection: Any, order_id: str, version: int, kind: str) -> None:
    await connection.execute(
        "INSERT INTO order_events VALUES ($1, $2, $3, $4)", order_id, version, kind, datetime.now(UTC)
    )
