"""Faults on request: rules a test sets over the control API, each counting what it did.

A rule fires the next `times` matching requests, or each with `probability` from its own seeded generator, so that a
failing seed can be replayed. Requests and webhooks have their own faults; the table below is the index.
"""

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from stripe_simulator.refusal import Body, Refusal, error

REQUEST_FAULTS = {
    "latency": "waits `seconds` before the endpoint runs (its key is in flight meanwhile)",
    "slow_answer": "waits `seconds` after the effect, before answering",
    "reset": "resets the connection before anything happens",
    "lose_answer": "the effect happens and is remembered, then the connection is reset",
    "rate_limit": "429, nothing happens, not stored",
    "unavailable": "503 with Stripe-Should-Retry: true, nothing happens, not stored",
    "server_error": "500, nothing happens, stored under the key",
    "server_error_after": "the effect happens, the answer is a 500, stored under the key",
}
WEBHOOK_FAULTS = {
    "webhook_dropped": "never sent",
    "webhook_doubled": "sent twice",
    "webhook_late": "sent `seconds` later",
    "webhook_reordered": "held until another event has been sent, `seconds` at most",
}


@dataclass
class Rule:
    """One injected fault. `path` and `event` are shell patterns, e.g. `/v1/payment_intents/*/capture`, `charge.*`."""

    fault: str
    path: str = "/v1/*"
    method: str = "*"
    event: str = "*"
    key: str = "*"
    """Of the request's Idempotency-Key, so that a fault can be meant for one order's calls."""
    times: int | None = 1
    """How often it still fires; None: no end."""
    probability: float = 1.0
    seed: int = 0
    seconds: float = 0.5
    injected: int = 0
    dice: random.Random = field(default_factory=random.Random, repr=False)

    def fires(self) -> bool:
        """Draws once, and counts."""
        if self.times is not None and self.injected >= self.times:
            return False
        if self.probability < 1 and self.dice.random() >= self.probability:
            return False
        self.injected += 1
        return True

    def shown(self) -> Body:
        """As the control API tells it."""
        return {name: value for name, value in vars(self).items() if name != "dice"}


def rule(values: dict[str, Any]) -> Rule:
    """A rule of the control API's JSON; Refusal names what is wrong."""
    allowed = set(Rule.__dataclass_fields__) - {"injected", "dice"}
    if set(values) - allowed:
        raise Refusal(f"Unknown in a fault rule: {sorted(set(values) - allowed)}")
    if values.get("fault") not in {*REQUEST_FAULTS, *WEBHOOK_FAULTS}:
        raise Refusal(f"Unknown fault {values.get('fault')!r}: one of {sorted({*REQUEST_FAULTS, *WEBHOOK_FAULTS})}")
    if "probability" in values:
        values = {"times": None, **values}
    made = Rule(**values)
    made.dice.seed(made.seed)
    return made


class FaultBook:
    """The rules in force, asked in the order they were set; the first that fires wins."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def request(self, method: str, path: str, key: str = "") -> Rule | None:
        """The fault of this request."""
        for found in self.rules:
            matches = fnmatchcase(path, found.path) and found.method in ("*", method) and fnmatchcase(key, found.key)
            if found.fault in REQUEST_FAULTS and matches and found.fires():
                return found
        return None

    def webhook(self, kind: str) -> Rule | None:
        """The fault of this event."""
        for found in self.rules:
            if found.fault in WEBHOOK_FAULTS and fnmatchcase(kind, found.event) and found.fires():
                return found
        return None


def refuse(fault: str) -> None:
    """Raises the answer of a fault that comes before any effect and is not stored."""
    if fault == "rate_limit":
        message = "Too many requests hit the API too quickly. We recommend an exponential backoff."
        raise Refusal(message, status=429, code="rate_limit", stored=False)
    if fault == "unavailable":
        headers = {"Stripe-Should-Retry": "true"}
        raise Refusal("Please try again.", status=503, kind="api_error", stored=False, headers=headers)


def server_error() -> Body:
    """The body of a 500."""
    return {"error": error("api_error", "An unknown error occurred.")}
