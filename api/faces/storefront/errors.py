"""storefront's error codes: document 003's ten with their HTTP statuses, and upper-case words for what it does not name.

    {"error": {"code", "message", "details": [{"field", "message"}], "request_id", …}}

Codes are told from the order's own refusals; a lost race names the event that won (`event`), a decline its `decline_code`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.faces.storefront.events import NAMES
from api.http.problems import Problem
from api.spelling import wire
from domain.errors import ERRORS

TRANSITION: Final = (400, "INVALID_STATUS_TRANSITION")
INVALID: Final = (422, "VALIDATION_ERROR")

WORDS: Final[dict[str, tuple[int | None, str]]] = {
    # Document 003.
    "order_not_found": (404, "ORDER_NOT_FOUND"),
    "order_already_cancelled": (409, "ORDER_ALREADY_CANCELLED"),
    "order_already_closed": (409, "ORDER_ALREADY_CLOSED"),
    "invalid_transition": TRANSITION,
    "line_not_found": (404, "LINE_ITEM_NOT_FOUND"),
    "invalid_quantity": (400, "INVALID_QUANTITY"),
    "insufficient_inventory": (400, "INSUFFICIENT_INVENTORY"),
    "fulfillment_not_found": (404, "FULFILLMENT_NOT_FOUND"),
    "amount_too_large": (400, "REFUND_EXCEEDS_TOTAL"),
    "nothing_to_refund": (400, "REFUND_EXCEEDS_TOTAL"),
    "payment_required": (402, "PAYMENT_REQUIRED"),
    "payment_declined": (402, "PAYMENT_REQUIRED"),
    # The order's other states, in the document's nearest word.
    "conflict": TRANSITION,
    "order_already_fulfilled": TRANSITION,
    "nothing_left_to_fulfill": (400, "INVALID_QUANTITY"),
    "order_not_shipped": TRANSITION,
    "nothing_due": TRANSITION,
    "unknown_request": TRANSITION,
    "cancel_window_closed": (409, "CANCEL_WINDOW_CLOSED"),
    "return_window_closed": (409, "RETURN_WINDOW_CLOSED"),
    "order_on_hold": (409, "ORDER_ON_HOLD"),
    "order_error": (409, "CONFLICT"),
    # The request.
    "bad_json": (400, "BAD_REQUEST"),
    "validation_error": INVALID,
    "unknown_variant": INVALID,
    "provider_missing": INVALID,
    "unauthorized": (401, "UNAUTHORIZED"),
    "insufficient_permissions": (403, "FORBIDDEN"),
    "not_found": (404, "NOT_FOUND"),
    "method_not_allowed": (405, "METHOD_NOT_ALLOWED"),
    "precondition_failed": (412, "PRECONDITION_FAILED"),
    "request_timeout": (408, "REQUEST_TIMEOUT"),
    "payload_too_large": (413, "PAYLOAD_TOO_LARGE"),
    "idempotency_key_reused": (422, "IDEMPOTENCY_KEY_REUSED"),
    "idempotency_key_in_use": (409, "IDEMPOTENCY_KEY_IN_USE"),
    "rate_limited": (429, "RATE_LIMITED"),
    # Ours.
    "internal": (500, "INTERNAL"),
    "unavailable": (503, "UNAVAILABLE"),
    "timeout": (504, "UNAVAILABLE"),
}
"""Neutral or domain code -> (HTTP status, storefront's code); every code there is, a test holds it."""

_FIELDS: Final[dict[str, str]] = {
    "items": "line_items",
    "lines": "line_items",
    "line_id": "line_item_id",
    "parts": "transactions",
    "unit_price": "price",
    "payment_id": "parent_id",
    "metadata": "note_attributes",
    "paymentMethod": "payment_method",
    "paymentId": "parent_id",
}
"""The engine's names of fields, where they differ."""
_LINES: Final = frozenset({"line", "line_id"})
_OPERATION: Final = re.compile(r"^operations\[\d+\]\.?")


def error_body(problem: Problem, code: str, request_id: str) -> dict[str, Any]:
    """Every wrong field is named; what else is known stands beside."""
    error: dict[str, Any] = {
        "code": code,
        "message": problem.message,
        "details": [{"field": _named(problem, name), "message": message} for name, message in _details(problem)],
        "request_id": request_id,
    }
    for name, value in problem.data.items():
        if value is not None:
            key, shown = _shown(name, value)
            error.setdefault(key, shown)
    return {"error": error}


def _details(problem: Problem) -> Sequence[tuple[str, str]]:
    """402 says which of its two reasons it is, as a detail too (contract section 3)."""
    if problem.details or problem.code not in ("payment_required", "payment_declined"):
        return problem.details
    reason = problem.data.get("decline_code") or problem.code
    return (("payment", str(reason)),)


def _named(problem: Problem, path: str) -> str:
    """A refusal by the order's rules names the engine's field; one by the request's form, the caller's own."""
    return field_name(path) if problem.by_rule else path


def field_name(path: str) -> str:
    """A field's name as document 003 writes it: only the first step of a path can be the engine's.

    Its line routes are edits of one or two operations: what an operation names, the body names.
    """
    path = _OPERATION.sub("", path)
    head = path.replace("[", ".").split(".", 1)[0]
    return _FIELDS[head] + path[len(head) :] if head in _FIELDS else path


def _shown(name: str, value: Any) -> tuple[str, Any]:
    """A refusal's particulars in storefront's spelling."""
    if name == "event" and isinstance(value, Mapping):
        kind = str(value["type"])
        return name, {"type": NAMES.get(kind) or kind, "id": wire.UUID.encode(str(value["id"]))}
    if name == "lines" and isinstance(value, Sequence):
        return "line_items", [dict(_shown(k, v) for k, v in entry.items()) for entry in value]
    if name == "holds" and isinstance(value, Sequence):
        return name, [{**entry, "id": wire.UUID.encode(str(entry["id"]))} for entry in value]
    if name in _LINES:
        return "line_item_id", wire.UUID.encode(str(value))
    if name in ("order_id", "payment_id", "transaction_id", "refund_id", "fulfillment_id"):
        return name, wire.UUID.encode(str(value))
    if name == "variant_id":
        return name, wire.external_uuid(str(value))
    return name, value


def unnamed() -> list[str]:
    """Refusals of the engine that have no row above."""
    return sorted(set(ERRORS) - set(WORDS))
