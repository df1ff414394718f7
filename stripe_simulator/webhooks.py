"""Events on their way out: signed `Stripe-Signature`, at least once, tried again with growing pauses.

A delivery row is written in the transaction that made the event, so a killed simulator still sends it after its
restart. The signature's time is real time, whatever the simulator's clock says, because receivers compare it.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import time

import httpx

from stripe_simulator.faults import FaultBook
from stripe_simulator.refusal import Body
from stripe_simulator.store import Store

log = logging.getLogger("stripe_simulator.webhooks")
ATTEMPTS = 16
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 60.0


def sign(body: bytes, secret: str, timestamp: int) -> str:
    """The `Stripe-Signature` header: HMAC-SHA256 of `t.body` (docs.stripe.com/webhooks/signature)."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={mac.hexdigest()}"


class Webhooks:
    """The outbox and its sender."""

    def __init__(self, store: Store, faults: FaultBook) -> None:
        self.store = store
        self.faults = faults
        self.wake = asyncio.Event()

    def add(self, event: Body) -> None:
        """Queues the event for every target, bent by a webhook fault if one fires."""
        for target in self.store.setting("targets", []):
            found = self.faults.webhook(event["type"])
            fault = found.fault if found else ""
            if fault == "webhook_dropped":
                continue
            held = fault == "webhook_reordered"
            due = time.time() + (found.seconds if found and fault in ("webhook_late", "webhook_reordered") else 0)
            for _ in range(2 if fault == "webhook_doubled" else 1):
                self.store.db.execute(
                    "INSERT INTO deliveries (event, type, target, secret, due, attempt, held, state)"
                    " VALUES (?, ?, ?, ?, ?, 0, ?, 'waiting')",
                    (event["id"], event["type"], target["url"], target["secret"], due, int(held)),
                )

    def waiting(self) -> int:
        """Deliveries not yet made nor given up."""
        return int(self.store.db.execute("SELECT count(*) FROM deliveries WHERE state = 'waiting'").fetchone()[0])

    async def run(self) -> None:
        """Sends what is due, for ever; ends when cancelled."""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            while True:
                self.wake.clear()
                row = self._next()
                if row is not None and row[5] <= time.time():
                    await self._send(client, row)
                    continue
                pause = max(0.01, row[5] - time.time()) if row is not None else 3600.0
                try:
                    await asyncio.wait_for(self.wake.wait(), pause)
                except TimeoutError:
                    continue

    def _next(self) -> tuple[int, str, str, str, int, float] | None:
        row = self.store.db.execute(
            "SELECT id, event, target, secret, attempt, due FROM deliveries WHERE state = 'waiting'"
            " ORDER BY due, id LIMIT 1"
        ).fetchone()
        return tuple(row) if row else None

    async def _send(self, client: httpx.AsyncClient, row: tuple[int, str, str, str, int, float]) -> None:
        ident, event_id, target, secret, attempt, _ = row
        event = self.store.any(event_id)
        body = json.dumps(event, indent=2).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(body, secret, int(time.time())),
            "User-Agent": "Stripe/1.0 (simulator)",
        }
        try:
            answer = await client.post(target, content=body, headers=headers)
            delivered = answer.is_success
        except httpx.HTTPError as problem:
            log.info("webhook target does not answer", extra={"problem": type(problem).__name__})
            delivered = False
        self._settle(ident, target, attempt + 1, delivered)

    def _settle(self, ident: int, target: str, attempt: int, delivered: bool) -> None:
        db = self.store.db
        if delivered:
            db.execute(
                "UPDATE deliveries SET state = 'delivered', attempt = ?, held = 0 WHERE id = ?", (attempt, ident)
            )
            held = "UPDATE deliveries SET due = 0, held = 0 WHERE held = 1 AND target = ? AND state = 'waiting'"
            db.execute(held, (target,))
            return
        state = "waiting" if attempt < ATTEMPTS else "given_up"
        due = time.time() + min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
        db.execute("UPDATE deliveries SET state = ?, attempt = ?, due = ? WHERE id = ?", (state, attempt, due, ident))
