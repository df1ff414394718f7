"""Which provider serves which mode, and what of the order Stripe is told: customer, address for taxes."""

import time
from typing import Any

import pytest
from pydantic import SecretStr

from activities.providers import PROVIDERS, Row, by_livemode
from domain import commands as c
from ordermill.settings import Settings
from store.access import keys
from tests.money.shop import KEY, MoneyShop


@pytest.mark.parametrize(
    ("provider", "key", "served"),
    [
        ("sandbox", None, {False: "sandbox"}),
        ("stripe", "sk_test_1", {False: "stripe"}),
        ("stripe", "rk_test_1", {False: "stripe"}),
        ("stripe", "sk_live_1", {False: "sandbox", True: "stripe"}),
        ("stripe", "rk_live_1", {False: "sandbox", True: "stripe"}),
    ],
)
def test_the_keys_own_prefix_says_which_mode_stripe_serves(
    provider: Any, key: str | None, served: dict[bool, str]
) -> None:
    made = Settings.model_construct(payment_provider=provider, stripe_api_key=SecretStr(key) if key else None)
    assert by_livemode(made) == served


@pytest.mark.parametrize(
    ("provider", "variable"), [("paypal", "ORDERMILL_PAYMENT_PROVIDER"), ("stripe", "STRIPE_API_KEY")]
)
def test_a_provider_that_cannot_be_stops_the_start_and_names_the_variable(provider: str, variable: str) -> None:
    made = Settings.model_construct(payment_provider=provider, stripe_api_key=None)
    with pytest.raises(ValueError, match=f"^{variable}: "):
        by_livemode(made)


def test_a_new_provider_is_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROVIDERS, "other", Row(PROVIDERS["sandbox"].make, lambda settings: True))
    assert by_livemode(Settings(payment_provider="other")) == {False: "sandbox", True: "other"}


async def test_a_live_order_is_not_paid_where_nobody_serves_live(shop: MoneyShop) -> None:
    live = (await keys.mint(shop.database, scope="secret", livemode=True, now=int(time.time()))).text
    test, shop.key = shop.key, live
    try:
        order = await shop.call("POST", "/order", {"items": [{"title": "Mug", "unitPrice": 500, "quantity": 1}]})
        paid = await shop.call("POST", f"/order/{order.json()['id']}/pay", {"paymentMethod": "pm_card_visa"})
    finally:
        shop.key = test
    assert (paid.status_code, paid.json()["error"]["code"]) == (422, "validation_error")
    assert "mode" in paid.json()["error"]["message"]


async def test_a_stripe_customer_pays_as_that_customer(shop: MoneyShop) -> None:
    made = shop.simulator.http.post(
        "/v1/customers", data={"email": "jane@example.com"}, headers={"Authorization": f"Bearer {KEY}"}
    ).json()
    order = await shop.order()
    order = await shop.placed(order.model_copy(update={"customer_id": made["id"]}))
    order = await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    assert shop.simulator.get(f"payment_intents/{order.payments[0].ref}")["customer"] == made["id"]


async def test_a_customer_of_ours_alone_is_not_told_to_stripe(shop: MoneyShop) -> None:
    order = await shop.order()
    order = await shop.placed(order.model_copy(update={"customer_id": "cust_ours"}))
    order = await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    assert shop.simulator.get(f"payment_intents/{order.payments[0].ref}")["customer"] is None
