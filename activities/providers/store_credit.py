"""Store credit as a payment provider: what a customer has with the shop pays for orders, in either mode.

A hold takes the amount out of the balance at once, so that the same credit is never promised twice; releasing puts it back.
Everything is one transaction under the operation's key: a repeat answers the first result. Too little, or another currency,
is a decline (`insufficient_credit`), which counts as no attempt.
"""

import hashlib
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.providers.base import (
    CaptureRequest,
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
from domain.order import STORE_CREDIT
from store.database.engine import is_sqlite, reading, transact
from store.money.credit import NotEnough, Purse, shift
from store.tables import store_credit_payments as p

INSUFFICIENT: Final = "insufficient_credit"


class StoreCreditProvider:
    """One mode's store credit over one database."""

    name = STORE_CREDIT
    multicapture = False

    def __init__(self, engine: AsyncEngine, livemode: bool, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self.livemode = livemode
        self._clock = clock

    def _now(self) -> int:
        return int(self._clock())

    def foresee(self, key: str) -> str:
        """The name it will have."""
        return "credit_" + _hash(key)

    async def prepare(self, request: PaymentRequest) -> str:
        """Nothing is kept before credit is taken."""
        return self.foresee(request.key)

    async def authorize(self, request: PaymentRequest) -> PaymentResult:
        if request.customer is None:
            raise ProviderRefused("store credit belongs to a customer", code="customer_missing")
        if request.ref is None:
            raise ProviderRefused("the payment was not prepared", code="resource_missing")
        ref, purse = request.ref, Purse(self.livemode, request.customer, request.currency)

        def take(conn: Connection) -> dict[str, Any]:
            known = _row(conn, ref)
            if known is not None:
                return known
            made = _new(ref, request, purse, self._now())
            shift(
                conn, purse, -request.amount, key=request.key, kind="spent", at=self._now(), order_id=request.order_id
            )
            conn.execute(insert(p), made)
            return made

        try:
            return _answer(await transact(self._engine, take))
        except NotEnough:
            message = f"the customer has less than this in store credit in {request.currency}"
            raise Declined(message, code=INSUFFICIENT, decline_code=INSUFFICIENT, ref=ref) from None

    async def capture(self, request: CaptureRequest) -> PaymentResult:
        """What a final capture leaves goes back to the balance."""

        def take(conn: Connection) -> dict[str, Any]:
            row = _found(conn, request.ref)
            if request.key in row["done"]:
                return row
            if row["state"] != "authorized":
                raise ProviderRefused(f"the payment is {row['state']}", code="unexpected_state")
            if request.amount > row["authorized"] - row["captured"]:
                raise ProviderRefused("more than is held", code="amount_too_large")
            row["captured"] += request.amount
            self._release(conn, row, request.key)
            row["state"] = "captured"
            return _write(conn, row, request.key)

        return _answer(await transact(self._engine, take))

    def _release(self, conn: Connection, row: dict[str, Any], key: str) -> None:
        left = row["authorized"] - row["captured"]
        if left:
            shift(conn, _purse(row), left, key=key, kind="released", at=self._now(), order_id=row["order_id"])

    async def void(self, request: VoidRequest) -> PaymentResult:
        """One that was prepared and took nothing can take nothing afterwards."""

        def give_up(conn: Connection) -> dict[str, Any]:
            row = _row(conn, request.ref)
            if row is None:
                row = _given_up(request.ref, self.livemode, self._now())
                conn.execute(insert(p), row)
            if row["state"] == "captured" and request.key not in row["done"]:
                raise ProviderRefused("the payment is captured", code="unexpected_state", ref=row["ref"])
            if row["state"] == "authorized":
                self._release(conn, row, request.key)
                row["state"] = "captured" if row["captured"] else "canceled"
                return _write(conn, row, request.key)
            return row

        return _answer(await transact(self._engine, give_up))

    async def refund(self, request: RefundRequest) -> RefundResult:
        def give_back(conn: Connection) -> RefundResult:
            row = _found(conn, request.ref)
            if request.key in row["done"]:
                return RefundResult(_refund_ref(request.key), "succeeded", row["done"][request.key])
            left = row["captured"] - row["refunded"]
            if request.amount > left:
                raise ProviderRefused(f"only {left} can be refunded", code="amount_too_large")
            at, order_id = self._now(), row["order_id"]
            shift(conn, _purse(row), request.amount, key=request.key, kind="refunded", at=at, order_id=order_id)
            row["refunded"] += request.amount
            _write(conn, row, request.key, request.amount)
            return RefundResult(_refund_ref(request.key), "succeeded", request.amount)

        return await transact(self._engine, give_back)

    async def look_up(self, request: ProviderRequest) -> ProviderResult | None:
        row = await self._read(request.ref or "")
        if row is None:
            return None
        if isinstance(request, PaymentRequest):
            return _answer(row)
        if request.key not in row["done"]:
            return None
        if isinstance(request, RefundRequest):
            return RefundResult(_refund_ref(request.key), "succeeded", row["done"][request.key])
        return _answer(row)

    async def payment(self, ref: str) -> PaymentResult:
        row = await self._read(ref)
        if row is None:
            raise ProviderRefused("no such payment", code="resource_missing")
        return _answer(row)

    async def _read(self, ref: str) -> dict[str, Any] | None:
        async with reading(self._engine) as conn:
            row = (await conn.execute(select(p).where(p.c.ref == ref))).mappings().one_or_none()
        return None if row is None else dict(row)

    async def refunds(self, payment_ref: str) -> list[RefundResult]:
        row = await self._read(payment_ref)
        made = row["done"].items() if row is not None else ()
        return [RefundResult(_refund_ref(key), "succeeded", amount) for key, amount in made if amount]

    async def refund_status(self, payment_ref: str, refund_ref: str) -> RefundResult:
        for made in await self.refunds(payment_ref):
            if made.ref == refund_ref:
                return made
        raise ProviderRefused("no such refund", code="resource_missing")

    async def disputes(self, payment_ref: str) -> list[DisputeResult]:
        """Nobody disputes their own credit."""
        return []

    async def close(self) -> None:
        """There is no connection of its own."""

    async def ledger(self, since: datetime, until: datetime) -> AsyncIterator[LedgerEntry]:
        begin, end = int(since.timestamp()), int(until.timestamp())
        query = select(p).where(p.c.livemode == self.livemode, p.c.created_at >= begin, p.c.created_at < end)
        async with reading(self._engine) as conn:
            rows = (await conn.execute(query.order_by(p.c.created_at, p.c.ref))).mappings().all()
        for row in rows:
            yield LedgerEntry(
                ref=row["ref"],
                order_id=row["order_id"],
                currency=row["currency"],
                authorized=row["authorized"],
                captured=row["captured"],
                refunded=row["refunded"],
                status=row["state"],
                created_at=datetime.fromtimestamp(row["created_at"], UTC),
            )


def _new(ref: str, request: PaymentRequest, purse: Purse, at: int) -> dict[str, Any]:
    return {
        "ref": ref,
        "livemode": purse.livemode,
        "customer_id": purse.customer_id,
        "order_id": request.order_id,
        "currency": purse.currency,
        "authorized": request.amount,
        "captured": request.amount if request.capture else 0,
        "refunded": 0,
        "state": "captured" if request.capture else "authorized",
        "created_at": at,
        "done": {request.key: 0},
    }


def _given_up(ref: str, livemode: bool, at: int) -> dict[str, Any]:
    return {
        "ref": ref, "livemode": livemode, "customer_id": None, "order_id": None, "currency": "", "authorized": 0,
        "captured": 0, "refunded": 0, "state": "canceled", "created_at": at, "done": {},
    }  # fmt: skip


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _refund_ref(key: str) -> str:
    return "credit_refund_" + _hash(key)


def _purse(row: dict[str, Any]) -> Purse:
    return Purse(row["livemode"], row["customer_id"], row["currency"])


def _row(conn: Connection, ref: str) -> dict[str, Any] | None:
    query = select(p).where(p.c.ref == ref)
    row = conn.execute(query if is_sqlite(conn) else query.with_for_update()).mappings().one_or_none()
    return None if row is None else {**row, "done": dict(row["done"])}


def _found(conn: Connection, ref: str) -> dict[str, Any]:
    row = _row(conn, ref)
    if row is None:
        raise ProviderRefused("no such payment", code="resource_missing")
    return row


def _write(conn: Connection, row: dict[str, Any], key: str, gave_back: int = 0) -> dict[str, Any]:
    row["done"][key] = gave_back
    conn.execute(update(p).where(p.c.ref == row["ref"]).values({k: v for k, v in row.items() if k != "ref"}))
    return row


def _answer(row: dict[str, Any]) -> PaymentResult:
    holds = row["state"] == "authorized"
    return PaymentResult(
        ref=row["ref"],
        status=row["state"],
        authorized=row["authorized"],
        captured=row["captured"],
        capturable=row["authorized"] - row["captured"] if holds else 0,
        method_type=STORE_CREDIT,
    )
