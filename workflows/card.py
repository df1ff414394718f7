"""What an operator sees of an order in the Temporal web UI: search attributes, status card, summaries, from its standing.

Search attributes are not encrypted, so no e-mail, name or address is among them. SQL visibility holds at
most three of each type besides ten keywords.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from workflows.messages import Standing

ORDER_STATUS: Final = SearchAttributeKey.for_keyword("OrderStatus")
PAYMENT_STATUS: Final = SearchAttributeKey.for_keyword("PaymentStatus")
FULFILLMENT_STATUS: Final = SearchAttributeKey.for_keyword("FulfillmentStatus")
CUSTOMER_ID: Final = SearchAttributeKey.for_keyword("CustomerId")
WAITS_FOR: Final = SearchAttributeKey.for_keyword("WaitsFor")
ORDER_MODE: Final = SearchAttributeKey.for_keyword("OrderMode")
ENDPOINT_STATUS: Final = SearchAttributeKey.for_keyword("EndpointStatus")
"""Of a webhook endpoint's workflow: active, failing, disabled."""
SHAPE: Final = SearchAttributeKey.for_keyword("OrderShape")
"""Which shape of OrderWorkflow started the run; a run of an older shape, or of none, is rebuilt."""
ORDER_NUMBER: Final = SearchAttributeKey.for_int("OrderNumber")
ORDER_TOTAL: Final = SearchAttributeKey.for_int("OrderTotal")
ORDER_VERSION: Final = SearchAttributeKey.for_int("OrderVersion")
NEXT_DEADLINE: Final = SearchAttributeKey.for_datetime("NextDeadline")
UPDATED_AT: Final = SearchAttributeKey.for_datetime("OrderUpdatedAt")

CURRENT_SHAPE: Final = "2"
"""Raise it with an incompatible change of OrderWorkflow: starting the engine then rebuilds every open order."""

WINDOWS_OF_ONE: Final = {"ship_by": "ship-back window", "hold": "hold"}
SEARCH_ATTRIBUTES: Final[tuple[SearchAttributeKey[Any], ...]] = (
    ORDER_STATUS,
    PAYMENT_STATUS,
    FULFILLMENT_STATUS,
    CUSTOMER_ID,
    WAITS_FOR,
    ORDER_MODE,
    ENDPOINT_STATUS,
    SHAPE,
    ORDER_NUMBER,
    ORDER_TOTAL,
    ORDER_VERSION,
    NEXT_DEADLINE,
    UPDATED_AT,
)
"""Registered by the worker; named on the dev server's command line."""


def attributes(standing: Standing) -> dict[SearchAttributeKey[Any], Any]:
    """Key -> value, None where it has none."""
    return {
        ORDER_STATUS: standing.status,
        PAYMENT_STATUS: standing.payment,
        FULFILLMENT_STATUS: standing.fulfillment,
        CUSTOMER_ID: standing.customer,
        WAITS_FOR: standing.waits_on,
        ORDER_MODE: "live" if standing.live else "test",
        SHAPE: CURRENT_SHAPE,
        ORDER_NUMBER: standing.number,
        ORDER_TOTAL: standing.total,
        ORDER_VERSION: standing.version,
        NEXT_DEADLINE: standing.deadline.at if standing.deadline else None,
        UPDATED_AT: standing.updated_at,
    }


def at_start(standing: Standing) -> TypedSearchAttributes:
    """The attributes a workflow starts with."""
    return TypedSearchAttributes(
        [SearchAttributePair(key, value) for key, value in attributes(standing).items() if value is not None]
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


def status_card(standing: Standing | None, busy_with: str | None = None, note: str | None = None) -> str:
    """Markdown of where the order stands and what it waits for, for the web UI's *User Metadata* tab.

    Its renderer (2.54) has no tables, and shows a list raw unless an empty line stands before it.
    """
    if standing is None:
        return "The order's row has not been read yet."
    total, captured, refunded, due = standing.money
    waits = "\n".join(f"- {item}" for item in standing.waits) or "- nothing"
    deadline = standing.deadline
    paragraphs = [
        f"### #{standing.number}: {standing.status}",
        f"{standing.payment} · {standing.fulfillment} · version {standing.version}",
        f"Total **{total}** · captured {captured} · refunded {refunded} · due **{due}**",
        f"**Waits for**\n\n{waits}",
        f"**Next**: {called(deadline.name)}, {when(deadline.at)}" if deadline else "**Next**: nothing by itself",
    ]
    paragraphs += [f"**Busy with**: {busy_with}"] if busy_with else []
    paragraphs += [f"**Note**: {note}"] if note else []
    return "\n\n".join(paragraphs) + "\n"


def timer_summary(name: str, at: datetime) -> str:
    """'return window closes 2026-12-22 10:00 UTC'."""
    return f"{called(name)} closes {when(at)}"


def called(name: str) -> str:
    """A window as a person calls it: those of one return or hold are named by its id (domain/windows.py)."""
    return WINDOWS_OF_ONE.get(name.partition(":")[0], name)


def when(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
