"""The Python client against a real engine: every verb, blocking and asyncio."""

import inspect
import uuid
from collections.abc import AsyncIterator, Iterator
from types import ModuleType

import httpx2
import ordermill_client as sdk
import pytest
from ordermill_client import async_resources, resources
from ordermill_client.async_resources import AsyncOrders
from ordermill_client.inputs import OrderInput
from ordermill_client.resources import Orders

from tests.clients.running import Engine

ORDER: OrderInput = {
    "email": "jane@example.com",
    "currency": "USD",
    "items": [{"variant_id": "var_xyz789", "quantity": 2, "unit_price": 2999}],
    "shipping_address": {"line1": "456 Oak Ave", "city": "Portland", "state": "OR", "postal_code": "97201", "country": "US"},
    "shipping_method_id": "ship_standard",
}  # fmt: skip


def order_of(customer_id: str) -> OrderInput:
    order = ORDER.copy()
    order["customer_id"] = customer_id
    return order


@pytest.fixture
def orders(engine: Engine) -> Iterator[Orders]:
    # A transport of its own: no proxy of the environment between us.
    with sdk.Commerce(engine.key, base_url=engine.url, transport=httpx2.HTTPTransport()) as commerce:
        yield commerce.orders


@pytest.fixture
async def waited(engine: Engine) -> AsyncIterator[AsyncOrders]:
    async with sdk.AsyncCommerce(engine.key, base_url=engine.url, transport=httpx2.AsyncHTTPTransport()) as commerce:
        yield commerce.orders


def test_an_order_from_draft_to_returned(orders: Orders) -> None:
    order = orders.create(**ORDER)
    assert (order.lifecycle, order.etag) == ("draft", '"1"')
    assert orders.confirm(order.id).lifecycle == "confirmed"
    assert orders.update(order.id, metadata={"a_b": 1}).metadata == {"a_b": 1}
    assert orders.authorize(order.id, payment_method="pm_card_visa").payment_status == "authorized"
    assert orders.capture(order.id).payments[0].captured_amount == order.total
    assert orders.fulfill(order.id, tracking_number="1Z", notify_customer=True).tracking.number == "1Z"
    assert orders.deliver(order.id).lifecycle == "delivered"
    line = order.items[0].id
    first = orders.return_(order.id, items=[{"item_id": line, "quantity": 1, "reason": "wrong_size"}])
    assert orders.approve_return(order.id, first.id).status == "approved"
    assert orders.receive_return(order.id, first.id, items=[{"item_id": line, "quantity": 1}]).status == "refunded"
    second = orders.return_(order.id, items=[{"item_id": line, "quantity": 1}])
    assert orders.reject_return(order.id, second.id, reason="worn").reject_reason == "worn"
    assert [each.status for each in orders.returns(order.id).models] == ["refunded", "rejected"]
    assert orders.refund(order.id, amount=100, reason="late").status == "processed"
    events = orders.events(order.id)
    assert [event.sequence for event in events.models] == list(range(1, events.count + 1))
    expanded = orders.get(order.display_id, expand=["items.product", "customer"])
    assert expanded.items[0].product is not None
    assert expanded.customer is not None
    assert expanded.customer.email == "jane@example.com"


async def test_an_order_from_draft_to_returned_without_blocking(waited: AsyncOrders) -> None:
    order = await waited.create(**ORDER)
    assert (await waited.confirm(order.id)).lifecycle == "confirmed"
    assert (await waited.update(order.id, notes="gift")).notes == "gift"
    assert (await waited.authorize(order.id, payment_method="pm_card_visa")).payment_status == "authorized"
    assert (await waited.capture(order.id)).captured_total == order.total
    assert (await waited.fulfill(order.id)).status == "shipped"
    assert (await waited.deliver(order.id)).lifecycle == "delivered"
    line = order.items[0].id
    first = await waited.return_(order.id, items=[{"item_id": line, "quantity": 1}])
    assert (await waited.approve_return(order.id, first.id)).status == "approved"
    assert (await waited.receive_return(order.id, first.id)).status == "refunded"
    second = await waited.return_(order.id, items=[{"item_id": line, "quantity": 1}])
    assert (await waited.reject_return(order.id, second.id, reason="worn")).status == "rejected"
    assert (await waited.returns(order.id)).count == 2
    assert (await waited.refund(order.id, amount=100)).amount == 100
    assert (await waited.events(order.id)).models[0].type == "order.created"
    assert (await waited.get(order.id)).refunded_total > 100


async def test_void_cancel_and_lists_without_blocking(waited: AsyncOrders) -> None:
    customer = f"cust_{uuid.uuid4().hex}"
    placed = [(await waited.create(**order_of(customer))).id for _ in range(3)]
    assert sorted([order.id async for order in waited.all(customer_id=customer, display=2)]) == sorted(placed)
    assert (await waited.list(customer_id=customer)).count == 3
    await waited.authorize(placed[0], payment_method="pm_card_visa")
    assert (await waited.void(placed[0])).payments[0].status == "voided"
    assert (await waited.cancel(placed[0], reason="fraud")).cancel_reason == "fraud"
    assert (await waited.pay(placed[1], payment_method="pm_card_visa")).amount_due == 0


def test_void_cancel_and_lists(orders: Orders) -> None:
    customer = f"cust_{uuid.uuid4().hex}"
    placed = [orders.create(**order_of(customer)).id for _ in range(3)]
    assert sorted(order.id for order in orders.all(customer_id=customer, display=2)) == sorted(placed)
    assert orders.list(customer_id=customer, status="draft").count == 3
    orders.authorize(placed[0], payment_method="pm_card_visa")
    assert orders.void(placed[0]).payments[0].status == "voided"
    assert orders.cancel(placed[0], reason="customer_request").status == "cancelled"


def test_the_same_key_does_a_thing_once_and_an_old_version_is_refused(orders: Orders) -> None:
    options = sdk.Options(idempotency_key=uuid.uuid4().hex)
    first = orders.create(options=options, **ORDER)
    assert orders.create(options=options, **ORDER) == first
    orders.confirm(first.id, options=sdk.Options(if_match=first.etag))
    with pytest.raises(sdk.VersionChanged):
        orders.cancel(first.id, options=sdk.Options(if_match=first.etag))
    with pytest.raises(sdk.ValidationFailed) as reused:
        orders.create(options=options, **order_of("somebody else"))
    assert reused.value.code == "idempotency_key_reused"


def test_refusals_arrive_as_what_they_are(orders: Orders) -> None:
    order = orders.create(**ORDER)
    with pytest.raises(sdk.NotFound):
        orders.get("order_01HZZZZZZZZZZZZZZZZZZZZZZZ")
    with pytest.raises(sdk.PaymentRefused) as declined:
        orders.pay(order.id, payment_method="pm_card_chargeDeclined")
    assert declined.value.decline_code
    assert declined.value.request_id
    orders.cancel(order.id)
    with pytest.raises(sdk.Conflict):
        orders.cancel(order.id)
    with pytest.raises(sdk.ValidationFailed) as wrong:
        orders.refund(order.id, amount=-1)
    assert wrong.value.field == "amount"


def test_both_clients_offer_the_same_verbs_with_the_same_arguments() -> None:
    def verbs(cls: type) -> dict[str, list[str]]:
        methods = inspect.getmembers(cls, inspect.isfunction)
        return {name: list(inspect.signature(method).parameters) for name, method in methods if name != "__init__"}

    def offered(module: ModuleType) -> dict[str, type]:
        named = inspect.getmembers(module, inspect.isclass)
        return {name.removeprefix("Async"): cls for name, cls in named if cls.__module__ == module.__name__}

    blocking, awaiting = offered(resources), offered(async_resources)
    assert {name: verbs(cls) for name, cls in blocking.items()} == {name: verbs(cls) for name, cls in awaiting.items()}
    assert {"pay", "edit", "hold", "return_"} <= set(verbs(Orders)) & set(verbs(AsyncOrders))
