"""Stripe Tax as the source of an order's taxes, where the policy file says so."""

import dataclasses
from collections.abc import AsyncIterator

import pytest_asyncio

from domain.policy import ShopConfig
from ordermill.launch.ports import free_ports
from tests.money.shop import MoneyShop, serving

BODY = {
    "items": [{"title": "Mug", "unitPrice": 999, "quantity": 3}, {"title": "Tea", "unitPrice": 501, "quantity": 1}],
    "shippingAddress": {"line1": "1 Main St", "city": "Oakland", "state": "CA", "postalCode": "94601", "country": "US"},
}


@pytest_asyncio.fixture(loop_scope="session")
async def taxing(shop: MoneyShop) -> AsyncIterator[MoneyShop]:
    """The same shop through an API whose taxes Stripe calculates."""
    (port,) = free_ports(1)
    async with serving(shop.settings, port, ShopConfig(tax_calculation_source="stripe_tax")):
        yield dataclasses.replace(shop, url=f"http://127.0.0.1:{port}")


async def test_an_order_costs_what_stripe_tax_says_and_says_who_calculated(taxing: MoneyShop) -> None:
    seen = (await taxing.call("POST", "/order", BODY)).json()
    assert seen["taxTotal"] > 0
    assert seen["total"] == 3 * 999 + 501 + seen["taxTotal"]
    assert sum(item["tax"] for item in seen["items"]) == seen["taxTotal"] if "tax" in seen["items"][0] else True
    paid = await taxing.call("POST", f"/order/{seen['id']}/pay", {"paymentMethod": "pm_card_visa"})
    taxing.made.append(seen["id"].removeprefix("order_"))
    assert paid.json()["capturedTotal"] == seen["total"]
    shown = (await taxing.call("GET", f"/v1/orders/{seen['id']}")).json()
    assert shown["tax_calculation_source"] == "stripe_tax"


async def test_a_given_tax_and_an_order_that_goes_nowhere_ask_nobody(taxing: MoneyShop) -> None:
    taxing.simulator.fault("unavailable", path="/v1/tax/*", times=None)
    given = (await taxing.call("POST", "/order", BODY | {"taxTotal": 77})).json()
    nowhere = (await taxing.call("POST", "/order", {"items": BODY["items"]})).json()
    assert (given["taxTotal"], nowhere["taxTotal"]) == (77, 0)


async def test_no_order_is_placed_with_a_guess_while_stripe_tax_is_away(taxing: MoneyShop) -> None:
    taxing.simulator.fault("unavailable", path="/v1/tax/*")
    first = await taxing.call("POST", "/order", BODY, key="taxes-away")
    assert (first.status_code, first.json()["error"]["code"]) == (503, "unavailable")
    again = await taxing.call("POST", "/order", BODY, key="taxes-away")
    assert again.status_code == 201
