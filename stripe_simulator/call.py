"""One request in progress: what every handler is given. It reads the simulator's clock once and emits events.

The clock is real time plus an offset a control endpoint advances; holds, refunds and key memory live by it.
"""

import time
from dataclasses import dataclass, field
from typing import Protocol

from stripe_simulator.refusal import Body
from stripe_simulator.store import Store, new_id, public

API_VERSION = "2026-10-28.endive"
"""What events carry and requests without `Stripe-Version` get."""
DAY = 86_400


class Outbox(Protocol):
    """Where events go (webhooks.py)."""

    def add(self, event: Body) -> None: ...


@dataclass
class Call:
    """`now` is Unix seconds of the simulator's clock."""

    store: Store
    outbox: Outbox
    now: int
    livemode: bool
    request_id: str | None = None
    idempotency_key: str | None = None
    emitted: list[Body] = field(default_factory=list)

    def emit(self, kind: str, body: Body, previous: Body | None = None) -> Body:
        """Makes the event with the object as it stands now, and queues it for every webhook target."""
        data: Body = {"object": public(body)}
        if previous:
            data["previous_attributes"] = previous
        event: Body = {
            "id": new_id("evt_"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": data,
            "livemode": self.livemode,
            "pending_webhooks": len(self.store.setting("targets", [])),
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": kind,
        }
        self.store.put(event)
        self.outbox.add(event)
        self.emitted.append(event)
        return event


@dataclass(frozen=True)
class Answer:
    """An answer that is not 200 and yet keeps what the request did (a decline)."""

    status: int
    body: Body


def clock(store: Store) -> int:
    """The simulator's time, Unix seconds."""
    return int(time.time()) + int(store.setting("offset_seconds", 0))
