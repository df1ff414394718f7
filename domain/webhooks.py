"""Webhooks out, the pure part: who wants which event, and what becomes of one attempt (contract section 10).

Delivery is at least once. An attempt is delivered (2xx), gone (410: the endpoint is disabled), or fails and is tried again
after LADDER_SECONDS; Retry-After can only make that longer. A face's `Renderer` turns an engine event into its own bodies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, Protocol

from domain.events import Event
from domain.order import Order

LADDER_SECONDS: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: how long after its n-th failure a delivery is tried again."""
JITTER: Final = 0.1
"""Up to this share is added to a step, so that a recovering receiver is not met by everybody at once."""
RETRIES_MEET: Final = 20
"""Retries of about one time are moved together: within this part of their wait."""
LONGEST_RETRY_AFTER_SECONDS: Final = 86_400
ANSWER_WITHIN_SECONDS: Final = 10.0
"""A 2xx later than this is no success."""
ROTATION_SECONDS: Final = 86_400
"""How long the old secret signs too after a rotation."""
EVERY_EVENT: Final = "*"
TEST_EVENT: Final = "webhook.test"
"""Sent on request only; nobody subscribes to it."""
MESSAGES_PER_EVENT: Final = 100
"""A delivery's position in its order is the event's sequence x this + the message's place among the event's."""

EndpointStatus = Literal["active", "failing", "disabled"]
"""active; failing: a delivery used its whole ladder up, still tried; disabled: by 410 or by its owner, nothing is sent."""
DeliveryStatus = Literal["pending", "delivered", "failed"]
"""pending: waits or is under way; delivered: a 2xx; failed: the ladder is used up, or 410. Any may be sent again."""


class Message(NamedTuple):
    """One webhook in a face's words. `body["id"]` becomes `webhook-id`: unique per message, the same on every attempt."""

    name: str
    body: dict[str, Any]


class Renderer(Protocol):
    """A face's bodies for one engine event and the order as it was after the command. None or []: not this face's event.

    An event may become several messages (`order.updated` beside the specific one); each has an id of its own.
    Deterministic: the same event renders to the same names and ids.
    """

    def __call__(self, event: Event, order: Order, /) -> Sequence[tuple[str, dict[str, Any]]] | None: ...


@dataclass(frozen=True)
class Verdict:
    """What an attempt made of its delivery."""

    outcome: Literal["delivered", "again", "failed", "gone"]
    """again: after `wait_seconds`; failed: no step is left; gone: failed, and the endpoint is disabled."""
    wait_seconds: int = 0


def judge(status: int | None, failures: int, retry_after_seconds: int | None = None, share: float = 0.0) -> Verdict:
    """The verdict on an answer. `status` None: none came in time. `failures`: earlier ones; `share` in [0, 1): the jitter."""
    if status is not None and 200 <= status < 300:
        return Verdict("delivered")
    if status == 410:
        return Verdict("gone")
    if failures >= len(LADDER_SECONDS):
        return Verdict("failed")
    step = LADDER_SECONDS[failures] * (1 + JITTER * share)
    asked = min(retry_after_seconds or 0, LONGEST_RETRY_AFTER_SECONDS)
    return Verdict("again", max(round(step), asked))


def due_at(now: int, wait_seconds: int) -> int:
    """When to try again: at least the wait from `now`, later by up to a twentieth of it, so that retries meet in one batch.

    A receiver that is down with a thousand orders waiting is asked in a few drains a step, not in a thousand.
    """
    grid = max(1, wait_seconds // RETRIES_MEET)
    return -(-(now + wait_seconds) // grid) * grid


def wants(filters: Sequence[str], name: str) -> bool:
    """Whether an endpoint with these event names takes an event of this name."""
    return EVERY_EVENT in filters or name in filters


def position(sequence: int, place: int) -> int:
    """Where a message stands among all of its order's."""
    return sequence * MESSAGES_PER_EVENT + place
