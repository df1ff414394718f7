"""The sandbox: a payment provider without money, for development, tests and the demo. Test mode only.

Deterministic: the payment method decides (Stripe's test names, docs/stripe.md). Its ledger is in our database,
keyed by the operation's key, so that a repeat of a call answers the first result and never charges twice. A payment that
asks for 3-D Secure is confirmed by its imaginary customer as soon as somebody looks again (`pay` once more). It names no time
at which a hold lapses: the policy says that (`authorization_hold_days`). What comes later: sandbox_later.py.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.providers import sandbox_later
from activities.providers.base import (
    CaptureRequest,
    Card,
    Declined,
    DisputeResult,
    LedgerEntry,
    PaymentRequest,
    PaymentResult,
    ProviderRefused,
    ProviderRequest,
    ProviderResult,
    RefundRequest,
    RefundResult,
    VoidRequest,
)
from store.database.engine import fetch, reading, single, writing
from store.database.inserts import unless_there
from store.tables import sandbox_payments as p
from store.tables import sandbox_refunds as r

CARDS: Final[dict[str, Card]] = {
    "pm_card_visa": Card("visa", "4242", "pass", "pass"),
    "pm_card_mastercard": Card("mastercard", "4444", "pass", "pass"),
    "pm_card_amex": Card("amex", "0005", "pass", "pass"),
    "pm_card_authenticationRequired": Card("visa", "3184", "pass", "pass"),
    "pm_card_threeDSecure2Required": Card("visa", "3220", "pass", "pass"),
    "pm_card_threeDSecureRequiredChargeDeclined": Card("visa", "1629", "pass", "pass"),
    "pm_card_createDispute": Card("visa", "0259", "pass", "pass"),
    "pm_card_pendingRefund": Card("visa", "7726", "pass", "pass"),
    "pm_card_refundFail": Card("visa", "5126", "pass", "pass"),
    "pm_card_cvcCheckFail": Card("visa", "0101", "fail", "pass"),
    "pm_card_avsZipFail": Card("visa", "0036", "pass", "fail"),
}
"""Payment methods that can pay."""

DECLINES: Final[dict[str, tuple[str, str]]] = {
    "chargeDeclined": ("card_declined", "generic_decline"),
    "chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "chargeDeclinedLostCard": ("card_declined", "lost_card"),
    "chargeDeclinedStolenCard": ("card_declined", "stolen_card"),
    "chargeDeclinedVelocityLimitExceeded": ("card_declined", "card_velocity_exceeded"),
    "chargeDeclinedFraudulent": ("card_declined", "fraudulent"),
    "chargeDeclinedExpiredCard": ("expired_card", "expired_card"),
    "chargeDeclinedIncorrectCvc": ("incorrect_cvc", "incorrect_cvc"),
    "chargeDeclinedProcessingError": ("processing_error", "processing_error"),
}
"""Suffix of `pm_card_…` or `pm_card_visa_…` -> (code, decline_code)."""

CHALLENGED_IN_VAIN: Final = "pm_card_threeDSecureRequiredChargeDeclined"
"""3-D Secure, and then declined."""
CHALLENGED: Final = ("pm_card_authenticationRequired", "pm_card_threeDSecure2Required", CHALLENGED_IN_VAIN)
QUIET: Final = frozenset({"pm_card_visa", "pm_card_mastercard", "pm_card_amex"})
"""They pay, and that is all."""
_NEW: Final = unless_there(p, "ref")
_FIND: Final = select(p).where(p.c.ref == bindparam("wanted"))


def utc_now() -> datetime:
    return datetime.now(UTC)


class SandboxProvider:
    """PaymentProvider over the tables sandbox_payments and sandbox_refunds."""

    name = "sandbox"
    livemode = False
    multicapture = True

    def __init__(self, engine: AsyncEngine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def _now(self) -> int:
        return int(self._clock().timestamp())

    async def close(self) -> None:
        """Nothing of its own is open."""

    def foresee(self, key: str) -> str:
        """The key's hash."""
        return "pi_sandbox_" + _hash(key)

    async def prepare(self, request: PaymentRequest) -> str:
        """Nothing is written."""
        return self.foresee(request.key)

    async def authorize(self, request: PaymentRequest) -> PaymentResult:
        ref = request.ref or await self.prepare(request)
        if request.payment_method in QUIET:
            return _answer(await self._quietly(_new(ref, request, self._now())))
        async with writing(self._engine) as conn:
            known = await _row(conn, ref)
            if known is None:
                known = _new(ref, request, self._now())
                await conn.execute(insert(p), known)
                await sandbox_later.tell_dispute(conn, known, self._now())
        return _answer(known)

    async def _quietly(self, made: dict[str, Any]) -> Mapping[str, Any]:
        """The payment of a card of which nothing is heard later, as one statement; or as it was made before."""
        if await single(self._engine, lambda conn: conn.execute(_NEW[conn.dialect.name], made).rowcount == 1):
            return made
        known = await fetch(self._engine, _FIND, {"wanted": made["ref"]})
        return known[0]._asdict()

    async def capture(self, request: CaptureRequest) -> PaymentResult:
        """A repeat of a key that is in the payment's history answers where it stands."""
        async with writing(self._engine) as conn:
            row = await _found(conn, request.ref)
            if request.key not in row["data"]["done"]:
                left = row["authorized"] - row["captured"]
                if row["state"] != "authorized":
                    raise ProviderRefused(f"the payment is {row['state']}", code="payment_intent_unexpected_state")
                if request.amount > left:
                    raise ProviderRefused(f"only {left} is authorised", code="amount_too_large")
                row["captured"] += request.amount
                if request.final or row["captured"] == row["authorized"]:
                    row["state"] = "captured"
                await _write(conn, row, request.key)
                await sandbox_later.tell_dispute(conn, row, self._now())
        return _answer(row)

    async def void(self, request: VoidRequest) -> PaymentResult:
        async with writing(self._engine) as conn:
            row = await _found(conn, request.ref)
            if row["state"] == "captured" and request.key not in row["data"]["done"]:
                raise ProviderRefused("the payment is captured", code="payment_intent_unexpected_state", ref=row["ref"])
            if row["state"] in ("authorized", "requires_action"):
                row["state"] = "captured" if row["captured"] else "canceled"
                await _write(conn, row, request.key)
        return _answer(row)

    async def refund(self, request: RefundRequest) -> RefundResult:
        async with writing(self._engine) as conn:
            done = await self._refund_of(conn, request.key)
            if done is not None:
                return done
            row = await _found(conn, request.ref)
            if sandbox_later.dispute(row) is not None:
                raise ProviderRefused("the charge is disputed", code="charge_disputed", ref=row["ref"])
            left = row["captured"] - row["refunded"] + await self._failed(conn, request.ref)
            if request.amount > left:
                code = "charge_already_refunded" if left == 0 else "amount_too_large"
                raise ProviderRefused(f"only {left} can be refunded", code=code)
            row["refunded"] += request.amount
            await _write(conn, row, request.key)
            state, later = sandbox_later.refund_states(row)
            made = {
                "ref": "re_sandbox_" + _hash(request.key),
                "key": request.key,
                "payment_ref": request.ref,
                "amount": request.amount,
                "state": state,
                "created_at": self._now(),
                "data": {"reason": request.reason, "later": later},
            }
            await conn.execute(insert(r), made)
            await sandbox_later.tell_refund(conn, row, made)
        return self._refund(made)

    def _refund(self, row: Mapping[str, Any]) -> RefundResult:
        return sandbox_later.refund_result(row, self._now())

    async def _refund_of(self, conn: AsyncConnection, key: str) -> RefundResult | None:
        row = (await conn.execute(select(r).where(r.c.key == key))).mappings().one_or_none()
        return None if row is None else self._refund(dict(row))

    async def _failed(self, conn: AsyncConnection, payment_ref: str) -> int:
        """What came back of this payment's refunds: `refunded` counts all that were ever made."""
        rows = (await conn.execute(select(r).where(r.c.payment_ref == payment_ref))).mappings()
        return sum(made.amount for row in rows if (made := self._refund(dict(row))).status == "failed")

    async def look_up(self, request: ProviderRequest) -> ProviderResult | None:
        async with reading(self._engine) as conn:
            if isinstance(request, RefundRequest):
                return await self._refund_of(conn, request.key)
            row = await _row(conn, request.ref or "")
        if row is None:
            return None
        if isinstance(request, PaymentRequest) or request.key in row["data"]["done"]:
            return _answer(row)
        return None

    async def payment(self, ref: str) -> PaymentResult:
        """Looking again is what confirms a 3-D Secure payment here."""
        async with writing(self._engine) as conn:
            row = await _found(conn, ref)
            if row["state"] == "requires_action":
                if row["data"]["method"] == CHALLENGED_IN_VAIN:
                    row["state"] = "declined"
                else:
                    _hold(row)
                await _write(conn, row, "confirmed")
                await sandbox_later.tell_dispute(conn, row, self._now())
        return _answer(row)

    async def refund_status(self, payment_ref: str, refund_ref: str) -> RefundResult:
        async with reading(self._engine) as conn:
            row = (await conn.execute(select(r).where(r.c.ref == refund_ref))).mappings().one_or_none()
        if row is None:
            raise ProviderRefused("no such refund", code="resource_missing")
        return self._refund(dict(row))

    async def refunds(self, payment_ref: str) -> list[RefundResult]:
        query = select(r).where(r.c.payment_ref == payment_ref).order_by(r.c.created_at, r.c.ref)
        async with reading(self._engine) as conn:
            return [self._refund(dict(row)) for row in (await conn.execute(query)).mappings()]

    async def disputes(self, payment_ref: str) -> list[DisputeResult]:
        async with reading(self._engine) as conn:
            row = await _row(conn, payment_ref)
        opened = None if row is None else sandbox_later.dispute(row)
        return [] if opened is None else [opened]

    async def ledger(self, since: datetime, until: datetime) -> AsyncIterator[LedgerEntry]:
        begin, end = int(since.timestamp()), int(until.timestamp())
        query = select(p).where(p.c.created_at >= begin, p.c.created_at < end).order_by(p.c.created_at, p.c.ref)
        async with reading(self._engine) as conn:
            rows = (await conn.execute(query)).mappings().all()
            made = select(r).join(p, p.c.ref == r.c.payment_ref).where(p.c.created_at >= begin, p.c.created_at < end)
            failed: Counter[str] = Counter()
            for row in (await conn.execute(made)).mappings():
                result = self._refund(dict(row))
                failed[row["payment_ref"]] += result.amount if result.status == "failed" else 0
        for row in rows:
            yield LedgerEntry(
                ref=row["ref"],
                order_id=row["order_id"],
                currency=row["currency"],
                authorized=row["authorized"],
                captured=row["captured"],
                refunded=row["refunded"] - failed[row["ref"]],
                status=row["state"],
                created_at=datetime.fromtimestamp(row["created_at"], UTC),
            )


def _new(ref: str, request: PaymentRequest, now: int) -> dict[str, Any]:
    """The row of a new payment: held, captured, declined or waiting, as its method says."""
    row: dict[str, Any] = {
        "ref": ref,
        "key": request.key,
        "livemode": False,
        "order_id": request.order_id,
        "amount": request.amount,
        "currency": request.currency,
        "authorized": 0,
        "captured": 0,
        "refunded": 0,
        "state": "requires_action",
        "created_at": now,
        "data": {"method": request.payment_method, "capture": request.capture, "done": []},
    }
    decline = _decline(request.payment_method)
    if decline:
        row["state"] = "declined"
    elif request.payment_method not in CARDS:
        raise ProviderRefused(f"No such PaymentMethod: '{request.payment_method}'", code="resource_missing")
    elif request.payment_method not in CHALLENGED:
        _hold(row)
    return row


def _hold(row: dict[str, Any]) -> None:
    row["authorized"] = row["amount"]
    row["state"] = "authorized"
    if row["data"]["capture"]:
        row["captured"], row["state"] = row["amount"], "captured"


def _decline(method: str) -> tuple[str, str] | None:
    for prefix in ("pm_card_visa_", "pm_card_"):
        if method.startswith(prefix) and method.removeprefix(prefix) in DECLINES:
            return DECLINES[method.removeprefix(prefix)]
    return None


def _answer(row: Mapping[str, Any]) -> PaymentResult:
    """The row as the protocol's result; a declined one raises, every time it is asked."""
    method = row["data"]["method"]
    decline = _decline(method)
    if decline:
        raise Declined("Your card was declined.", code=decline[0], decline_code=decline[1], ref=row["ref"])
    if row["state"] == "declined":
        raise Declined(
            "Your card was declined.", code="card_declined", decline_code="authentication_required", ref=row["ref"]
        )
    result = PaymentResult(
        ref=row["ref"],
        status=row["state"],
        authorized=row["authorized"],
        captured=row["captured"],
        capturable=row["authorized"] - row["captured"] if row["state"] == "authorized" else 0,
        card=CARDS[method],
    )
    if row["state"] != "requires_action":
        return result
    secret = f"{row['ref']}_secret_{_hash(row['key'])[:12]}"
    return replace(result, client_secret=secret, next_action={"type": "use_stripe_sdk"})


async def _row(conn: AsyncConnection, ref: str) -> dict[str, Any] | None:
    row = (await conn.execute(_FIND, {"wanted": ref})).mappings().one_or_none()
    return None if row is None else dict(row)


async def _found(conn: AsyncConnection, ref: str) -> dict[str, Any]:
    row = await _row(conn, ref)
    if row is None:
        raise ProviderRefused(f"No such payment_intent: '{ref}'", code="resource_missing")
    return row


async def _write(conn: AsyncConnection, row: dict[str, Any], key: str) -> None:
    row["data"] = row["data"] | {"done": [*row["data"]["done"], key]}
    columns = ("authorized", "captured", "refunded", "state", "data")
    await conn.execute(update(p).where(p.c.ref == row["ref"]).values({c: row[c] for c in columns}))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]
