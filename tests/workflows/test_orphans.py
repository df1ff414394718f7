"""Operations that nobody finishes any more: an earlier release began them, or the order's row was restored
from a backup older than they are."""

import asyncio
import time

import pytest

import worker
from activities.providers.base import PaymentRequest
from activities.upkeep import orphans
from activities.upkeep.reaching import Reaching
from domain import commands as c
from domain import ledger
from domain.order import Order
from store.database.engine import transact
from store.money import operations
from store.money.operations import OperationRow
from tests.workflows.shop import PRICE, Shop

KEY = "of-the-first-release"


async def begun(shop: Shop, order: Order, *, answered: bool) -> None:
    """An authorisation that was written down, prepared and, where `answered`, made; its answer was lost."""
    table = worker.ProviderTable(shop.settings, shop.database)
    provider = table("sandbox", False)
    request = PaymentRequest(
        key=KEY, order_id=order.id, order_number=order.number, amount=2 * PRICE, currency="USD",
        payment_method="pm_card_visa", capture=True,
    )  # fmt: skip
    ref = await provider.prepare(request)
    if answered:
        await provider.authorize(PaymentRequest(**{**vars(request), "ref": ref}))
    at = int(time.time()) - 60
    row = OperationRow(
        key=KEY, order_id=order.id, livemode=False, provider="sandbox", kind="authorize", amount=2 * PRICE,
        currency="USD", created_at=at, updated_at=at, ref=ref,
    )  # fmt: skip
    await transact(shop.database, lambda conn: operations.start(conn, row))
    await table.close()


async def swept(shop: Shop) -> int:
    table = worker.ProviderTable(shop.settings, shop.database)
    reaching = Reaching(shop.client, shop.database, shop.settings.task_queue)
    try:
        return await orphans.tell(shop.database, reaching, table, int(time.time()))
    finally:
        await table.close()


@pytest.mark.parametrize("cancelled", [True, False])
async def test_a_charge_that_nobody_knows_is_taken_on_by_its_order(shop: Shop, cancelled: bool) -> None:
    """On a cancelled order the money goes back by itself."""
    order = await shop.confirmed()
    if cancelled:
        order = await shop.do(order, c.Cancel())
    await begun(shop, order, answered=True)
    assert await swept(shop) == 0, "told, and not settled before the order has recorded it"
    order = await shop.until(order, lambda o: ledger.captured(o) == 2 * PRICE)
    if cancelled:
        order = await shop.until(order, lambda o: ledger.refunded(o) == 2 * PRICE)
    for _ in range(20):  # what the order did meanwhile (the refund) is a fact too, and is told and recorded first
        if await swept(shop) == 1:
            break
        await asyncio.sleep(0.1)
    row = await operations.get(shop.database, KEY)
    assert row is not None
    assert row.status != "started"
    assert ledger.captured(await shop.stored(order)) == 2 * PRICE


async def test_what_surely_never_happened_is_settled_without_a_word(shop: Shop) -> None:
    order = await shop.confirmed()
    await begun(shop, order, answered=False)
    assert await swept(shop) == 1
    assert (await shop.stored(order)).version == order.version
    row = await operations.get(shop.database, KEY)
    assert row is not None
    assert row.status == "refused"
