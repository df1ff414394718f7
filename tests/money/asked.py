"""A drilled step as a request: which route of which face, and the body, on the order as it is stored now."""

from typing import Any

from domain import ledger
from domain.order import Order
from tests.api.faces import as_uuid
from tests.money.life import Step


def request_of(order: Order, step: Step) -> tuple[str, str, dict[str, Any]]:
    """Method, path and body of a step: storefront's for an edit, else hanzo's."""
    line = order.lines[0]
    if step.verb == "edit":
        quantity = max(1, min(6, round(line.quantity * 2 * step.portion)))
        return "PUT", f"/api/v1/orders/{order.number}/line_items/{as_uuid(line.id)}", {"quantity": quantity}
    verb, body = _hanzo(order, step)
    return "POST", f"/order/order_{order.id}/{verb}", body


def _hanzo(order: Order, step: Step) -> tuple[str, dict[str, Any]]:
    """Amounts are a portion of what is there, in steps Stripe can charge."""

    def part(whole: int) -> dict[str, int]:
        unit = 10 if order.currency in ("KWD", "BHD") else 1
        amount = int(whole * step.portion) // unit * unit
        return {"amount": amount} if step.portion < 1 and amount > 0 else {}

    match step.verb:
        case "pay":
            chosen = {"paymentMethod": step.method, **part(ledger.due(order) - ledger.held(order))}
            return "pay", chosen if step.capture is None else chosen | {"capture": step.capture}
        case "capture":
            return "capture", part(min(ledger.held(order), ledger.due(order)))
        case "refund":
            return "refund", {"reason": "drill", **part(ledger.refundable(order))}
        case "fulfill":
            one = {"items": [{"itemId": f"oitem_{order.lines[0].id}", "quantity": 1}]}
            return "fulfill", one if step.portion < 1 else {}
        case "units":
            unsent = order.lines[0].quantity - order.lines[0].cancelled - order.lines[0].sent
            units = max(1, int(unsent * step.portion))
            return "items/cancel", {"items": [{"itemId": f"oitem_{order.lines[0].id}", "quantity": units}]}
        case "cancel":
            return "cancel", {"reason": "customer_request"}
        case _:
            return "void", {}
