"""Documents 000 and 001, their own text: every printed command runs with only host, key and placeholders replaced, and
answers in the documented shape; the printed totals are ours (contract section 0)."""

import json
from typing import Any

import httpx2
import pytest

from tests import documents
from tests.api.client import Api
from tests.documents import HANZO, Curl

MASK = "[email protected]"
CURLS = {
    f"{c.document[:3]} {c.method} {c.url.removeprefix('https://api.hanzo.ai')}": c
    for name in HANZO
    for c in documents.curls(name)
}


def printed(document: str, first: str) -> Any:
    """The printed sample whose first field is followed by `first`."""
    return next(s for s in documents.samples(document) if list(s)[1] == first)


async def run(api: Api, curl: Curl, **placeholders: str) -> httpx2.Response:
    """The command as printed; `order_abc123=…` puts an id where a placeholder was."""
    url, body = curl.url.replace("https://api.hanzo.ai", ""), curl.body
    if body is not None:
        body = body.replace(MASK, "jane@example.com").replace("[email\xa0protected]", "jane@example.com")
    for old, new in placeholders.items():
        url, body = url.replace(old, new), None if body is None else body.replace(old, new)
    headers = {name: f"Bearer {api.key}" if name == "Authorization" else value for name, value in curl.headers.items()}
    return await api.http.request(curl.method, url, content=body, headers=headers)


def test_the_documents_print_ten_commands() -> None:
    assert len(CURLS) == 10
    assert all(c.headers["Authorization"] in ("Bearer YOUR_ACCESS_TOKEN", "Bearer $TOKEN") for c in CURLS.values())


def assert_shape(ours: Any, theirs: Any, at: str = "") -> None:
    """Every printed field is there with its printed JSON type; further fields may follow."""
    if isinstance(theirs, dict):
        assert isinstance(ours, dict), at
        for key, wanted in theirs.items():
            assert key in ours, f"{at}.{key} is missing"
            assert_shape(ours[key], wanted, f"{at}.{key}")
    elif isinstance(theirs, list):
        assert isinstance(ours, list), at
        if theirs:
            assert ours, f"{at} is empty"
            assert_shape(ours[0], theirs[0], f"{at}[0]")
    else:
        assert isinstance(ours, type(theirs)), f"{at}: {ours!r} is no {type(theirs).__name__}"


async def test_000_create(api: Api) -> None:
    response = await run(api, CURLS["000 POST /order"])
    assert response.status_code == 201
    order = response.json()
    sent = json.loads(CURLS["000 POST /order"].body or "")
    assert order["items"][0]["title"] == printed(HANZO[0], "displayId")["items"][0]["title"]
    assert order["shippingAddress"] == sent["shippingAddress"] | {"line2": None, "company": None, "phone": None}
    assert [order[k] for k in ("subtotal", "discount", "shippingTotal", "taxTotal", "total")] == [
        5998,
        0,
        599,
        720,
        7317,
    ]


async def test_000_create_with_the_code_of_the_contract_has_the_printed_totals(api: Api) -> None:
    curl = CURLS["000 POST /order"]
    body = json.loads((curl.body or "").replace("[email\xa0protected]", "jane@example.com")) | {
        "discountCodes": ["WELCOME25"]
    }
    order = await api.ok("POST", "/order", body | {"email": "jane@example.com"})
    sample = printed(HANZO[0], "displayId")
    for figure in ("subtotal", "discount", "shippingTotal", "taxTotal", "total"):
        assert order[figure] == sample[figure], figure


async def test_000_the_order_object(api: Api) -> None:
    sample = printed(HANZO[0], "displayId")
    order = await api.paid(
        email="jane@example.com", shippingMethodId="ship_standard", shippingAddress=sample["shippingAddress"]
    )
    assert_shape(order, sample)
    assert (order["status"], order["paymentStatus"], order["fulfillmentStatus"]) == tuple(
        sample[k] for k in ("status", "paymentStatus", "fulfillmentStatus")
    )


async def test_000_list(api: Api) -> None:
    await api.paid(email="jane@example.com")
    response = await run(
        api, CURLS["000 GET /order?status=confirmed&fulfillmentStatus=unfulfilled&sort=createdAt:desc"]
    )
    assert response.status_code == 200
    listed = response.json()
    assert listed["count"] == 1
    assert_shape(listed, printed(HANZO[0], "models"))


async def test_000_get_expanded(api: Api) -> None:
    order = await api.paid()
    response = await run(
        api, CURLS["000 GET /order/order_abc123?expand=items.product,payments"], order_abc123=order["id"]
    )
    assert response.status_code == 200
    assert response.json()["items"][0]["product"]["id"] == response.json()["items"][0]["productId"]
    assert response.json()["payments"]


async def test_000_update(api: Api) -> None:
    order = await api.order(metadata={"kept": 1})
    response = await run(api, CURLS["000 PATCH /order/order_abc123"], order_abc123=order["id"])
    assert response.status_code == 200
    assert response.json()["metadata"] == {"kept": 1, "internalNote": "Priority shipment requested"}


async def test_000_cancel(api: Api) -> None:
    order = await api.paid()
    response = await run(api, CURLS["000 POST /order/order_abc123/cancel"], order_abc123=order["id"])
    assert response.status_code == 200
    sample = printed(HANZO[0], "status")
    assert_shape(response.json(), sample)
    for word in ("status", "paymentStatus", "cancelReason"):
        assert response.json()[word] == sample[word]
    assert response.json()["cancelNote"] == "Customer changed their mind"


async def test_000_refund(api: Api) -> None:
    order = await api.shipped()
    item = order["items"][0]["id"]
    response = await run(api, CURLS["000 POST /order/order_abc123/refund"], order_abc123=order["id"], oitem_001=item)
    assert response.status_code == 200
    sample = printed(HANZO[0], "orderId")
    assert_shape(response.json(), sample)
    for field in ("amount", "status", "reason"):
        assert response.json()[field] == sample[field]


async def test_000_fulfill(api: Api) -> None:
    order = await api.paid()
    item = order["items"][0]["id"]
    response = await run(api, CURLS["000 POST /order/order_abc123/fulfill"], order_abc123=order["id"], oitem_001=item)
    assert response.status_code == 200
    sample = next(s for s in documents.samples(HANZO[0]) if "tracking" in s)
    assert_shape(response.json(), sample)
    assert response.json()["tracking"] == sample["tracking"]
    assert response.json()["status"] == "shipped"
    assert response.json()["items"] == [{"itemId": item, "quantity": 2}]


async def test_001_create(api: Api) -> None:
    response = await run(api, CURLS["001 POST /order"])
    assert response.status_code == 201
    order = response.json()
    assert (order["email"], order["currency"], order["items"][0]["unitPrice"]) == (None, "USD", 2999)


async def test_001_the_printed_totals(api: Api) -> None:
    sent = json.loads(CURLS["001 POST /order"].body or "")
    order = await api.ok("POST", "/order", sent | {
        "customerId": "cust_abc123", "discountCodes": ["SAVE5"], "shippingMethodId": "ship_ground",
    })  # fmt: skip
    sample = printed(HANZO[1], "status")
    for figure in (
        "subtotal",
        "discount",
        "tax",
        "shipping",
        "total",
        "currency",
        "payments",
        "fulfillments",
        "customerId",
    ):
        assert order[figure] == sample[figure], figure
    assert_shape(order, sample)
    assert order["items"][0]["productName"] == sample["items"][0]["productName"]
    confirmed = await api.ok("POST", f"/order/{order['id']}/confirm")
    assert confirmed["lifecycle"] == sample["status"]


async def test_001_return(api: Api) -> None:
    order = await api.delivered(items=[{"variantId": "var_001", "quantity": 2}])
    response = await run(api, CURLS["001 POST /order/order_xyz789/return"], order_xyz789=order["id"])
    assert response.status_code == 201
    back = response.json()
    assert back["items"] == [
        {
            "itemId": order["items"][0]["id"],
            "variantId": "var_001",
            "quantity": 1,
            "reason": "wrong_size",
            "receivedQuantity": 0,
            "restockedQuantity": 0,
            "conditions": {},
        }
    ]
    assert (back["status"], back["refundMethod"], back["orderId"]) == ("requested", "original", order["id"])


async def test_001_list(api: Api) -> None:
    await api.paid()
    response = await run(api, CURLS["001 GET /order?status=confirmed&since=2025-01-01&sort=createdAt:desc"])
    assert (response.status_code, response.json()["count"]) == (200, 1)


@pytest.mark.parametrize("reason", ["customer_request", "out_of_stock", "fraud", "duplicate", "other"])
async def test_every_cancel_reason_of_the_table(api: Api, reason: str) -> None:
    assert reason in documents.text(HANZO[0])
    order = await api.order()
    cancelled = await api.ok("POST", f"/order/{order['id']}/cancel", {"reason": reason, "note": "because"})
    assert cancelled["cancelReason"] == reason
