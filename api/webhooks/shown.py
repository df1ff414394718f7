"""What an endpoint and its deliveries look like in every face; names in camelCase, ids and envelopes are the face's own.

Rule: no secret is in `endpoint`; a face adds it to the two answers that show it (registration and rotation).
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.http.fields import Ident, RequestModel
from api.http.problems import Problem
from api.spelling import wire
from api.webhooks import endpoints as webhooks_out
from store.outgoing.deliveries import Attempt, Delivery
from store.outgoing.webhooks import Endpoint

EXCERPT: Final = 2_000
"""Characters shown of what was sent."""
EndpointStatus = Literal["active", "failing", "disabled"]
DeliveryStatus = Literal["pending", "delivered", "failed"]


Events = Annotated[list[str], Field(max_length=webhooks_out.MAX_EVENTS)]
"""What a registration asks for."""


class Replay(RequestModel):
    """An order's events from this sequence on."""

    order_id: Ident
    from_sequence: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1


class AttemptOut(BaseModel):
    """One try, in the faces that speak snake_case. `status` null: no answer came, `error` says why."""

    model_config = ConfigDict(frozen=True)

    attempt: int
    at: str
    duration_ms: int
    status: int | None
    request_headers: dict[str, str] | None
    response_excerpt: str | None
    error: str | None


def time(seconds: int) -> str:
    return wire.RFC3339.encode(wire.EPOCH.decode(seconds))


def endpoint(value: Endpoint) -> dict[str, Any]:
    """Every field but its id, its name and what is secret."""
    return {
        "url": value.url,
        "events": list(value.events),
        "status": value.status,
        "reason": value.reason,
        "livemode": value.livemode,
        "old_secret_until": None if value.old_secret_until is None else time(value.old_secret_until),
        "created_at": time(value.created_at),
        "updated_at": time(value.updated_at),
    }


def delivery(value: Delivery, tries: Sequence[Attempt]) -> dict[str, Any]:
    """Every field but its id and its order's."""
    return {
        "event_id": value.event_id,
        "sequence": value.sequence,
        "status": value.status,
        "attempts": value.attempts,
        "next_attempt_at": None if value.next_attempt_at is None else time(value.next_attempt_at),
        "request_excerpt": value.body[:EXCERPT],
        "log": [_attempt(one) for one in tries],
        "created_at": time(value.created_at),
        "updated_at": time(value.updated_at),
    }


def ulid_of(codec: wire.Codec[str, str], spelled: str, missing: str) -> str:
    """The id in a path. Problem('not_found') where it cannot be one."""
    try:
        return codec.decode(spelled)
    except ValueError:
        raise Problem("not_found", missing, stored=True) from None


def order_of(value: Delivery) -> str | None:
    """The ULID of the order it is about; a test message is about none."""
    return None if value.order_id.startswith("test_") else value.order_id


def _attempt(value: Attempt) -> dict[str, Any]:
    return {
        "attempt": value.attempt,
        "at": time(value.at),
        "duration_ms": value.duration_ms,
        "status": value.status,
        "request_headers": value.request_headers,
        "response_excerpt": value.response_excerpt,
        "error": value.error,
    }
