"""Typed client of the Ordermill order engine: its hanzo face (documents 000 and 001) and what the engine knows beside.

Blocking (`Commerce`) and asyncio (`AsyncCommerce`). What calls take is in `inputs`, what they answer in `answers`.
"""

from ordermill_client.answers import (
    Claim,
    DryRun,
    EditedOrder,
    Exchange,
    Fulfillment,
    Hold,
    Item,
    Order,
    OrderEvent,
    OrderList,
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
from ordermill_client.sending import Options
from ordermill_client.sync import Commerce
from ordermill_client.verification import WebhookError, construct_event
from ordermill_client.version import VERSION

__all__ = [
    "VERSION",
    "AsyncCommerce",
    "AuthenticationFailed",
    "Claim",
    "Commerce",
    "CommerceError",
    "Conflict",
    "DryRun",
    "EditedOrder",
    "Exchange",
    "Fulfillment",
    "Hold",
    "Item",
    "NoAnswer",
    "NotFound",
    "NotPermitted",
    "Options",
    "Order",
    "OrderEvent",
    "OrderList",
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
    "WebhookError",
    "construct_event",
]
