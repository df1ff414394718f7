"""An order's standing: what its workflow keeps and shows of it, and what a plan asks of a provider, in an operator's words.

Pure. The one place where the domain's facts become the workflow's few words, so that the workflow need not know the domain.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from domain import ledger
from domain.money import format_decimal
from domain.operations import Operation
from domain.order import Order
from domain.status import fulfillment_status, lifecycle, payment_status
from domain.windows import is_over, next_deadline, waiting_on, waits_for
from workflows.messages import AUTHORIZE, CAPTURE, LOOK_UP, REFUND, VOID, Asks, Deadline, Standing

WAITS_SHOWN: Final = 2
"""Of what an order waits for, so many are on the card; `waiting` in the API has them all."""
_ACTIVITY: Final = {"authorize": AUTHORIZE, "capture": CAPTURE, "void": VOID, "refund": REFUND, "sync": LOOK_UP}


def standing(order: Order, asking: Mapping[str, Any] | None = None) -> Standing:
    """Where the order stands. `asking`: the request whose money is under way, from its row."""
    deadline = next_deadline(order)
    fields: dict[str, Any] = {
        "version": order.version,
        "number": order.number,
        "status": "closed" if order.closed_at else lifecycle(order),
        "payment": payment_status(order),
        "fulfillment": fulfillment_status(order),
        "total": order.total,
        "money": (
            f"{format_decimal(order.total, order.currency)} {order.currency}",
            *(
                format_decimal(amount(order), order.currency)
                for amount in (ledger.captured, ledger.refunded, ledger.due)
            ),
        ),
        "waits_on": waiting_on(order),
        "waits": tuple(waits_for(order)[:WAITS_SHOWN]),
        "updated_at": order.updated_at,
    }
    # Fields left out stay out of the history.
    optional: dict[str, Any] = {
        "live": order.livemode,
        "customer": order.customer_id,
        "deadline": Deadline(name=deadline[0].name, at=deadline[0].at) if deadline else None,
        "asking": asking is not None,
        "over": is_over(order),
    }
    return Standing(**fields, **{name: value for name, value in optional.items() if value})


def asks_of(order: Order, verb: str, operations: Sequence[Operation]) -> Asks:
    """The activity that performs these operations, named after the first, and 'pay: authorize 56.38 USD'."""
    words = ", ".join(
        f"{op.kind} {format_decimal(op.amount, order.currency)} {order.currency}" if op.amount else op.kind
        for op in operations
    )
    return Asks(activity=_ACTIVITY[operations[0].kind], summary=f"{verb}: {words}")


def summary(order: Order) -> str:
    """Static summary: one line for the list of workflows."""
    units = sum(line.quantity for line in order.lines)
    goods = f"{units} unit{'s' if units > 1 else ''}"
    return f"#{order.number} · {goods} · {format_decimal(order.total, order.currency)} {order.currency}"


def details(order: Order) -> str:
    """Static details: what was ordered."""
    lines = "\n".join(
        f"- {line.quantity} × {line.title} ({line.sku or line.variant_id or 'custom'})" for line in order.lines[:20]
    )
    mode = "live" if order.livemode else "test"
    total = f"{format_decimal(order.total, order.currency)} {order.currency}"
    return f"**Order #{order.number}** ({mode})\n\n{lines}\n\nTotal {total}"
