"""Exchanges and claims at the console: filled in, shown, done, and told on the order's page."""

from typing import Any

from tests.api.client import Api
from tests.console.browse import browser, text


def number(order: dict[str, Any]) -> str:
    return str(order["displayId"][1:])


async def _units(one: Any, order: dict[str, Any], act: str) -> str:
    form = await one.form(f"/console/orders/{number(order)}/{act}")
    return str(next(name for name in form.fields if name.startswith("units.")))


async def test_an_exchange_is_requested_with_its_difference_shown(api: Api) -> None:
    order = await api.delivered(email="jane@example.com")
    async with browser(api, "agent") as one:
        units = await _units(one, order, "exchange")
        wrong = await one.post(
            f"/console/orders/{number(order)}/exchange",
            (await one.form(f"/console/orders/{number(order)}/exchange")).fields | {units: "1", "new": "var_001, x"},
        )
        assert "the units are a whole number" in text(wrong.text)
        done = await one.act(
            number(order), "exchange", **{units: "1", "new": "var_001, 1, 40.00", "reason": "wrong size"}
        )
        assert done.status_code == 303, text(done.text)
        page = text(await one.see(done.headers["location"]))
        assert "An exchange was requested of 1 × Premium T-Shirt for 1 ×" in page
        assert "Exchanges and claims" in page
        assert "Approve the return" in page
    (made,) = (await api.ok("GET", f"/order/{order['id']}"))["exchanges"]
    assert made["status"] == "requested"


async def test_a_claim_replaces_what_came_damaged(api: Api) -> None:
    order = await api.delivered(email="jane@example.com")
    async with browser(api, "agent") as one:
        units = await _units(one, order, "claim")
        done = await one.act(number(order), "claim", **{units: "1", "reason": "damaged", "resolution": "replace"})
        assert done.status_code == 303, text(done.text)
        page = text(await one.see(done.headers["location"]))
        assert "Claimed 1 × Premium T-Shirt (damaged): replaced" in page
    (made,) = (await api.ok("GET", f"/order/{order['id']}"))["claims"]
    assert made["resolution"] == "replace"
