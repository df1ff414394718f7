"""What can be wrong with a request, in no face's words: a neutral code, a message, the field at fault.

Everything a caller did wrong reaches a face as a `Problem`, whether a rule of the order refused it (OrderError) or the
request itself was no good; the face's own table (`Face.words`) says which status and code that is (contract section 3).
`stored` problems are answers that an Idempotency-Key replays: refusals by the order's rules, never a malformed request.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from domain import errors as e


class Problem(Exception):
    """One refusal. `code` is neutral (STATUS below or a domain error's), `field` a path in the caller's own words."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        data: Mapping[str, Any] | None = None,
        details: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        stored: bool = False,
        by_rule: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.data = dict(data or {})
        """JSON-safe particulars, e.g. `event`, `decline_code`, `maximum`."""
        self.details = tuple(details) or (((field, message),) if field else ())
        """Every (field, message) that is wrong; faces that name one take `field`."""
        self.headers = dict(headers or {})
        self.stored = stored
        self.by_rule = by_rule
        """A rule of the order refused it: `field` may be in the domain's words, which each face translates."""


STATUS: Final[dict[str, int]] = {
    "bad_json": 400,
    "unauthorized": 401,
    "insufficient_permissions": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "payload_too_large": 413,
    "validation_error": 422,
    "precondition_failed": 412,
    "idempotency_key_reused": 422,
    "idempotency_key_in_use": 409,
    "rate_limited": 429,
    "internal": 500,
    "unavailable": 503,
    "timeout": 504,
    "payment_required": 402,
    "payment_declined": 402,
}
"""Neutral code -> HTTP status where a face does not say otherwise. Domain errors not named here: see `status_of`."""

WIDER: Final[dict[str, str]] = {
    "order_not_found": "not_found",
    "nothing_left_to_fulfill": "order_already_fulfilled",
}
"""Neutral code -> the wider one a face is asked for when its table does not name the narrow one."""

_BY_KIND: Final[tuple[tuple[type[e.OrderError], int], ...]] = (
    (e.InvalidInput, 422),
    (e.NotFound, 404),
    (e.Conflict, 409),
)


def status_of(code: str) -> int:
    """The usual HTTP status of a neutral or domain code."""
    if code in STATUS:
        return STATUS[code]
    kind = e.ERRORS.get(code, e.OrderError)
    return next((status for parent, status in _BY_KIND if issubclass(kind, parent)), 409)


def refused(error: e.OrderError) -> Problem:
    """A rule of the order said no: stored and replayed."""
    return Problem(error.code, error.message, field=error.field, data=error.data, stored=True, by_rule=True)


def not_found(message: str = "no such order") -> Problem:
    """Not there, of the other mode, or another customer's: one answer for all three, so that it does not tell which."""
    return Problem("order_not_found", message, stored=True)


def invalid(field: str, message: str) -> Problem:
    """One field of the request is malformed (422, not stored)."""
    return Problem("validation_error", message, field=field)
