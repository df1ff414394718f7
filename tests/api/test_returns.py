"""Returns in steps, over HTTP: every route of them, who may use it, and what it refuses (contract section 13)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.policy import ReturnPolicy, ShopConfig
from tests.api.client import Api, running


async def asked(api: Api, quantity: int = 2, key: str | None = None, order: Any = None, **more: Any) -> tuple[str, Any]:
    """A delivered order of two units, and a return of some of them."""
    order = order or await api.delivered()
    item = {"itemId": order["items"][0]["id"], "quantity": quantity}
    made = await api("POST", f"/order/{order['id']}/return", {"items": [item], **more}, key=key)
    assert made.status_code == 201, made.text
    return f"/order/{order['id']}/return/{made.json()['id']}", made.json()


def entry(made: Any, quantity: int, **more: Any) -> dict[str, Any]:
    return {"itemId": made["items"][0]["itemId"], "quantity": quantity, **more}


async def refused(api: Api, path: str, body: Any = None, **more: Any) -> tuple[int, str, Any]:
    answer = await api("POST", path, body, **more)
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["field"]


async def test_a_return_is_asked_for_with_a_note_and_photos_and_read_alone(api: Api) -> None:
    path, made = await asked(api, note="too small", photos=["https://shop.test/1.jpg"])
    assert (made["status"], made["note"], made["photos"]) == ("requested", "too small", ["https://shop.test/1.jpg"])
    assert await api.ok("GET", path) == made
    assert (await api("GET", path[:-3] + "ZZZ")).status_code == 404


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"photos": ["http://shop.test/1.jpg"]}, "photos[0]"),
        ({"photos": ["https://shop.test/1.jpg"] * 11}, "photos"),
        ({"refundMethod": "cash"}, "refundMethod"),
    ],
)
async def test_what_is_wrong_in_a_request_is_named(api: Api, more: Any, field: str) -> None:
    order = await api.delivered()
    body = {"items": [{"itemId": order["items"][0]["id"], "quantity": 1}], **more}
    assert await refused(api, f"/order/{order['id']}/return", body) == (422, "validation_error", field)


async def test_approval_says_until_when_and_how_and_the_mail_says_it_too(api: Api) -> None:
    path, _ = await asked(api)
    label = {"carrier": "UPS", "trackingNumber": "1Z9", "url": "https://ups.test/1Z9"}
    told = await api.ok("POST", f"{path}/approve", {"instructions": "Use the old box.", "label": label})
    assert (told["status"], told["label"], told["instructions"]) == ("approved", label, "Use the old box.")
    assert told["shipBy"] > told["updatedAt"]
    assert await refused(api, f"{path}/approve") == (409, "invalid_transition", None)


async def test_a_deadline_in_the_past_is_refused(api: Api) -> None:
    path, _ = await asked(api)
    assert await refused(api, f"{path}/approve", {"shipBy": "2020-01-01"}) == (422, "validation_error", "shipBy")


async def test_a_rejection_needs_its_reason(api: Api) -> None:
    path, _ = await asked(api)
    assert await refused(api, f"{path}/reject", {}) == (422, "validation_error", "reason")
    assert await refused(api, f"{path}/reject", {"reason": " "}) == (422, "validation_error", "reason")
    told = await api.ok("POST", f"{path}/reject", {"reason": "worn"})
    assert (told["status"], told["rejectReason"]) == ("rejected", "worn")


async def test_what_was_not_approved_is_not_received(api: Api) -> None:
    path, _ = await asked(api)
    assert await refused(api, f"{path}/receive") == (409, "invalid_transition", None)


async def test_parcels_come_one_by_one_and_each_gives_back_its_own(api: Api) -> None:
    path, made = await asked(api)
    await api.ok("POST", f"{path}/approve")
    first = await api.ok(
        "POST", f"{path}/receive", {"items": [entry(made, 1, condition="opened", restock=False)], "final": False}
    )
    assert (first["status"], first["items"][0]["receivedQuantity"]) == ("partially_received", 1)
    assert (first["items"][0]["conditions"], first["items"][0]["restockedQuantity"]) == ({"opened": 1}, 0)
    assert first["refundAmount"] > 0
    assert await refused(api, f"{path}/withdraw") == (409, "invalid_transition", None)
    assert await refused(api, f"{path}/reject", {"reason": "late"}) == (409, "invalid_transition", None)
    second = await api.ok("POST", f"{path}/receive", {})
    assert (second["status"], len(second["refundIds"])) == ("refunded", 2)
    order = await api.ok("GET", path.split("/return")[0])
    assert second["refundAmount"] == order["refundedTotal"] == order["items"][0]["total"] + order["tax"]


async def test_what_never_came_can_be_given_up_and_returned_again(api: Api) -> None:
    path, made = await asked(api)
    await api.ok("POST", f"{path}/approve")
    await api.ok("POST", f"{path}/receive", {"items": [entry(made, 1)], "final": False})
    told = await api.ok("POST", f"{path}/receive", {"items": [entry(made, 0)]})
    assert told["status"] == "refunded"
    order = await api.ok("GET", path.split("/return")[0])
    assert (await asked(api, 1, order=order))[1]["status"] == "requested"


async def test_a_fee_is_kept_and_never_more_than_the_units_are_worth(api: Api) -> None:
    path, _ = await asked(api, 1)
    await api.ok("POST", f"{path}/approve")
    assert await refused(api, f"{path}/receive", {"fee": 999_999}) == (422, "validation_error", "fee")
    assert await refused(api, f"{path}/receive", {"fee": 1, "amount": 1}) == (422, "validation_error", "fee")
    whole = await api.ok("POST", f"{path}/receive", {"fee": 500})
    other, _ = await asked(api, 1)
    await api.ok("POST", f"{other}/approve")
    free = await api.ok("POST", f"{other}/receive", {})
    assert (whole["fee"], whole["refundAmount"]) == (500, free["refundAmount"] - 500)


async def test_a_customer_withdraws_their_own_and_decides_nothing(api: Api) -> None:
    key = await api.mint("customer", customer="cust_1")
    order = await api.delivered(customerId="cust_1")
    path, _ = await asked(api, key=key, order=order)
    for step in ("approve", "reject", "receive"):
        assert (
            await api("POST", f"{path}/{step}", {"reason": "x"} if step == "reject" else {}, key=key)
        ).status_code == 403
    other = await api.mint("customer", customer="cust_2")
    assert (await api("GET", path, key=other)).status_code == 404
    assert (await api("POST", f"{path}/withdraw", key=other)).status_code == 404
    assert (await api("GET", path, key=key)).status_code == 200
    answer = await api("POST", f"{path}/withdraw", key=key)
    assert (answer.status_code, answer.json()["status"]) == (200, "withdrawn")
    assert (await asked(api, key=key, order=order))[1]["status"] == "requested"


async def test_the_window_binds_customers_and_not_the_shop(api: Api) -> None:
    key = await api.mint("customer", customer="cust_1")
    order = await api.delivered(customerId="cust_1")
    api.door.later = timedelta(days=31)
    body = {"items": [{"itemId": order["items"][0]["id"], "quantity": 1}]}
    answer = await api("POST", f"/order/{order['id']}/return", body, key=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "return_window_closed")
    assert (await asked(api, 1, order=order))[1]["status"] == "requested"


async def test_policy_approves_at_once_and_keeps_its_percentage(sqlite_url: str) -> None:
    policy = ReturnPolicy(auto_approve=True, ship_back_days=0, restocking_fee_percent=Decimal(10))
    async with running(sqlite_url, config=ShopConfig(returns=policy)) as api:
        order = await api.delivered()
        path, made = await asked(api, order=order)
        assert (made["status"], made["shipBy"]) == ("approved", None)
        told = await api.ok("POST", f"{path}/receive", {})
        worth = order["items"][0]["total"] + order["tax"]
        assert (told["fee"], told["refundAmount"]) == (worth // 10, worth - worth // 10)
