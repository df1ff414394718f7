"""Every refusal the engine knows, as a tree; a face turns the `code` into its own words and status.

OrderError                      a rule of the order refuses the command; nothing changed
├── InvalidInput                the command's own content is wrong (422); `field` names it
│   ├── UnknownVariant          no such variant and not a custom line
│   ├── AmountTooLarge          more than is due, authorised or refundable
│   └── InvalidQuantity         quantity ≤ 0 or more than is left
├── NotFound                    the order, or something in it, does not exist
├── Conflict                    the order's state forbids it; `event` is the one that made it so
│   ├── InvalidTransition       the verb does not fit the stage
│   ├── AlreadyCancelled / AlreadyFulfilled (NothingLeft) / AlreadyClosed / NotShipped
│   ├── CancelWindowClosed / ReturnWindowClosed / OnHold
│   ├── NothingToRefund / NothingDue / UnknownRequest
│   └── InsufficientInventory   `lines` names what is short
├── PaymentRequired             fulfil before pay (402)
└── PaymentDeclined             the provider declined (402); `decline_code`, or `requires_action` with a secret

`Declined` (an answer) is not `ProviderUnavailable` (no answer): see activities/providers/base.py.
The domain knows no HTTP status. Every leaf has a stable `code` and JSON-safe `data`.
"""

from typing import Any, ClassVar


class OrderError(Exception):
    """A refusal. `code` is stable, `message` for people, `data` JSON-safe details, `field` the input at fault."""

    code: ClassVar[str] = "order_error"

    def __init__(self, message: str, *, field: str | None = None, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.data: dict[str, Any] = data

    def to_dict(self) -> dict[str, Any]:
        """What crosses Temporal as failure details: `{code, message, field, data}`."""
        return {"code": self.code, "message": self.message, "field": self.field, "data": self.data}

    @staticmethod
    def from_dict(value: dict[str, Any]) -> "OrderError":
        """The reverse of `to_dict`. KeyError for a code that is no leaf."""
        kind = ERRORS[value["code"]]
        return kind(value["message"], field=value.get("field"), **value.get("data", {}))


class InvalidInput(OrderError):
    code = "validation_error"


class UnknownVariant(InvalidInput):
    code = "unknown_variant"


class AmountTooLarge(InvalidInput):
    code = "amount_too_large"


class InvalidQuantity(InvalidInput):
    code = "invalid_quantity"


class NotFound(OrderError):
    code = "not_found"


class LineNotFound(NotFound):
    code = "line_not_found"


class FulfillmentNotFound(NotFound):
    code = "fulfillment_not_found"


class Conflict(OrderError):
    code = "conflict"


class InvalidTransition(Conflict):
    code = "invalid_transition"


class AlreadyCancelled(Conflict):
    code = "order_already_cancelled"


class AlreadyFulfilled(Conflict):
    code = "order_already_fulfilled"


class NothingLeft(AlreadyFulfilled):
    """No unit is left to fulfil."""

    code = "nothing_left_to_fulfill"


class AlreadyClosed(Conflict):
    code = "order_already_closed"


class NotShipped(Conflict):
    code = "order_not_shipped"


class CancelWindowClosed(Conflict):
    code = "cancel_window_closed"


class ReturnWindowClosed(Conflict):
    code = "return_window_closed"


class OnHold(Conflict):
    code = "order_on_hold"


class NothingToRefund(Conflict):
    code = "nothing_to_refund"


class NothingDue(Conflict):
    code = "nothing_due"


class InsufficientInventory(Conflict):
    code = "insufficient_inventory"


class PaymentRequired(OrderError):
    code = "payment_required"


class PaymentDeclined(OrderError):
    code = "payment_declined"


class PreconditionFailed(OrderError):
    """If-Match named an older version (RFC 9110 section 13.1.1)."""

    code = "precondition_failed"


class UnknownRequest(Conflict):
    """A command was sent by reference, and the database knows nothing of it (it was restored from before)."""

    code = "unknown_request"


class ProviderMissing(InvalidInput):
    """No payment provider serves this mode (contract section 2)."""

    code = "provider_missing"


def _leaves(kind: type[OrderError]) -> list[type[OrderError]]:
    found = [kind]
    for child in kind.__subclasses__():
        found += _leaves(child)
    return found


ERRORS: dict[str, type[OrderError]] = {kind.code: kind for kind in _leaves(OrderError)}
"""Stable code -> class."""
