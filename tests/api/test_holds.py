"""Holds: any number of reasons why nothing may be sent, who put them there, and when they end (contract section 13)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest_asyncio

from domain import commands as c
from domain.commands import Request
from domain.order import Actor
from store.order import orders
from tests.api.client import USUAL, Api, running


@pytest_asyncio.fixture
async def wary(sqlite_url: str) -> AsyncIterator[Api]:
    """A shop that looks at orders of some risk before it sends them."""
    risk = USUAL.risk.model_copy(update={"hold_at": 30})
    async with running(sqlite_url, config=USUAL.model_copy(update={"risk": risk})) as opened:
        yield opened


async def test_many_stand_at_once_and_sending_names_them_all(api: Api) -> None:
    order = await api.paid()
    path = f"/order/{order['id']}"
    first = await api.ok("POST", f"{path}/holds", {"kind": "address", "reason": "The street is missing"})
    second = await api.ok("POST", f"{path}/holds", {"kind": "fraud", "reason": "Card from elsewhere"})
    assert (first["kind"], first["until"]) == ("address", None)
    assert first["owner"].startswith("key:")
    refused = (await api("POST", f"{path}/fulfill", {})).json()["error"]
    assert (refused["code"], [h["id"] for h in refused["holds"]]) == ("order_on_hold", [first["id"], second["id"]])
    assert "address, fraud" in refused["message"]
    number = order["displayId"].removeprefix("#")
    shop = await api("POST", f"/api/v1/orders/{number}/fulfillments", {})
    assert (shop.status_code, [h["kind"] for h in shop.json()["error"]["holds"]]) == (409, ["address", "fraud"])
    assert (await api("DELETE", f"{path}/holds/{first['id']}")).status_code == 204
    assert (await api("POST", f"{path}/fulfill", {})).status_code == 409
    assert (await api("DELETE", f"{path}/holds/{second['id']}")).status_code == 204
    assert (await api("POST", f"{path}/fulfill", {})).status_code == 200


async def test_every_face_and_explain_show_it_and_its_customer_does_not_read_it(api: Api) -> None:
    order = await api.paid(customerId="cust_7")
    path, number = f"/order/{order['id']}", order["displayId"].removeprefix("#")
    await api.ok("POST", f"{path}/holds", {"kind": "manual", "reason": "Ask Ann first"})
    shown = [
        await api.ok("GET", path),
        (await api.ok("GET", f"/api/v1/orders/{number}"))["data"],
        await api.ok("GET", f"/v1/orders/{order['id']}"),
        await api.ok("GET", f"/orders/{number}"),
    ]
    assert [[h["reason"] for h in view["holds"]] for view in shown] == [["Ask Ann first"]] * 4
    waits = (await api.ok("GET", f"/engine/orders/{number}/explain"))["waits_for"]
    assert waits[0] == "a hold (manual) to end (nothing may be sent)"
    key = await api.mint("customer", customer="cust_7")
    assert "Ask Ann" not in (await api("GET", path, key=key)).text
    assert "Ask Ann" not in (await api("GET", f"{path}/events", key=key)).text


async def test_its_time_ends_it_by_itself(api: Api) -> None:
    order = await api.paid()
    path = f"/order/{order['id']}"
    until = (datetime.now(UTC) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = await api.ok("POST", f"{path}/holds", {"kind": "payment", "reason": "The bank calls back", "until": until})
    assert made["until"] == until
    explained = await api.ok("GET", f"/engine/orders/{order['id']}/explain")
    assert (explained["next_deadline"], explained["next_deadline_at"]) == (
        f"hold:{made['id'].removeprefix('hold_')}",
        until,
    )
    api.door.later = timedelta(hours=2)
    stored = await orders.load(api.db, order["id"].removeprefix("order_"))
    assert stored is not None
    end, timer = c.EndHold(hold_id=stored.holds[0].id), Actor(kind="timer", id="window")
    await api.door.execute(stored, end, Request(id="window:1", actor=timer))
    assert (await api.ok("GET", path))["holds"] == []
    past = await api("POST", f"{path}/holds", {"kind": "payment", "reason": "late", "until": "2020-01-01T00:00:00Z"})
    assert (past.status_code, past.json()["error"]["field"]) == (422, "until")


async def test_what_is_wrong_is_named(api: Api) -> None:
    order = await api.paid()
    path = f"/order/{order['id']}/holds"
    for body, field in (
        ({"kind": "manual"}, "reason"),
        ({"kind": "manual", "reason": ""}, "reason"),
        ({"kind": "dispute", "reason": "x"}, "kind"),
        ({"kind": "manual", "reason": "x", "until": "soon"}, "until"),
    ):
        response = await api("POST", path, body)
        assert (response.status_code, response.json()["error"]["field"]) == (422, field), body
    for unknown in ("hold_01HXY8AAAAAAAAAAAAAAAAAAAA", "nonsense"):
        assert (await api("DELETE", f"{path}/{unknown}")).status_code == 404


async def test_a_disputes_hold_ends_with_the_dispute_alone(api: Api) -> None:
    order = await api.paid()
    path = f"/order/{order['id']}"
    stored = await orders.load(api.db, order["id"].removeprefix("order_"))
    assert stored is not None
    fact = c.DisputeFact(payment_ref=stored.payments[0].ref or "", ref="dp_1", status="opened", amount=100)
    await api.door.tell(stored, fact, Request(id="fact:1", actor=Actor(kind="provider", id="sandbox")))
    (hold,) = (await api.ok("GET", path))["holds"]
    assert hold["kind"] == "dispute"
    refused = await api("DELETE", f"{path}/holds/{hold['id']}")
    assert (refused.status_code, refused.json()["error"]["event"]["type"]) == (409, "payment.dispute_opened")


async def test_a_risky_order_is_held_from_its_first_moment(wary: Api) -> None:
    harmless = await wary.paid()
    assert harmless["holds"] == []
    elsewhere = {"line1": "1 Main St", "city": "Lagos", "country": "NG"}
    risky = await wary.paid(billingAddress=elsewhere)
    assert [(h["kind"], h["owner"]) for h in risky["holds"]] == [("fraud", "system:risk")]
    events = (await wary.ok("GET", f"/order/{risky['id']}/events"))["models"]
    assert [e["type"] for e in events[:2]] == ["order.created", "order.held"]
    assert (await wary("POST", f"/order/{risky['id']}/fulfill", {})).status_code == 409
    await wary.ok("POST", f"/order/{risky['id']}/cancel", {"reason": "fraud"})
    assert (await wary.ok("GET", f"/order/{risky['id']}"))["holds"] == []
