"""What can go wrong, one class per thing a caller does differently about it.

CommerceError
├─ AuthenticationFailed  401          the key is missing or wrong
├─ NotPermitted          403          the key may not
├─ NotFound              404
├─ PaymentRefused        402          unpaid, declined (`decline_code`), or 3-D Secure (`details["clientSecret"]`)
├─ Conflict              409          the order's rules say no
├─ VersionChanged        412          `if_match` named an old version: read the order again
├─ ValidationFailed      400 413 422  the request is wrong (`field`)
├─ RateLimited           429          and still so after the last try
├─ Unavailable           5xx          and still so after the last try
├─ Pending               202          accepted and durable, not settled: ask again with its `idempotency_key`
├─ NoAnswer              0            the network, after the last try
└─ ProtocolBroken        2xx 3xx      no order API's JSON, or a redirect (never followed): something else answered
"""

from collections.abc import Mapping
from typing import Any, Final


class CommerceError(Exception):
    """A call ended without its result."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int,
        field: str | None = None,
        request_id: str | None = None,
        idempotency_key: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        """Stable word to switch on."""
        self.status = status
        """HTTP status; 0 when nothing answered."""
        self.field = field
        """Path of the wrong field in the request."""
        self.request_id = request_id
        """What to quote when asking the operator."""
        self.idempotency_key = idempotency_key
        """The key this write went under: repeating the call with it can do nothing twice."""
        self.details = dict(details or {})
        """Everything the engine said about it."""

    def __str__(self) -> str:
        return f"{self.message} ({self.code}, {self.status})"


class AuthenticationFailed(CommerceError):
    pass


class NotPermitted(CommerceError):
    pass


class NotFound(CommerceError):
    pass


class PaymentRefused(CommerceError):
    @property
    def decline_code(self) -> str | None:
        """The provider's word for the decline."""
        return text(self.details, "declineCode")


class Conflict(CommerceError):
    pass


class VersionChanged(CommerceError):
    pass


class ValidationFailed(CommerceError):
    pass


class RateLimited(CommerceError):
    pass


class Unavailable(CommerceError):
    pass


class Pending(CommerceError):
    pass


class NoAnswer(CommerceError):
    pass


class ProtocolBroken(CommerceError):
    pass


_BY_STATUS: Final[dict[int, type[CommerceError]]] = {
    202: Pending,
    400: ValidationFailed,
    401: AuthenticationFailed,
    402: PaymentRefused,
    403: NotPermitted,
    404: NotFound,
    409: Conflict,
    412: VersionChanged,
    413: ValidationFailed,
    422: ValidationFailed,
    429: RateLimited,
}


def kind_of(status: int) -> type[CommerceError]:
    """The class of an answer that is no success."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return Unavailable
    return ProtocolBroken if status < 400 else CommerceError


def text(details: Mapping[str, Any], name: str) -> str | None:
    """A text among the details; None for anything else."""
    value = details.get(name)
    return value if isinstance(value, str) else None
