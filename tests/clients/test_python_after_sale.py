"""The Python client against a real engine: what comes after the sale, and what the engine knows beside orders."""

import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import ordermill_client as sdk
import pytest
from ordermill_client.inputs import OrderInput

from tests.clients.running import Engine


@pytest.fixture
def commerce(engine: Engine) -> Iterator[sdk.Commerce]:
    with sdk.Commerce(engine.key, base_url=engine.url, transport=httpx2.HTTPTransport()) as ready:
        yield ready


@pytest.fixture
async def waited(engine: Engine) -> AsyncIterator[sdk.AsyncCommerce]:
    async with sdk.AsyncCommerce(engine.key, base_url=engine.url, transport=httpx2.AsyncHTTPTransport()) as ready:
        yield ready


def wanted(customer: str | None = None) -> OrderInput:
    order: OrderInput = {
        "email": "jane@example.com",
        "items": [{"variant_id": "var_xyz789", "quantity": 3, "unit_price": 2999}],
    }
    if customer is not None:
        order["customer_id"] = customer
    return order


def paid(commerce: sdk.Commerce, customer: str | None = None) -> sdk.Order:
    return commerce.orders.pay(commerce.orders.create(**wanted(customer)).id, payment_method="pm_card_visa")


def somebody() -> str:
    return f"cust_{uuid.uuid4().hex}"


@pytest.mark.parametrize("sort", ["createdAt:asc", "createdAt:desc"])
def test_all_passes_nothing_over_though_what_it_yields_stops_matching(commerce: sdk.Commerce, sort: str) -> None:
    customer = somebody()
    for _ in range(12):
        commerce.orders.create(**wanted(customer))
    seen = 0
    for order in commerce.orders.all(status="draft", customer_id=customer, display=4, sort=sort):
        commerce.orders.cancel(order.id)
        seen += 1
    assert seen == 12
    assert commerce.orders.list(status="draft", customer_id=customer).count == 0


async def test_all_passes_nothing_over_without_blocking_either(waited: sdk.AsyncCommerce) -> None:
    customer = somebody()
    for _ in range(12):
        await waited.orders.create(**wanted(customer))
    seen = 0
    async for order in waited.orders.all(status="draft", customer_id=customer, display=4):
        await waited.orders.cancel(order.id)
        seen += 1
    assert seen == 12


def test_an_edit_does_what_its_dry_run_says_and_a_hold_keeps_units_back(commerce: sdk.Commerce) -> None:
    order = paid(commerce)
    line = order.items[0].id
    would = commerce.orders.dry_run.edit(
        order.id, operations=[{"op": "set_quantity", "item_id": line, "quantity": 2}], note="agreed"
    )
    assert (would.dry_run, would.order["total"], commerce.orders.get(order.id).total) == (True, 5998, order.total)
    edited = commerce.orders.edit(
        order.id,
        operations=[{"op": "set_quantity", "item_id": line, "quantity": 2}],
        note="agreed",
        options=sdk.Options(if_match=order.etag),
    )
    assert (edited.total, edited.edit.surplus, edited.edit.note) == (5998, 2999, "agreed")
    hold = commerce.orders.hold(
        order.id, kind="manual", reason="call first", until=datetime.now(UTC) + timedelta(days=1)
    )
    with pytest.raises(sdk.Conflict) as refused:
        commerce.orders.fulfill(order.id)
    assert refused.value.code == "order_on_hold"
    assert "hold" in [wait.for_ for wait in commerce.orders.waiting(order.id).models]
    assert order.id in [task.order_id for task in commerce.tasks.all(kind=["hold"], limit=100)]
    commerce.orders.release_hold(order.id, hold.id)
    left = commerce.orders.cancel_items(order.id, items=[{"item_id": line, "quantity": 1}])
    assert left.items[0].cancelled_quantity == 1


def test_a_return_in_steps_and_one_that_is_withdrawn(commerce: sdk.Commerce) -> None:
    customer = somebody()
    order = paid(commerce, customer)
    line = order.items[0].id
    commerce.orders.fulfill(order.id)
    commerce.orders.deliver(order.id)
    first = commerce.orders.return_(
        order.id, items=[{"item_id": line, "quantity": 2}], refund_method="store_credit", note="too small"
    )
    approved = commerce.orders.approve_return(
        order.id, first.id, label={"carrier": "UPS", "tracking_number": "1Z"}, instructions="in its box"
    )
    assert approved.label is not None
    assert (approved.label.tracking_number, approved.ship_by is not None) == ("1Z", True)
    part = commerce.orders.receive_return(
        order.id, first.id, items=[{"item_id": line, "quantity": 1, "condition": "opened"}], final=False
    )
    assert (part.status, part.items[0].conditions) == ("partially_received", {"opened": 1})
    assert commerce.orders.receive_return(order.id, first.id).status == "refunded"
    assert commerce.orders.get_return(order.id, first.id).refund_amount == 5998
    assert [(b.currency, b.balance) for b in commerce.credit.get(customer).balances] == [("USD", 5998)]
    granted = commerce.credit.grant(customer, amount=2, currency="USD", reason="sorry")
    assert granted.balances[0].balance == 6000
    second = commerce.orders.return_(order.id, items=[{"item_id": line, "quantity": 1}])
    assert commerce.orders.withdraw_return(order.id, second.id).status == "withdrawn"


def test_an_exchange_and_a_claim(commerce: sdk.Commerce) -> None:
    order = paid(commerce)
    line = order.items[0].id
    commerce.orders.fulfill(order.id)
    commerce.orders.deliver(order.id)
    would = commerce.orders.dry_run.exchange(
        order.id, items=[{"item_id": line, "quantity": 1}], new_items=[{"variant_id": "var_xyz789", "quantity": 1}]
    )
    assert "order.exchange_requested" in would.events
    made = commerce.orders.exchange(
        order.id,
        items=[{"item_id": line, "quantity": 1, "reason": "too small"}],
        new_items=[{"variant_id": "var_xyz789", "quantity": 1, "unit_price": 2999}],
    )
    assert (made.status, made.difference, made.new_items[0].quantity) == ("requested", 0, 1)
    commerce.orders.approve_return(order.id, made.return_id)
    commerce.orders.receive_return(order.id, made.return_id)
    commerce.orders.fulfill(order.id)
    assert commerce.orders.get_exchange(order.id, made.id).status == "completed"
    assert [each.id for each in commerce.orders.exchanges(order.id).models] == [made.id]
    claim = commerce.orders.claim(
        order.id, items=[{"item_id": line, "quantity": 1, "reason": "damaged"}], resolution="replace"
    )
    assert commerce.orders.get_claim(order.id, claim.id).resolution == "replace"
    assert commerce.orders.claims(order.id).count == 1


def test_windows_are_seen_and_moved(commerce: sdk.Commerce) -> None:
    order = commerce.orders.confirm(commerce.orders.create(**wanted()).id)
    assert "payment_window" in [timer.name for timer in commerce.orders.timers(order.id).models]
    at = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    assert commerce.orders.move_timer(order.id, "payment_window", at=at).at == at
    assert commerce.orders.dry_run.move_timer(order.id, "payment_window", fire=True).order["status"] == "cancelled"
    assert order.id in [deadline.order_id for deadline in commerce.agenda.all(limit=100)]
    assert [found.id for found in commerce.search.all(q=order.id)] == [order.id]
    assert commerce.orders.explain(order.id)
    stats = commerce.stats.get(from_=datetime.now(UTC) - timedelta(days=2))
    assert sum(day.orders for day in stats.models) > 0


def test_catalogue_stock_keys_and_webhook_endpoints(commerce: sdk.Commerce, engine: Engine) -> None:
    variant, customer = f"var_{uuid.uuid4().hex}", somebody()
    put = commerce.catalog.put(variant, title="Cup", unit_price=900, options_=["red"])
    assert (put.title, put.options_) == ("Cup", ("red",))
    assert commerce.stock.set(variant, on_hand=5).available == 5
    assert commerce.stock.adjust(variant, delta=-2, reason="broken").on_hand == 3
    assert len(commerce.stock.movements(variant).models) >= 2
    assert commerce.catalog.get(variant).unit_price == 900
    assert commerce.catalog.list(display=1).count >= 1
    commerce.catalog.delete(variant)
    with pytest.raises(sdk.NotFound):
        commerce.catalog.get(variant)
    assert commerce.shipping_methods.list().models
    commerce.orders.create(**wanted(customer))
    key = commerce.keys.create(scope="customer", customer_id=customer, name="shop front")
    with sdk.Commerce(key.key, base_url=engine.url, transport=httpx2.HTTPTransport()) as theirs:
        assert [order.customer_id for order in theirs.orders.all()] == [customer]
        commerce.keys.revoke(key.id)
        with pytest.raises(sdk.AuthenticationFailed):
            theirs.orders.list()
    hook = commerce.webhooks.create(url="https://example.com/hook", events=["order.paid"], description="mine")
    assert hook.secret.startswith("whsec_")
    assert commerce.webhooks.update(hook.id, events=["*"], description=None).description is None
    assert commerce.webhooks.rotate(hook.id).secret != hook.secret
    assert commerce.webhooks.test(hook.id).type == "webhook.test"
    assert commerce.webhooks.deliveries(hook.id, limit=1).models[0].order_id is None
    commerce.webhooks.delete(hook.id)


async def test_the_same_without_blocking(waited: sdk.AsyncCommerce) -> None:
    order = await waited.orders.confirm((await waited.orders.create(**wanted())).id)
    would = await waited.orders.dry_run.cancel(order.id, reason="fraud")
    assert would.events == ("order.cancelled",)
    hold = await waited.orders.hold(order.id, kind="fraud", reason="odd")
    await waited.orders.release_hold(order.id, hold.id)
    assert [found.id async for found in waited.search.all(q=order.id)] == [order.id]
    shown = await waited.request("GET", f"/v1/orders/{order.id}")
    assert shown["id"].lower() == order.id.lower()
