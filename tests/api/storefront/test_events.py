"""storefront's webhooks: every event of a long life, under document 003's names, with the body of contract section 10."""

from api.faces.storefront.events import NAMES, render_event
from domain.events import EVENTS
from store.order import events as timeline
from store.order import orders
from tests.api.client import Api
from tests.api.storefront import document
from tests.api.storefront.shop import VARIANT, data, placed


def test_every_engine_event_has_a_name_or_none() -> None:
    assert set(NAMES) == set(EVENTS)


async def test_a_long_life_says_all_eleven_each_with_its_subject(api: Api) -> None:
    order = await placed(api)
    path = f"/{order['id']}"
    await data(api, "POST", f"{path}/cancel", {"reason": "other"})
    await data(api, "POST", f"{path}/reopen")
    await data(api, "POST", f"{path}/line_items", {"variant_id": VARIANT, "quantity": 1})
    await data(api, "POST", f"{path}/transactions", {"kind": "sale", "payment_method": "pm_card_visa"})
    first = await data(api, "POST", f"{path}/fulfillments", {})
    await data(api, "POST", f"{path}/fulfillments/{first['id']}/cancel")
    second = await data(api, "POST", f"{path}/fulfillments", {})
    await data(api, "PUT", f"{path}/fulfillments/{second['id']}", {"status": "delivered"})
    refund = await data(api, "POST", f"{path}/refunds", {"shipping": "full"})
    note = await data(api, "POST", f"{path}/notes", {"body": "called", "author": "John"})
    gone = await data(api, "POST", f"{path}/notes", {"body": "oops"})
    await data(api, "DELETE", f"{path}/notes/{gone['id']}")
    await data(api, "POST", f"{path}/close")

    whole = await data(api, "GET", path)
    stored = await orders.resolve(api.db, False, order["id"])
    assert stored is not None
    said = [(e, made) for e in await timeline.events(api.db, stored.id) if (made := render_event(e, stored))]
    assert {name for _, (name, _) in said} == {row[0] for row in document.table("Webhooks")}
    for event, (name, body) in said:
        assert set(body) == {"id", "event", "timestamp", "sequence", "data"}
        assert (body["event"], body["sequence"], len(body["id"])) == (name, event.sequence, 36)
        assert body["timestamp"].endswith("Z")
    subjects = {name: body["data"] for _, (name, body) in said}
    assert subjects["order.created"] == subjects["order.closed"] == whole
    assert subjects["order.fulfillment_updated"]["order_id"] == order["id"]
    assert subjects["order.fulfillment_cancelled"]["id"] == first["id"]
    assert subjects["order.refund_created"] == refund
    notes = [body["data"] for _, (name, body) in said if name == "order.note_created"]
    assert notes[0] == note
    assert (notes[1]["id"], notes[1]["body"]) == (gone["id"], "")
    assert [name for _, (name, _) in said].count("order.cancelled") == 1
