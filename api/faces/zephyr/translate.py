"""zephyr's words ↔ the domain's (contract section 7): requests into commands, errors into types and codes."""

from typing import Any, Final

from api.faces.zephyr import schemas as s
from api.faces.zephyr import status as words
from api.faces.zephyr.answers import TaxCalculation
from api.http.problems import Problem, status_of
from api.spelling import wire
from domain import commands as c
from domain.commands import Command
from domain.errors import InvalidInput
from domain.order import Order, Tracking
from domain.policy import TaxSource

LINE: Final = wire.Prefixed("li_")
EXCHANGE: Final = wire.Prefixed("exch_")
REFUND: Final = wire.Prefixed("re_")
HOLD: Final = wire.Prefixed("hold_")
NOTE_DEPRECATED: Final = "@1780099200"
"""RFC 9745: the changelog of 2026-05-30 deprecated `note`."""
TAX_SOURCES: Final[dict[TaxSource, TaxCalculation]] = {
    "rates": "zephyr", "stripe_tax": "stripe_tax", "avalara": "avalara",
}  # fmt: skip
"""Who calculated an order's taxes -> document 002's word."""

WORDS: Final[dict[str, tuple[int | None, str]]] = {
    "bad_json": (None, "invalid_json"),
    "timeout": (None, "unavailable"),
    "unauthorized": (None, "invalid_api_key"),
    "insufficient_permissions": (None, "forbidden"),
    "not_found": (None, "resource_missing"),
    "payment_declined": (None, "card_declined"),
    "immutable_field": (422, "immutable_field"),
    "line_not_found": (422, "validation_error"),
    "fulfillment_not_found": (409, "invalid_transition"),
    "provider_missing": (None, "validation_error"),
    "nothing_left_to_fulfill": (None, "order_already_fulfilled"),
}
"""Codes that are not zephyr's own words; all others are answered as they are."""

_PARAMS: Final = {
    "amount": "amount_cents",
    "tracking": "fulfilment",
    "fulfillment_id": "fulfilment",
    "lines": "fulfilment",
    "quantity": "fulfilment",
}
"""The domain's fields in zephyr's words."""


def error_body(problem: Problem, code: str, request_id: str) -> dict[str, Any]:
    """`{"error": {type, code, message, param}}`; refusals name the winning event, declines their code."""
    error: dict[str, Any] = {
        "type": error_type(problem.code),
        "code": code,
        "message": problem.message,
        "param": _PARAMS.get(problem.field or "", problem.field) if problem.by_rule else problem.field,
    }
    event = problem.data.get("event")
    if event:
        error["event"] = {"type": event["type"], "id": wire.EVENT.encode(str(event["id"]))}
    if problem.data.get("decline_code"):
        error["decline_code"] = problem.data["decline_code"]
    return {"error": error}


def error_type(code: str) -> str:
    """Which of document 002's families a neutral code belongs to."""
    if code.startswith("idempotency"):
        return "idempotency_error"
    status = status_of(code)
    if status in (401, 403):
        return "authentication_error"
    if status == 402:
        return "card_error"
    return "api_error" if status >= 500 else "invalid_request_error"


def refund(body: s.RefundOrder) -> c.Refund:
    """`metadata.note` wins over the deprecated `note`."""
    metadata = dict(body.metadata or {})
    if body.note is not None:
        metadata.setdefault("note", body.note)
    return c.Refund(amount=body.amount_cents, code=body.reason, metadata=metadata)


def amend(order: Order, body: s.PatchOrder) -> Command | None:
    """PATCH, all or nothing: texts, then money, then parcels. None: nothing would change."""
    if body.model_extra:
        field = sorted(body.model_extra)[0]
        raise Problem("immutable_field", f"{field[:100]} cannot be changed", field=field[:100])
    steps: list[Command] = []
    if body.metadata is not None:
        steps.append(c.Update(metadata=body.metadata))
    if body.status is not None and body.status != words.status(order):
        steps.append(_status(body.status))
    parcels = _fulfilment(body.fulfilment) if body.fulfilment is not None else []
    if parcels and steps and isinstance(steps[-1], c.Cancel):
        raise InvalidInput("a cancelled order has no fulfilment", field="status")
    steps += parcels
    return c.together(steps) if steps else None


def _status(status: str) -> Command:
    if status == "cancelled":
        return c.Cancel()
    if status == "paid":
        return c.RecordPayment(gateway="manual")
    raise Problem("validation_error", f"the status cannot be set to {status}", field="status")


def _fulfilment(given: s.FulfilmentPatch) -> list[Command]:
    """Only the tracking fields given change."""
    names = {"carrier": "company", "tracking_number": "number", "tracking_url": "url"}
    fields = {names[name]: getattr(given, name) for name in given.model_fields_set if name in names}
    tracking = Tracking(**fields)
    if given.status == "shipped":
        return [c.Fulfill(tracking=tracking)]
    steps: list[Command] = [c.Deliver()] if given.status == "delivered" else []
    return [*steps, c.UpdateFulfillment(tracking=tracking)] if fields else steps
