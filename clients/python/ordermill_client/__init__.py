"""Typed client of the Ordermill order engine: its hanzo face (documents 000 and 001), blocking and asyncio."""

from ordermill_client.answers import (
    Event,
    Fulfillment,
    Item,
    Order,
    OrderPage,
    OrderSummary,
    Payment,
    Refund,
    Return,
)
from ordermill_client.awaiting import AsyncCommerce
from ordermill_client.errors import (
    AuthenticationFailed,
    CommerceError,
    Conflict,
    NoAnswer,
    NotFound,
    NotPermitted,
    PaymentRefused,
    Pending,
    ProtocolBroken,
    RateLimited,
    Unavailable,
    ValidationFailed,
    VersionChanged,
)
from ordermill_client.exchange import Options
from ordermill_client.sync import Commerce

__all__ = [
    "AsyncCommerce",
    "AuthenticationFailed",
    "Commerce",
    "CommerceError",
    "Conflict",
    "Event",
    "Fulfillment",
    "Item",
    "NoAnswer",
    "NotFound",
    "NotPermitted",
    "Options",
    "Order",
    "OrderPage",
    "OrderSummary",
    "Payment",
    "PaymentRefused",
    "Pending",
    "ProtocolBroken",
    "RateLimited",
    "Refund",
    "Return",
    "Unavailable",
    "ValidationFailed",
    "VersionChanged",
]
