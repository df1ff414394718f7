"""The customer is charged what they saw, in every kind of currency, or not at all."""

import pytest

from domain import commands as c
from domain import ledger
from domain.order import Units
from tests.money.shop import MoneyShop

SEEN = [
    # currency, minor units per piece, what Stripe must be asked for two pieces
    ("USD", 1999, 3998),
    ("JPY", 1999, 3998),
    ("ISK", 1999, 399_800),
    ("UGX", 25_000, 5_000_000),
    ("KWD", 19_990, 39_980),
    ("BHD", 1_990, 3_980),
]


@pytest.mark.parametrize(("currency", "price", "asked"), SEEN)
async def test_an_order_is_charged_and_refunded_to_the_unit(
    shop: MoneyShop, currency: str, price: int, asked: int
) -> None:
    answer = await shop.call(
        "POST", "/order", {"currency": currency, "items": [{"title": "Mug", "unitPrice": price, "quantity": 2}]}
    )
    seen = answer.json()
    assert (answer.status_code, seen["total"]) == (201, 2 * price)
    shop.made.append(seen["id"].removeprefix("order_"))
    path = f"/order/{seen['id']}"
    assert (await shop.call("POST", f"{path}/pay", {"paymentMethod": "pm_card_visa"})).status_code == 200
    entries = shop.simulator.control("GET", "ledger")["entries"]
    (entry,) = [e for e in entries if e["metadata"].get("order_id") == shop.made[0]]
    assert (entry["currency"], entry["captured"]) == (currency.lower(), asked)
    half = {"items": [{"itemId": seen["items"][0]["id"], "quantity": 1}]}
    assert (await shop.call("POST", f"{path}/refund", half)).json()["amount"] == price
    assert shop.simulator.ledger(entry["payment_intent"])["refunded"] * 2 == asked


async def test_what_stripe_cannot_charge_exactly_is_refused_before_anything_moves(shop: MoneyShop) -> None:
    order = await shop.order(quantity=1, price_each=19_995)
    order = await shop.placed(order.model_copy(update={"currency": "KWD"}))
    answer = await shop.call("POST", f"/order/order_{order.id}/pay", {"paymentMethod": "pm_card_visa"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation_error")
    assert shop.charges(order) == 0


async def test_shares_of_a_dinar_order_are_such_as_stripe_can_take(shop: MoneyShop) -> None:
    order = await shop.order(quantity=3, price_each=3_330)
    order = await shop.placed(order.model_copy(update={"currency": "KWD"}))
    order = await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    order = await shop.do(order, c.Refund(lines=(c.RefundUnits(line_id=order.lines[0].id, quantity=1),)))
    order = await shop.do(order, c.Fulfill(lines=(Units(line_id=order.lines[0].id, quantity=1),)))
    assert (ledger.refunded(order), shop.stripe(order)["refunded"]) == (3_330, 3_330)
