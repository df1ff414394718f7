"""The lives an order can have, each driven once and kept as a history (`python -m tests.workflows.record`).

A scenario answers its order; every run of that order is kept, each as a file of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from domain import commands as c
from domain.errors import OrderError
from domain.order import Order, Units
from tests.workflows.faults import database_refusing
from tests.workflows.shop import VARIANT, Shop, request


async def happy_path(shop: Shop) -> Order:
    order = await shop.delivered()
    await shop.skip(order, timedelta(days=31))
    return order


async def short_stock(shop: Shop) -> Order:
    order = await shop.order(quantity=100_000, auto_confirm=True)
    await _refused(shop.door.place(order, confirm=False, request=request()))
    return order


async def decline(shop: Shop) -> Order:
    order = await shop.confirmed()
    for _ in range(3):
        order = await shop.do(order, c.Pay(payment_method="pm_card_chargeDeclined"))
    return order


async def draft_declined_then_paid(shop: Shop) -> Order:
    order = await shop.do(await shop.placed(), c.Pay(payment_method="pm_card_chargeDeclined"))
    await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    return await shop.do(order, c.Cancel())


async def cancelled_after_payment(shop: Shop) -> Order:
    return await shop.do(await shop.paid(), c.Cancel(reason="customer_request"))


async def returned(shop: Shop) -> Order:
    order = await shop.delivered()
    asked = await shop.settle(order, c.RequestReturn(lines=(c.ReturnUnits(variant_id=VARIANT, quantity=2),)))
    assert asked.subject is not None
    await shop.do(order, c.ApproveReturn(return_id=asked.subject))
    await shop.do(order, c.ReceiveReturn(return_id=asked.subject))
    await shop.skip(order, timedelta(days=31))
    return order


async def payment_window(shop: Shop) -> Order:
    order = await shop.do(await shop.confirmed(), c.Pay(payment_method="pm_card_visa", amount=1000))
    await shop.skip(order, timedelta(days=2))
    return order


async def authorization_lapse(shop: Shop) -> Order:
    order = await shop.paid(take=False)
    await shop.skip(order, timedelta(days=9))
    return order


async def on_fulfillment(shop: Shop) -> Order:
    order = await shop.paid(quantity=3, capture="on_fulfillment")
    await shop.do(order, c.Fulfill(lines=(Units(line_id=order.lines[0].id, quantity=1),)))
    await shop.do(order, c.Fulfill())
    await shop.do(order, c.Deliver())
    return await shop.do(order, c.Close())


async def continued_as_new(shop: Shop) -> Order:
    """Recorded with UPDATES_PER_RUN at 4 (record.py)."""
    order = await shop.paid()
    for n in range(4):
        await shop.do(order, c.AddNote(body=f"{n}"))
    return await shop.do(order, c.Cancel())


async def woken(shop: Shop) -> Order:
    return await shop.do(await shop.closed(), c.Refund(amount=100))


async def facts(shop: Shop) -> Order:
    order = await shop.do(await shop.confirmed(), c.Pay(payment_method="pm_card_authenticationRequired"))
    ref = order.payments[0].ref or ""
    paid = c.PaymentFact(ref=ref, status="captured", authorized=order.total, captured=order.total)
    for _ in range(2):
        await shop.signal(order, paid)
    await shop.until(order, lambda o: o.payments[0].captured > 0)
    await shop.signal(order, c.DisputeFact(payment_ref=ref, ref="dp_1", status="opened", amount=100))
    await shop.signal(order, c.DisputeFact(payment_ref=ref, ref="dp_1", status="won", amount=100))
    await shop.until(order, lambda o: "order.released" in o.latest)
    await shop.do(order, c.Fulfill())
    await shop.signal(order, c.Deliver())
    await shop.until(order, lambda o: o.return_window_ends_at is not None)
    return await shop.do(order, c.Close())


async def outage_fallback(shop: Shop) -> Order:
    order = await shop.placed()
    async with database_refusing(shop):
        confirming = asyncio.create_task(shop.do(order, c.Confirm()))
        await asyncio.sleep(2.5)
    await confirming
    return await shop.do(order, c.Cancel())


async def operator_cancel(shop: Shop) -> Order:
    order = await shop.paid()
    await shop.handle(order).cancel()
    await asyncio.gather(shop.result(order), return_exceptions=True)
    return order


async def operator_refused(shop: Shop) -> Order:
    order = await shop.shipped()
    await shop.handle(order).cancel()
    await shop.do(order, c.Deliver())
    return await shop.do(order, c.Close())


async def races_lost(shop: Shop) -> Order:
    """Refusals under the lock: accepted and failed, in the history."""
    order = await shop.paid()
    await asyncio.gather(*(shop.do(order, c.Cancel()) for _ in range(4)), return_exceptions=True)
    return order


async def checkout(shop: Shop) -> Order:
    """Placed, confirmed and paid in one call; declined first, then not."""
    order = await shop.order()
    pay = c.Pay(payment_method="pm_card_chargeDeclined")
    order = (await shop.door.place(order, confirm=False, request=request(), payment=pay)).order
    await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    return await shop.do(order, c.Cancel())


async def _refused(command: Awaitable[object]) -> None:
    try:
        await command
    except OrderError:
        return
    raise AssertionError("this was to be refused")


SCENARIOS: Final[dict[str, Callable[[Shop], Awaitable[Order]]]] = {
    "happy-path": happy_path,
    "short-stock": short_stock,
    "decline": decline,
    "draft-declined-then-paid": draft_declined_then_paid,
    "cancelled-after-payment": cancelled_after_payment,
    "returned": returned,
    "payment-window": payment_window,
    "authorization-lapse": authorization_lapse,
    "on-fulfillment": on_fulfillment,
    "continued-as-new": continued_as_new,
    "woken": woken,
    "facts": facts,
    "outage-fallback": outage_fallback,
    "operator-cancel": operator_cancel,
    "operator-refused": operator_refused,
    "races-lost": races_lost,
    "checkout": checkout,
}
"""Name of the history's file -> what happened."""

UPDATES_PER_RUN: Final = {"continued-as-new": 4}
"""Scenario -> the threshold it was recorded, and must be replayed, with."""
