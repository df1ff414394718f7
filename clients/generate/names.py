"""What the clients call the engine's schemas. A schema that is not here loses `Out`, or gets `Input` where it is a request's.

Two schemas under one name are a mistake unless SAME says that one stands for the other.
"""

from typing import Final

SAME: Final[dict[str, str]] = {"OrderOut": "ExpandedOrderOut", "ItemOut": "ExpandedItemOut", "SummaryOut": "ListedOut"}
"""What `expand` adds may be there or not: one type for both."""

NAMES: Final[dict[str, str]] = {
    "ExpandedOrderOut": "Order", "ExpandedItemOut": "Item", "ListedOut": "OrderSummary", "EditedOrderOut": "EditedOrder",
    "CreateOrder": "OrderInput", "UpdateOrder": "OrderUpdate", "LineIn": "OrderItemInput", "ItemUnits": "FulfillmentItem",
    "PayOrder": "PayInput", "AuthorizeOrder": "AuthorizeInput", "CapturePayment": "CaptureInput", "VoidPayment": "VoidInput",
    "FulfillOrder": "FulfillmentInput", "DeliverOrder": "DeliverInput", "CancelOrder": "CancelInput",
    "CancelItems": "CancelItemsInput", "EditOrder": "EditInput", "RefundOrder": "RefundInput", "RefundUnitsIn": "RefundItemInput",
    "PlaceHold": "HoldInput", "RequestReturn": "ReturnInput", "ReturnUnitsIn": "ReturnItemInput",
    "ReceivedUnitsIn": "ReceivedItemInput", "EventOut": "OrderEvent", "EventListOut": "OrderEventList",
    "answers__MoneyOut": "PlannedMoney", "people__MoneyOut": "AgendaMoney", "FoundOut": "FoundOrder",
    "FoundListOut": "FoundOrderList", "ComingOut": "Deadline", "ResolvedByOut": "Resolution", "DayOut": "StatsDay",
    "engine__schemas__VariantOut": "CatalogVariant", "VariantListOut": "CatalogVariantList", "PutVariant": "CatalogVariantInput",
    "PutStock": "StockInput", "AdjustStock": "StockAdjustment", "MovementOut": "StockMovement",
    "MovementListOut": "StockMovementList", "KeyOut": "APIKey", "KeyListOut": "APIKeyList", "MintKey": "APIKeyInput",
    "MintedKeyOut": "MintedAPIKey", "GrantCredit": "CreditInput", "CreateWebhook": "WebhookInput",
    "UpdateWebhook": "WebhookUpdate", "WebhookSecretOut": "WebhookWithSecret", "AttemptOut": "DeliveryAttempt",
    "ReplayOut": "Replayed", "AgendaOut": "DeadlineList", "StatsOut": "StatsReport", "StockOut": "StockLevel",
    "CreditOut": "CreditAccount", "RequestExchange": "ExchangeInput", "MakeClaim": "ClaimInput",
    "LabelOut": "ReturnLabel", "LabelIn": "ReturnLabelInput",
}  # fmt: skip
"""Schema -> the clients' word. Names that several faces use are keyed by the end of their path too."""

QUERIES: Final[dict[str, str]] = {
    "GET /order": "OrderListParams", "GET /order/{id}": "OrderGetParams", "GET /engine/orders": "SearchParams",
    "GET /engine/tasks": "TaskListParams", "GET /engine/agenda": "AgendaParams", "GET /engine/stats": "StatsParams",
    "GET /engine/catalog": "CatalogListParams", "GET /webhook/{webhookId}/deliveries": "DeliveryListParams",
    "GET /engine/customers/{customerId}/credit": "CreditParams",
}  # fmt: skip
"""Route -> the name of what its query takes."""

TIMES: Final = frozenset(("at", "since", "until", "due", "shipBy", "oldSecretUntil"))
"""Fields of answers that are times, beside those that end in `At`."""

CLEARED: Final = frozenset((("OrderUpdate", "notes"), ("WebhookUpdate", "description")))
"""Fields of requests where null says something: it empties them. Elsewhere null is refused, or is the same as nothing."""

SETTLED: Final = frozenset((("Refund", "id"), ("Refund", "amount"), ("Refund", "createdAt")))
"""Fields of answers that are null in a 202 only, which a client never returns: it says that the call is pending."""


def client_name(schema: str, *, asked: bool) -> str:
    """`api__faces__hanzo__answers__OrderOut` -> `Order`. `asked`: it is part of a request."""
    *path, last = schema.split("__")
    for start in range(len(path)):
        if (known := NAMES.get("__".join([*path[start:], last]))) is not None:
            return known
    if last in NAMES:
        return NAMES[last]
    if last.endswith("Out"):
        return last.removesuffix("Out")
    if asked and not last.endswith(("Input", "Op")):
        return f"{last.removesuffix('In')}Input"
    return last
