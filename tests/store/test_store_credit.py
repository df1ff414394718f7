"""Store credit on both databases: never overdrawn at any concurrency, moved once per key, and a provider that never forgets."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.providers.base import (
    CaptureRequest,
    Declined,
    PaymentRequest,
    ProviderRefused,
    RefundRequest,
    VoidRequest,
)
from activities.providers.store_credit import StoreCreditProvider
from domain.order import STORE_CREDIT
from store.database.engine import StoreRejected, transact
from store.money import credit
from store.money.credit import NotEnough, Purse
from store.tables import store_credit
from tests.store.plans import plan_of

PURSE = Purse(False, "cust_1", "USD")


async def _give(engine: AsyncEngine, amount: int, key: str = "g1") -> None:
    await credit.grant(engine, PURSE, amount, key=key, reason="sorry", at=1)


async def _left(engine: AsyncEngine) -> int:
    return (await credit.balances(engine, False, "cust_1")).get("USD", 0)


def _payment(
    key: str, amount: int, ref: str | None = None, *, capture: bool = True, currency: str = "USD"
) -> PaymentRequest:
    return PaymentRequest(
        key=key, order_id="o", order_number=1001, amount=amount, currency=currency, payment_method=STORE_CREDIT,
        capture=capture, customer="cust_1", ref=ref,
    )  # fmt: skip


async def _paid(provider: StoreCreditProvider, key: str, amount: int, *, capture: bool = True) -> str:
    ref = await provider.prepare(_payment(key, amount))
    await provider.authorize(_payment(key, amount, ref, capture=capture))
    return ref


async def test_any_number_spend_at_once_and_never_more_than_there_is(engine: AsyncEngine) -> None:
    await _give(engine, 1_000)

    async def spend(n: int) -> int:
        try:
            await credit.grant(engine, PURSE, -70, key=f"s{n}", reason="x", at=2)
        except NotEnough:
            return 0
        return 70

    spent = sum(await asyncio.gather(*(spend(n) for n in range(40))))
    assert (spent, await _left(engine)) == (980, 20)
    entries = await credit.entries(engine, False, "cust_1", limit=100)
    assert sum(entry.amount for entry in entries) == 20


async def test_one_key_moves_once_however_many_send_it(engine: AsyncEngine) -> None:
    await asyncio.gather(*(_give(engine, 100, "same") for _ in range(10)))
    assert await _left(engine) == 100


async def test_the_database_itself_refuses_a_balance_below_nothing(engine: AsyncEngine) -> None:
    await _give(engine, 1)
    with pytest.raises((StoreRejected, IntegrityError)):
        await transact(engine, lambda conn: conn.execute(store_credit.update().values(balance=-1)))


async def test_modes_customers_and_currencies_are_purses_of_their_own(engine: AsyncEngine) -> None:
    await _give(engine, 100)
    for other in (Purse(True, "cust_1", "USD"), Purse(False, "cust_2", "USD"), Purse(False, "cust_1", "EUR")):
        with pytest.raises(NotEnough):
            await credit.grant(engine, other, -1, key=f"{other}", reason="x", at=2)


async def test_payments_at_once_never_promise_the_same_credit_twice(engine: AsyncEngine) -> None:
    await _give(engine, 500)
    provider = StoreCreditProvider(engine, False)

    async def pay(n: int) -> bool:
        try:
            await _paid(provider, f"p{n}", 200, capture=bool(n % 2))
        except Declined as declined:
            codes.add(declined.decline_code)
            return False
        return True

    codes: set[str] = set()
    assert sum(await asyncio.gather(*(pay(n) for n in range(12)))) == 2
    assert codes == {"insufficient_credit"}
    assert await _left(engine) == 100


async def test_every_call_repeated_answers_the_same_and_moves_nothing_more(engine: AsyncEngine) -> None:
    await _give(engine, 500)
    provider = StoreCreditProvider(engine, False)
    ref = await _paid(provider, "p", 300, capture=False)
    assert await provider.authorize(_payment("p", 300, ref, capture=False)) == await provider.payment(ref)
    capture, refund = CaptureRequest("c", ref, 250, "USD"), RefundRequest("r", ref, 100, "USD")
    assert await provider.look_up(capture) is None
    taken = await provider.capture(capture)
    assert await provider.capture(capture) == taken == await provider.look_up(capture)
    assert await provider.look_up(refund) is None
    given = await provider.refund(refund)
    assert await provider.refund(refund) == given == await provider.look_up(refund)
    assert await _left(engine) == 500 - 250 + 100
    assert [made.amount for made in await provider.refunds(ref)] == [100]
    with pytest.raises(ProviderRefused):
        await provider.refund(RefundRequest("r2", ref, 151, "USD"))


async def test_releasing_gives_the_hold_back_once(engine: AsyncEngine) -> None:
    await _give(engine, 500)
    provider = StoreCreditProvider(engine, False)
    ref = await _paid(provider, "p", 300, capture=False)
    assert await _left(engine) == 200
    for _ in range(2):
        assert (await provider.void(VoidRequest("v", ref))).status == "canceled"
    assert await _left(engine) == 500
    with pytest.raises(ProviderRefused):
        await provider.capture(CaptureRequest("c", ref, 1, "USD"))


async def test_a_payment_given_up_before_it_took_anything_takes_nothing_afterwards(engine: AsyncEngine) -> None:
    await _give(engine, 500)
    provider = StoreCreditProvider(engine, False)
    ref = await provider.prepare(_payment("p", 300))
    assert (await provider.void(VoidRequest("v", ref))).status == "canceled"
    assert (await provider.authorize(_payment("p", 300, ref))).status == "canceled"
    assert await _left(engine) == 500


async def test_its_ledger_says_what_was_paid_with_it(engine: AsyncEngine) -> None:
    await _give(engine, 500)
    now = datetime.now(UTC)
    ref = await _paid(StoreCreditProvider(engine, False), "p", 300)
    found = [entry async for entry in StoreCreditProvider(engine, False).ledger(now - timedelta(1), now + timedelta(1))]
    assert [(entry.ref, entry.captured, entry.order_id) for entry in found] == [(ref, 300, "o")]
    assert [e async for e in StoreCreditProvider(engine, True).ledger(now - timedelta(1), now + timedelta(1))] == []


async def test_a_page_of_entries_is_read_from_the_index(engine: AsyncEngine) -> None:
    plan = await plan_of(engine, credit.entries(engine, False, "cust_1", limit=20, before=1_000))
    assert "ix_store_credit_entries_customer" in plan
    assert "sort" not in plan.lower()
    assert "b-tree" not in plan.lower()
