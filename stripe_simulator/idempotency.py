"""Stripe's memory of keys: POST only, 24 hours of the simulator's clock, per mode.

Same key and request: the stored status and body again, with `Idempotent-Replayed: true`, stored 500s and declines
too. Another request under the key: 400 `idempotency_error`. Still running: 409 `idempotency_key_in_use`.
"""

import hashlib
import json
from dataclasses import dataclass

from stripe_simulator.call import DAY
from stripe_simulator.form import Params
from stripe_simulator.refusal import Body, Refusal
from stripe_simulator.store import Store


@dataclass(frozen=True)
class Remembered:
    """What a key got the first time."""

    status: int
    body: Body
    request_id: str


def fingerprint(method: str, path: str, params: Params) -> str:
    """What must be the same for a key to be used again."""
    text = json.dumps([method, path, params], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class KeyMemory:
    """Keys at rest in the store, keys in flight in memory."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.running: set[str] = set()

    def begin(self, scope: str, mark: str, now: int) -> Remembered | None:
        """What to replay, or None after noting the key as in flight; Refusal on conflict or mismatch."""
        if scope in self.running:
            message = "There is currently another in-progress request using this Idempotent Key."
            raise Refusal(message, status=409, kind="idempotency_error", code="idempotency_key_in_use", stored=False)
        row = self.store.db.execute(
            "SELECT fingerprint, status, body, request_id, created FROM keys WHERE scope = ?", (scope,)
        ).fetchone()
        if row is None or row[4] + DAY <= now:
            self.running.add(scope)
            return None
        if row[0] != mark:
            message = (
                "Keys for idempotent requests can only be used with the same endpoint and parameters"
                " they were first used with."
            )
            raise Refusal(message, kind="idempotency_error", stored=False)
        return Remembered(row[1], json.loads(row[2]), row[3])

    def store_answer(self, scope: str, mark: str, answer: Remembered, now: int) -> None:
        """Remembers the answer; part of the request's transaction."""
        self.store.db.execute(
            "INSERT OR REPLACE INTO keys (scope, fingerprint, status, body, request_id, created)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (scope, mark, answer.status, json.dumps(answer.body), answer.request_id, now),
        )

    def end(self, scope: str) -> None:
        """The key is no longer in flight."""
        self.running.discard(scope)
