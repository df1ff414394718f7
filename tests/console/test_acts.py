"""Acts on an order: what is shown is what is done, once; and what is said when it cannot be."""

import asyncio
import re
from typing import Any

import pytest

from console.acts import ACTS, FOR_TASK
from domain.lifecycle import RULES
from domain.policy import Console
from tests.api.client import USUAL, Api
from tests.console.browse import Form, browser, console, forms, text


def number(order: dict[str, Any]) -> str:
    return str(order["displayId"][1:])


def the_form(page: str, action: str) -> Form:
    return next(one for one in forms(page) if one.action == action)


async def seen(api: Api, order: dict[str, Any]) -> Any:
    return await api.ok("GET", f"/order/{order['id']}")


async def test_a_partial_refund_with_restock_does_what_its_preview_says(api: Api) -> None:
    order = await api.paid(email="jane@example.com")
    before = await api.ok("GET", "/engine/inventory/var_xyz789")
    line = (await seen(api, order))["items"][0]
    path = f"/console/orders/{number(order)}/refund"
    async with browser(api, "agent") as one:
        form = await one.form(path)
        units = next(name for name in form.fields if name.startswith("units."))
        shown = await one.post(path, form.fields | {units: "1", "restock": "yes", "step": "preview"})
        told = text(shown.text)
        amount = re.search(r"Give back ([\d.]+) USD visa", told)
        assert amount is not None, told
        assert "-1 reserved" in told
        done = await one.post(path, the_form(shown.text, path).fields | {"step": "do"})
        assert (done.status_code, done.headers["location"]) == (303, f"/console/orders/{number(order)}?version=3")
        assert f"Refunded {amount[1]} USD" in text(await one.see(done.headers["location"]))
    after = await seen(api, order)
    stock = await api.ok("GET", "/engine/inventory/var_xyz789")
    assert after["refundedTotal"] == round(float(amount[1]) * 100)
    assert (after["items"][0]["id"], after["items"][0]["cancelledQuantity"]) == (line["id"], 1)
    assert stock["reserved"] == before["reserved"] - 1
    events = (await api.ok("GET", f"/order/{order['id']}/events"))["models"]
    assert {e["actor"] for e in events if e["type"] == "order.refunded"} == {"person:agent@example.com"}


async def test_sending_a_form_twice_does_nothing_twice(api: Api) -> None:
    """A double click, a reload, and the back button."""
    order = await api.paid()
    path = f"/console/orders/{number(order)}/refund"
    async with browser(api, "agent") as one:
        form = await one.form(f"{path}?amount=5.00")
        sent = form.fields | {"step": "do"}
        both = await asyncio.gather(one.post(path, sent), one.post(path, sent))
        again = await one.post(path, sent)
        assert {(a.status_code, a.headers["location"]) for a in (*both, again)} == {
            (303, f"/console/orders/{number(order)}?version=3")
        }
        changed = await one.post(path, sent | {"amount": "7.00"})
        assert changed.status_code == 409
        assert "This form was sent before" in text(changed.text)
    assert (await seen(api, order))["refundedTotal"] == 500


async def test_nothing_is_done_that_was_not_shown(api: Api) -> None:
    order = await api.paid()
    path = f"/console/orders/{number(order)}/refund"
    async with browser(api, "agent") as one:
        form = await one.form(f"{path}?amount=5.00")
        other = await one.post(path, form.fields | {"amount": "50.00", "step": "do"})
        assert other.status_code == 409
        assert "something else than what you saw" in text(other.text)
        assert "Give back 50.00 USD" in text(other.text)
        never = {name: value for name, value in form.fields.items() if name != "seen"}
        assert (await one.post(path, never | {"step": "do"})).status_code == 200
        assert (await seen(api, order))["refundedTotal"] == 0
        done = await one.post(path, the_form(other.text, path).fields | {"step": "do"})
        assert done.status_code == 303
    assert (await seen(api, order))["refundedTotal"] == 5000


async def test_the_second_of_two_people_is_told_what_the_first_did(api: Api) -> None:
    order = await api.paid()
    async with (
        browser(api, "agent", "first@example.com") as first,
        browser(api, "agent", "second@example.com") as second,
    ):
        path = f"/console/orders/{number(order)}/cancel"
        form = await second.form(path)
        done = await first.act(number(order), "ship", carrier="UPS", number="1Z1")
        assert done.status_code == 303
        late = await second.post(path, form.fields | {"step": "do"})
        told = text(late.text)
        assert late.status_code == 409
        assert "The order has changed since you opened this page, so nothing was done." in told
        assert "Shipped: 2 × Premium T-Shirt" in told
        assert "first@example.com" in told
        assert "Units are sent" in told, "and why it cannot be cancelled now"
    assert (await seen(api, order))["status"] == "shipped"


async def test_what_cannot_be_read_is_said_beside_its_field(api: Api) -> None:
    order = await api.paid()
    path = f"/console/orders/{number(order)}/refund"
    async with browser(api, "agent") as one:
        form = await one.form(path)
        for name, value, why in (
            ("amount", "five", "An amount in USD"),
            ("amount", "-5", "out of range"),
            ("amount", "5.001", "more than 2 decimal digits"),
            ("shipping", "half", "Not one of the choices"),
        ):
            answer = await one.post(path, form.fields | {name: value, "step": "do"})
            assert answer.status_code == 422
            assert why in text(answer.text), name
            assert re.search(rf'id="wrong-{name}"', answer.text)
    assert (await seen(api, order))["refundedTotal"] == 0


async def test_a_form_without_its_key_or_version_is_not_complete(api: Api) -> None:
    order = await api.paid()
    path = f"/console/orders/{number(order)}/refund"
    async with browser(api, "agent") as one:
        form = await one.form(f"{path}?amount=5.00")
        for name in ("key", "version"):
            answer = await one.post(path, form.fields | {"step": "do", name: ""})
            assert answer.status_code == 400, name
    assert (await seen(api, order))["refundedTotal"] == 0


@pytest.mark.parametrize("limit", [1000])
async def test_money_back_is_bounded_per_person_and_per_order_and_free_for_owners(sqlite_url: str, limit: int) -> None:
    config = USUAL.model_copy(update={"console": Console(refund_limit=limit)})
    async with console(sqlite_url, config=config) as api:
        one_order, another, cancelled = await api.paid(), await api.paid(), await api.paid()
        async with browser(api, "agent", "a@example.com") as a, browser(api, "agent", "b@example.com") as b:
            assert (await a.act(number(one_order), "refund", amount="6.00")).status_code == 303
            refused = await a.act(number(another), "refund", amount="6.00")
            assert refused.status_code == 403
            assert "4.00 USD are left" in text(refused.text)
            assert (await a.act(number(cancelled), "cancel")).status_code == 403, "by whatever verb"
            assert (await b.act(number(one_order), "refund", amount="6.00")).status_code == 403, "on the same order"
            assert (await a.act(number(another), "refund", amount="4.00")).status_code == 303
            assert (await a.act(number(another), "refund", amount="0.01")).status_code == 403
        async with browser(api, "owner") as owner:
            assert (await owner.act(number(another), "refund", amount="20.00")).status_code == 303
        assert (await seen(api, one_order))["refundedTotal"] == 600
        assert (await seen(api, cancelled))["status"] == "confirmed"


async def test_what_was_refused_is_not_counted_as_given_back(sqlite_url: str) -> None:
    config = USUAL.model_copy(update={"console": Console(refund_limit=1000)})
    async with console(sqlite_url, config=config) as api:
        order = await api.paid()
        async with browser(api, "agent") as one:
            path = f"/console/orders/{number(order)}/refund"
            stale = (await one.form(f"{path}?amount=9.00")).fields
            assert (await one.act(number(order), "note", body="meanwhile")).status_code == 303
            assert (await one.post(path, stale | {"step": "do"})).status_code == 409
            assert (await one.act(number(order), "refund", amount="9.00")).status_code == 303


async def test_other_currencies_go_back_by_an_owner_alone(sqlite_url: str) -> None:
    config = USUAL.model_copy(update={"console": Console(refund_limit=100_000)})
    items = [{"title": "Mug", "unitPrice": 1000, "quantity": 1}]
    async with console(sqlite_url, config=config) as api:
        order = await api.paid(currency="EUR", items=items)
        async with browser(api, "agent") as agent, browser(api, "owner") as owner:
            assert (await agent.act(number(order), "refund", amount="1.00")).status_code == 403
            assert (await owner.act(number(order), "refund", amount="1.00")).status_code == 303


async def test_returns_are_approved_and_received_from_the_inbox_and_lead_back_there(api: Api) -> None:
    order = await api.delivered(email="jane@example.com")
    items = [{"itemId": order["items"][0]["id"], "quantity": 1}]
    await api.ok("POST", f"/order/{order['id']}/return", {"items": items})
    async with browser(api, "warehouse") as packer, browser(api, "agent") as agent:
        assert "Approve the return" not in text(await packer.see("/console"))
        for act in ("approve-return", "receive-return"):
            page = await agent.see("/console")
            links = re.findall(rf'href="(/console/orders/{number(order)}/{act}\?[^"]+)"', page)
            assert links, text(page)
            href = links[0].replace("&amp;", "&")
            path = href.partition("?")[0]
            form = await agent.form(href, path)
            done = await agent.post(path, form.fields | {"step": "do"})
            assert done.status_code == 303
            assert done.headers["location"].startswith(f"/console?did={number(order)}")
        assert "Nothing is to be done" in text(await agent.see("/console"))
    assert (await seen(api, order))["returns"][0]["status"] == "refunded"


async def test_a_timer_is_moved_in_the_shops_time_zone(sqlite_url: str) -> None:
    store = USUAL.store.model_copy(update={"time_zone": "Europe/Zurich"})
    async with console(sqlite_url, config=USUAL.model_copy(update={"store": store})) as api:
        order = await api.order()
        await api.ok("POST", f"/order/{order['id']}/confirm")
        async with browser(api, "agent") as one:
            done = await one.act(number(order), "move-timer", "payment_window", at="2030-07-01T12:00")
            assert done.status_code == 303
        timers = (await api.ok("GET", f"/engine/orders/{order['id']}/timers"))["models"]
        assert [t["at"] for t in timers if t["name"] == "payment_window"] == ["2030-07-01T10:00:00Z"]


async def test_many_orders_are_shipped_from_pasted_lines_once(api: Api) -> None:
    orders = [await api.paid(email=f"c{n}@example.com") for n in range(5)]
    unpaid = await api.order()
    lines = [f"#{number(o)}, UPS, 1Z{n}" for n, o in enumerate(orders)]
    lines += [f"{number(orders[0])};DHL;again", f"{number(unpaid)}\tUPS\t1Z9", "9999, UPS, 1Z", "nonsense"]
    async with browser(api, "warehouse") as one:
        form = [f for f in forms(await one.see("/console/ship")) if f.action == "/console/ship"][-1]
        shown = await one.post("/console/ship", form.fields | {"lines": "\n".join(lines), "step": "preview"})
        told = text(shown.text)
        assert "Ship 5 orders" in told
        assert "this order is in a line above already" in told
        assert told.count("there is no such order") == 2
        assert (await seen(api, orders[0]))["status"] == "confirmed", "nothing was done yet"
        sent = the_form(shown.text, "/console/ship").fields | {"step": "do"}
        for _ in range(2):
            done = await one.post("/console/ship", sent)
            assert "5 orders shipped, 4 lines not." in text(done.text)
    for n, order in enumerate(orders):
        after = await seen(api, order)
        assert [(f["tracking"]["company"], f["tracking"]["number"]) for f in after["fulfillments"]] == [
            ("UPS", f"1Z{n}")
        ]
    assert (await seen(api, unpaid))["fulfillments"] == []


async def test_a_line_whose_order_changed_since_it_was_shown_is_not_shipped(api: Api) -> None:
    order = await api.paid()
    async with browser(api, "warehouse") as one:
        form = [f for f in forms(await one.see("/console/ship")) if f.action == "/console/ship"][-1]
        shown = await one.post("/console/ship", form.fields | {"lines": f"{number(order)},UPS,1Z", "step": "preview"})
        await api.ok("PATCH", f"/order/{order['id']}", {"notes": "call before you send it"})
        done = await one.post("/console/ship", the_form(shown.text, "/console/ship").fields | {"step": "do"})
        assert "somebody changed the order meanwhile" in text(done.text)
    assert (await seen(api, order))["fulfillments"] == []


def test_every_act_is_a_verb_of_the_lifecycle_and_every_verb_for_people_is_an_act() -> None:
    """What nobody does by hand (facts, timers) and what other acts do (placing, requests made of several verbs) is no act."""
    others = {"place", "ship", "restock", "several"}
    by_hand = {verb for verb, rule in RULES.items() if not rule.by_itself}
    assert {act.verb for act in ACTS.values()} == by_hand - others
    assert set(FOR_TASK.values()) <= set(ACTS)


@pytest.mark.parametrize("state", ["order", "paid", "shipped", "delivered"])
async def test_every_act_offered_opens_and_every_other_says_why_not(api: Api, state: str) -> None:
    order = await getattr(api, state)(email="jane@example.com", customerId="cus_1")
    async with browser(api, "owner") as one:
        page = await one.see(f"/console/orders/{number(order)}")
        offered = set(re.findall(rf'href="(/console/orders/{number(order)}/[^"]+)"', page))
        assert len(offered) >= 5
        for href in offered:
            shown = text(await one.see(href.replace("&amp;", "&")))
            assert "Not as it is" not in shown or "needs" in shown, (href, shown)
