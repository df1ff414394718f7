"""A payment provider of a few lines, with a ledger of its own to hold the order's against.

It knows no order and imports no ledger of ours. Its mood says what happens to the next call; what happens
behind our back (3-D Secure finished, a refund made in the dashboard, a dispute) becomes a fact to deliver later.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.commands import Command, DisputeFact, PaymentFact, RefundFact
from domain.operations import Operation, Outcome

MOODS = ("good", "good", "good", "refused", "declined", "requires_action", "processing", "pending", "late", "wrong")


@dataclass
class Intent:
    ref: str
    amount: int
    capture: bool
    multicapture: bool
    state: str = "open"
    authorized: int = 0
    captured: int = 0
    released: int = 0
    expires_at: datetime | None = None
    refunds: dict[str, tuple[int, str]] = field(default_factory=dict)
    lost: int = 0
    disputes: dict[str, str] = field(default_factory=dict)

    @property
    def refunded(self) -> int:
        return self.lost + sum(amount for amount, status in self.refunds.values() if status != "failed")

    @property
    def left(self) -> int:
        return self.captured - self.refunded


class Bank:
    """`perform` answers operations; `behind_our_back` and the rest move on by themselves; `facts` wait to be told."""

    def __init__(self, *, multicapture: bool) -> None:
        self.multicapture = multicapture
        self.intents: dict[str, Intent] = {}
        self.facts: list[Command] = []
        self.keys: set[str] = set()
        self.serial = 0

    def perform(self, operation: Operation, mood: str, now: datetime) -> Outcome:
        assert operation.key not in self.keys, "a key is used for one operation only"
        self.keys.add(operation.key)
        if operation.kind == "authorize":
            return self._authorize(operation, mood, now)
        assert operation.ref is not None
        intent = self.intents[operation.ref]
        match operation.kind:
            case "capture":
                return self._capture(operation, intent, mood)
            case "void":
                return self._void(operation, intent, mood)
            case "refund":
                return self._refund(operation, intent, mood)
            case _:
                if mood == "good" and intent.state in ("requires_action", "processing"):
                    self._complete(intent, now)
                return self._stands(operation, intent)

    def _new(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}_{self.serial}"

    def _authorize(self, operation: Operation, mood: str, now: datetime) -> Outcome:
        assert operation.amount > 0
        ref = self._new("pi")
        intent = Intent(ref, operation.amount, operation.capture, self.multicapture)
        self.intents[ref] = intent
        if mood in ("declined", "refused"):
            intent.state = "declined"
            return Outcome(operation=operation, status=mood, ref=ref, code="card_declined")  # type: ignore[arg-type]
        if mood in ("requires_action", "processing"):
            intent.state = mood
        else:
            self._complete(intent, now)
        return self._stands(operation, intent)

    def _complete(self, intent: Intent, now: datetime) -> None:
        intent.authorized = intent.amount
        if intent.capture:
            intent.captured, intent.state = intent.amount, "captured"
        else:
            intent.state, intent.expires_at = "authorized", now + timedelta(days=7)

    def _stands(self, operation: Operation, intent: Intent) -> Outcome:
        if intent.state == "declined":
            return Outcome(operation=operation, status="declined", ref=intent.ref, code="card_declined")
        return Outcome(
            operation=operation,
            status="succeeded",
            state=intent.state,  # type: ignore[arg-type]
            ref=intent.ref,
            authorized=intent.authorized,
            captured=intent.captured,
            multicapture=intent.multicapture,
            expires_at=intent.expires_at if intent.state == "authorized" else None,
        )

    def _capture(self, operation: Operation, intent: Intent, mood: str) -> Outcome:
        left = intent.authorized - intent.captured - intent.released
        if mood == "wrong" and intent.state == "authorized":
            return self._stands(operation, intent).model_copy(update={"status": "refused"})
        if mood in ("refused", "declined", "late") or intent.state != "authorized":
            self._lapse(intent)
            return Outcome(
                operation=operation, status="refused", ref=intent.ref, code="payment_intent_unexpected_state"
            )
        assert 0 < operation.amount <= left, "never captured beyond the hold"
        assert operation.captured_before == intent.captured
        assert operation.final or self.multicapture
        intent.captured += operation.amount
        if operation.final or intent.captured == intent.authorized:
            intent.released, intent.state = intent.authorized - intent.captured, "captured"
        return self._stands(operation, intent)

    def _lapse(self, intent: Intent) -> None:
        if intent.state == "authorized":
            intent.released = intent.authorized - intent.captured
            intent.state = "captured" if intent.captured else "canceled"

    def _void(self, operation: Operation, intent: Intent, mood: str) -> Outcome:
        waiting = intent.state in ("requires_action", "processing")
        if intent.state == "processing" and mood == "processing":
            return self._stands(operation, intent)
        if waiting and mood == "late":
            intent.capture = True
            self._complete(intent, datetime.min.replace(tzinfo=UTC))
            return self._stands(operation, intent)
        if waiting and mood in ("refused", "declined"):
            return Outcome(
                operation=operation, status="refused", ref=intent.ref, code="payment_intent_unexpected_state"
            )
        if intent.state not in ("requires_action", "processing", "authorized"):
            return Outcome(
                operation=operation, status="refused", ref=intent.ref, code="payment_intent_unexpected_state"
            )
        self._lapse(intent)
        if waiting:
            intent.state = "canceled"
        if mood in ("refused", "declined"):
            return Outcome(
                operation=operation, status="refused", ref=intent.ref, code="payment_intent_unexpected_state"
            )
        return self._stands(operation, intent).model_copy(update={"state": "canceled"})

    def _refund(self, operation: Operation, intent: Intent, mood: str) -> Outcome:
        assert operation.amount > 0
        if mood in ("refused", "declined") or operation.amount > intent.left:
            return Outcome(operation=operation, status="refused", refund_state="failed", code="charge_already_refunded")
        ref = self._new("re")
        status = "pending" if mood in ("pending", "processing") else "succeeded"
        intent.refunds[ref] = (operation.amount, status)
        return Outcome(operation=operation, status="succeeded", refund_state=status, ref=ref)  # type: ignore[arg-type]

    # Behind our back: each makes a fact, to be delivered in any order, more than once, or (by `everything`) at the end.

    def finish_waiting(self, intent: Intent, how: str, now: datetime) -> None:
        if how == "complete":
            self._complete(intent, now)
        else:
            intent.state = how
        self.facts.append(self.about(intent))

    def settle_refund(self, intent: Intent, ref: str, status: str) -> None:
        amount, _ = intent.refunds[ref]
        intent.refunds[ref] = (amount, status)
        self.facts.append(self.about_refund(intent, ref))

    def refund_outside(self, intent: Intent, amount: int) -> None:
        ref = self._new("re")
        intent.refunds[ref] = (amount, "succeeded")
        self.facts.append(self.about_refund(intent, ref))

    def dispute(self, intent: Intent) -> None:
        ref = self._new("dp")
        intent.disputes[ref] = "opened"
        self.facts.append(DisputeFact(payment_ref=intent.ref, ref=ref, status="opened", amount=intent.left))

    def close_dispute(self, intent: Intent, ref: str, status: Any) -> None:
        amount = intent.left if status == "lost" else 0
        intent.disputes[ref] = status
        intent.lost += amount
        self.facts.append(DisputeFact(payment_ref=intent.ref, ref=ref, status=status, amount=amount))

    def lapse(self, intent: Intent) -> None:
        self._lapse(intent)
        self.facts.append(self.about(intent))

    def about(self, intent: Intent) -> PaymentFact:
        words: dict[str, Any] = {"open": "processing"}
        return PaymentFact(
            ref=intent.ref,
            status=words.get(intent.state, intent.state),
            authorized=intent.authorized,
            captured=intent.captured,
            expires_at=intent.expires_at if intent.state == "authorized" else None,
            decline_code="card_declined" if intent.state == "declined" else None,
        )

    def about_refund(self, intent: Intent, ref: str) -> RefundFact:
        amount, status = intent.refunds[ref]
        return RefundFact(payment_ref=intent.ref, ref=ref, amount=amount, status=status)  # type: ignore[arg-type]

    def everything(self) -> list[Command]:
        """A reconciliation: what is still untold, then where every object stands, payments first."""
        disputes = [f for f in self.facts if isinstance(f, DisputeFact)]
        payments: list[Command] = [self.about(i) for i in self.intents.values()]
        refunds = [self.about_refund(i, ref) for i in self.intents.values() for ref in i.refunds]
        failed_first = sorted(refunds, key=lambda f: f.status != "failed")
        return [*payments, *failed_first, *disputes]
