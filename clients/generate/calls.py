"""Every call of the clients, in one table: a row is a method in JavaScript, Go and Python.

The rule: a route of hanzo or of the engine's own face is a row here, or it stands in NOT_OFFERED with the reason; a test holds
that. What a call takes and answers is not here: OpenAPI says it.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Row:
    """One method: `resource.name`, camelCase."""

    resource: str
    name: str
    route: str
    """`METHOD /path`, as OpenAPI spells it."""
    walks: bool = False
    """Beside it there is `all`, which follows `nextCursor` to the end."""


CALLS: Final = (
    # Orders: hanzo's face.
    Row("orders", "list", "GET /order"),
    Row("orders", "get", "GET /order/{id}"),
    Row("orders", "create", "POST /order"),
    Row("orders", "update", "PATCH /order/{id}"),
    Row("orders", "confirm", "POST /order/{id}/confirm"),
    Row("orders", "pay", "POST /order/{id}/pay"),
    Row("orders", "authorize", "POST /order/{id}/authorize"),
    Row("orders", "capture", "POST /order/{id}/capture"),
    Row("orders", "void", "POST /order/{id}/void"),
    Row("orders", "fulfill", "POST /order/{id}/fulfill"),
    Row("orders", "deliver", "POST /order/{id}/deliver"),
    Row("orders", "cancel", "POST /order/{id}/cancel"),
    Row("orders", "cancelItems", "POST /order/{id}/items/cancel"),
    Row("orders", "edit", "POST /order/{id}/edits"),
    Row("orders", "refund", "POST /order/{id}/refund"),
    Row("orders", "hold", "POST /order/{id}/holds"),
    Row("orders", "releaseHold", "DELETE /order/{id}/holds/{holdId}"),
    Row("orders", "return", "POST /order/{id}/return"),
    Row("orders", "returns", "GET /order/{id}/returns"),
    Row("orders", "getReturn", "GET /order/{id}/return/{returnId}"),
    Row("orders", "approveReturn", "POST /order/{id}/return/{returnId}/approve"),
    Row("orders", "rejectReturn", "POST /order/{id}/return/{returnId}/reject"),
    Row("orders", "withdrawReturn", "POST /order/{id}/return/{returnId}/withdraw"),
    Row("orders", "receiveReturn", "POST /order/{id}/return/{returnId}/receive"),
    Row("orders", "exchange", "POST /order/{id}/exchange"),
    Row("orders", "exchanges", "GET /order/{id}/exchanges"),
    Row("orders", "getExchange", "GET /order/{id}/exchange/{exchangeId}"),
    Row("orders", "claim", "POST /order/{id}/claim"),
    Row("orders", "claims", "GET /order/{id}/claims"),
    Row("orders", "getClaim", "GET /order/{id}/claim/{claimId}"),
    Row("orders", "events", "GET /order/{id}/events"),
    # Orders: what the engine knows of them beside.
    Row("orders", "explain", "GET /engine/orders/{id}/explain"),
    Row("orders", "waiting", "GET /engine/orders/{id}/waiting"),
    Row("orders", "timers", "GET /engine/orders/{id}/timers"),
    Row("orders", "moveTimer", "POST /engine/orders/{id}/timers/{name}"),
    # People's lists.
    Row("search", "list", "GET /engine/orders", walks=True),
    Row("tasks", "list", "GET /engine/tasks", walks=True),
    Row("agenda", "list", "GET /engine/agenda", walks=True),
    Row("stats", "get", "GET /engine/stats"),
    # What is sold.
    Row("catalog", "list", "GET /engine/catalog"),
    Row("catalog", "get", "GET /engine/catalog/{variantId}"),
    Row("catalog", "put", "PUT /engine/catalog/{variantId}"),
    Row("catalog", "delete", "DELETE /engine/catalog/{variantId}"),
    Row("stock", "get", "GET /engine/inventory/{variantId}"),
    Row("stock", "set", "PUT /engine/inventory/{variantId}"),
    Row("stock", "adjust", "POST /engine/inventory/{variantId}/adjust"),
    Row("stock", "movements", "GET /engine/inventory/{variantId}/movements"),
    Row("shippingMethods", "list", "GET /engine/shipping-methods"),
    # Customers, keys, webhooks.
    Row("credit", "get", "GET /engine/customers/{customerId}/credit"),
    Row("credit", "grant", "POST /engine/customers/{customerId}/credit"),
    Row("keys", "list", "GET /engine/keys"),
    Row("keys", "create", "POST /engine/keys"),
    Row("keys", "revoke", "DELETE /engine/keys/{keyId}"),
    Row("webhooks", "list", "GET /webhook"),
    Row("webhooks", "create", "POST /webhook"),
    Row("webhooks", "get", "GET /webhook/{webhookId}"),
    Row("webhooks", "update", "PATCH /webhook/{webhookId}"),
    Row("webhooks", "delete", "DELETE /webhook/{webhookId}"),
    Row("webhooks", "deliveries", "GET /webhook/{webhookId}/deliveries"),
    Row("webhooks", "test", "POST /webhook/{webhookId}/test"),
    Row("webhooks", "redeliver", "POST /webhook/{webhookId}/redeliver"),
    Row("webhooks", "replay", "POST /webhook/{webhookId}/replay"),
    Row("webhooks", "rotate", "POST /webhook/{webhookId}/rotate"),
)

NOT_OFFERED: Final[dict[str, str]] = {}
"""Route -> why no client has it."""

RESOURCES: Final[dict[str, str]] = {
    "orders": "Orders, one method per verb. `id`: the order's id, its UUID or its display number.",
    "search": "Orders of every face, found by what somebody remembers of them or by what they wait for.",
    "tasks": "What people have to do.",
    "agenda": "Every coming deadline.",
    "stats": "Orders and money per day.",
    "catalog": "What is sold, by variant.",
    "stock": "How many there are, by variant.",
    "shippingMethods": "How an order may be sent.",
    "credit": "A customer's store credit.",
    "keys": "Restricted and customer keys.",
    "webhooks": "Endpoints that get every event, and what was sent to them.",
}
"""Resource -> what it is, in the order a client shows them."""
