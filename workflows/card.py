"""What an operator sees of an order in the Temporal web UI: search attributes, status card, summaries.

Search attributes are not encrypted, so no e-mail, name or address is among them. SQL visibility holds at
most three of each type besides ten keywords.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from domain import ledger
from domain.money import format_decimal
from domain.operations import Operation
from domain.order import Order
from domain.status import fulfillment_status, lifecycle, payment_status
from domain.windows import next_deadline, waiting_on, waits_for

ORDER_STATUS: Final = SearchAttributeKey.for_keyword("OrderStatus")
LIFECYCLE: Final = SearchAttributeKey.for_keyword("OrderLifecycle")
PAYMENT_STATUS: Final = SearchAttributeKey.for_keyword("PaymentStatus")
FULFILLMENT_STATUS: Final = SearchAttributeKey.for_keyword("FulfillmentStatus")
CUSTOMER_ID: Final = SearchAttributeKey.for_keyword("CustomerId")
WAITS_FOR: Final = SearchAttributeKey.for_keyword("WaitsFor")
ORDER_MODE: Final = SearchAttributeKey.for_keyword("OrderMode")
ENDPOINT_STATUS: Final = SearchAttributeKey.for_keyword("EndpointStatus")
"""Of a webhook endpoint's workflow: active, failing, disabled."""
ORDER_NUMBER: Final = SearchAttributeKey.for_int("OrderNumber")
ORDER_TOTAL: Final = SearchAttributeKey.for_int("OrderTotal")
ORDER_VERSION: Final = SearchAttributeKey.for_int("OrderVersion")
NEXT_DEADLINE: Final = SearchAttributeKey.for_datetime("NextDeadline")
UPDATED_AT: Final = SearchAttributeKey.for_datetime("OrderUpdatedAt")

SEARCH_ATTRIBUTES: Final[tuple[SearchAttributeKey[Any], ...]] = (
    ORDER_STATUS,
    LIFECYCLE,
    PAYMENT_STATUS,
    FULFILLMENT_STATUS,
    CUSTOMER_ID,
    WAITS_FOR,
    ORDER_MODE,
    ENDPOINT_STATUS,
    ORDER_NUMBER,
    ORDER_TOTAL,
    ORDER_VERSION,
    NEXT_DEADLINE,
    UPDATED_AT,
)
"""Registered by the worker at start; named on the dev server's command line."""


def attributes(order: Order) -> dict[SearchAttributeKey[Any], Any]:
    """Key -> value, None where it has none."""
    deadline = next_deadline(order)
    return {
        ORDER_STATUS: lifecycle(order),
        LIFECYCLE: "closed" if order.closed_at else lifecycle(order),
        PAYMENT_STATUS: payment_status(order),
        FULFILLMENT_STATUS: fulfillment_status(order),
        CUSTOMER_ID: order.customer_id,
        WAITS_FOR: waiting_on(order),
        ORDER_MODE: "live" if order.livemode else "test",
        ORDER_NUMBER: order.number,
        ORDER_TOTAL: order.total,
        ORDER_VERSION: order.version,
        NEXT_DEADLINE: deadline[0].at if deadline else None,
        UPDATED_AT: order.updated_at,
    }


def at_start(order: Order) -> TypedSearchAttributes:
    """The attributes a workflow starts with."""
    return TypedSearchAttributes(
        [SearchAttributePair(key, value) for key, value in attributes(order).items() if value is not None]
    )


def shown(known: TypedSearchAttributes) -> dict[SearchAttributeKey[Any], Any]:
    """What a run starts with: its client's attributes, or its predecessor's."""
    return {key: known.get(key) for key in SEARCH_ATTRIBUTES}


def changes(before: dict[SearchAttributeKey[Any], Any], after: dict[SearchAttributeKey[Any], Any]) -> list[Any]:
    """Only what differs, as one upsert; nothing when it is only moments, by less than a minute.

    The client shows a new order as of its own clock; the placing that comes a second later is not worth an event.
    """
    differing = {key: value for key, value in after.items() if before.get(key) != value}
    if all(_nearly(before.get(key), value) for key, value in differing.items()):
        return []
    return [key.value_unset() if value is None else key.value_set(value) for key, value in differing.items()]


def _nearly(one: object, other: object) -> bool:
    return isinstance(one, datetime) and isinstance(other, datetime) and abs(one - other) < timedelta(minutes=1)


def summary(order: Order) -> str:
    """Static summary: one line for the list of workflows."""
    return f"#{order.number} · {sum(line.quantity for line in order.lines)} units · {money(order, order.total)}"


def details(order: Order) -> str:
    """Static details: what was ordered."""
    lines = "\n".join(
        f"- {line.quantity} × {line.title} ({line.sku or line.variant_id or 'custom'})" for line in order.lines[:20]
    )
    return f"**Order #{order.number}** ({'live' if order.livemode else 'test'})\n\n{lines}\n\nTotal {money(order, order.total)}"


def status_card(order: Order, busy_with: str | None = None) -> str:
    """Markdown of where the order stands and what it waits for."""
    waits = "\n".join(f"- {item}" for item in waits_for(order)) or "- nothing"
    deadline = next_deadline(order)
    due = f"{deadline[0].name} at {when(deadline[0].at)}" if deadline else "none"
    return (
        f"## #{order.number}: {lifecycle(order)}{' (closed)' if order.closed_at else ''}\n\n"
        f"{payment_status(order)} · {fulfillment_status(order)} · version {order.version}\n\n"
        f"| total | captured | refunded | due |\n|---|---|---|---|\n"
        f"| {money(order, order.total)} | {money(order, ledger.captured(order))} "
        f"| {money(order, ledger.refunded(order))} | {money(order, ledger.due(order))} |\n\n"
        f"**Waits for**\n{waits}\n\n**Next timer**: {due}\n" + (f"\n**Busy with**: {busy_with}\n" if busy_with else "")
    )


def timer_summary(name: str, at: datetime) -> str:
    """'return window closes 2026-12-22 10:00 UTC'."""
    return f"{name} closes {when(at)}"


def money_summary(order: Order, verb: str, operations: list[Operation]) -> str:
    """'pay: authorize 56.38 USD'."""
    return f"{verb}: " + ", ".join(f"{op.kind} {money(order, op.amount)}" for op in operations)


def money(order: Order, amount: int) -> str:
    return f"{format_decimal(amount, order.currency)} {order.currency}"


def when(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
