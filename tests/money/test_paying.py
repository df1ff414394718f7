"""The ordinary ways of money through the whole engine, and what the simulator's books say of them."""

from domain import ledger
from tests.money.shop import DESCRIPTOR, MoneyShop
from tests.workflows.shop import PRICE


async def test_an_order_is_paid_once_and_stripe_knows_which_order_and_which_shop(shop: MoneyShop) -> None:
    order = await shop.paid()
    assert shop.stripe(order)["captured"] == ledger.captured(order) == 2 * PRICE
    intent = shop.simulator.get(f"payment_intents/{order.payments[0].ref}")
    assert (intent["metadata"]["order_id"], intent["metadata"]["order_number"]) == (order.id, str(order.number))
    assert intent["statement_descriptor_suffix"] == DESCRIPTOR
