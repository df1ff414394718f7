"""The answer of a payment provider with which everything goes well: what must be legal before any money moves, and what a dry
run assumes."""

from typing import Literal

from domain.operations import Operation, Outcome
from domain.order import Order


def agreed(order: Order, operation: Operation) -> Outcome:
    """The answer of a provider with which everything goes well."""
    known = next((p for p in order.payments if p.id == operation.payment_id), None)
    held, taken, several = (known.authorized, known.captured, known.multicapture) if known else (0, 0, False)
    state: Literal["authorized", "captured", "canceled"] = "captured"
    match operation.kind:
        case "refund":
            return Outcome(operation=operation, status="succeeded", refund_state="succeeded", ref=operation.ref)
        case "authorize":
            held, taken = operation.amount, operation.amount if operation.capture else 0
            state = "captured" if operation.capture else "authorized"
        case "capture":
            taken += operation.amount
            state = "captured" if operation.final or taken >= held else "authorized"
        case "void":
            state = "canceled"
        case _:  # a payment that waits goes through, as the order's policy would have it
            held = known.amount if known else 0
            taken = held if order.policy.capture == "automatic" else 0
            state = "captured" if taken else "authorized"
    return Outcome(
        operation=operation, status="succeeded", state=state, ref=operation.ref, authorized=held, captured=taken,
        multicapture=several,
    )  # fmt: skip
