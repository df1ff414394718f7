"""hanzo's happy paths, over HTTP."""

from tests.api.client import Api


async def test_an_order_goes_from_draft_to_returned(api: Api) -> None:
    order = await api.order(shippingMethodId="ship_standard", discountCodes=["WELCOME25"])
    assert (order["status"], order["lifecycle"]) == ("pending", "draft")
    assert [order[k] for k in ("subtotal", "discount", "shippingTotal", "taxTotal", "total")] == [
        5998,
        1499,
        599,
        540,
        5638,
    ]
    path = f"/order/{order['id']}"
    order = await api.ok("POST", f"{path}/confirm")
    assert order["lifecycle"] == "confirmed"
    order = await api.ok("POST", f"{path}/pay", {"paymentMethod": "pm_card_visa"})
    assert (order["status"], order["paymentStatus"], order["lifecycle"]) == ("confirmed", "captured", "paid")
    fulfillment = await api.ok("POST", f"{path}/fulfill", {})
    assert fulfillment["status"] == "shipped"
    assert fulfillment["id"].startswith("ful_")
    order = await api.ok("POST", f"{path}/deliver", {})
    assert order["status"] == "delivered"
    item = order["items"][0]["id"]
    back = await api.ok("POST", f"{path}/return", {"items": [{"itemId": item, "quantity": 2, "reason": "wrong_size"}]})
    assert back["status"] == "requested"
    back = await api.ok("POST", f"{path}/return/{back['id']}/approve")
    back = await api.ok("POST", f"{path}/return/{back['id']}/receive", {})
    assert (back["status"], back["refundAmount"]) == ("refunded", 5638 - 599)
    order = await api.ok("GET", path)
    assert (order["status"], order["lifecycle"], order["refundedTotal"]) == ("returned", "returned", 5039)
    events = await api.ok("GET", f"{path}/events")
    assert [e["sequence"] for e in events["models"]] == list(range(1, events["count"] + 1))
