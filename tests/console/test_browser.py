"""People at the console in a real browser: the day's work by mouse and by keyboard, with scripts and without, and WCAG 2.2 AA."""

import re
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.api.client import ADDRESS, Api
from tests.console.chromium import Desk, needs_chromium

pytestmark = [needs_chromium, pytest.mark.timeout(180)]
expect.set_options(timeout=20_000)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def number(order: dict[str, Any]) -> str:
    return str(order["displayId"][1:])


def listen(page: Page) -> list[str]:
    """What the browser complains of: a refused script or style, an error in ours."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    return said


async def returned(api: Api, name: str) -> Any:
    order = await api.delivered(email=f"{name}@example.com", shippingAddress=ADDRESS | {"firstName": name})
    items = [{"itemId": order["items"][0]["id"], "quantity": 1, "reason": "wrong_size"}]
    await api.ok("POST", f"/order/{order['id']}/return", {"items": items})
    return order


async def test_find_an_order_by_its_address_and_cancel_it_with_the_amount_shown_before(shop: Desk) -> None:
    order = await shop.api.paid(email="jane.whitcombe@example.com")
    page = await shop.sit("agent")
    complaints = listen(page)
    await page.keyboard.press("/")
    await page.keyboard.type("jane.whit")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name=f"#{number(order)}").click()
    await page.get_by_text("Waits for units to be sent").wait_for()
    await page.get_by_role("link", name="Cancel the order").click()
    await expect(page.locator(".moves")).to_have_text("Give back 67.18 USD visa •••• 4242")
    await page.get_by_role("button", name="Cancel the order · 67.18 USD back").click()
    await expect(page.locator(".notice.good")).to_contain_text("Refunded 67.18 USD")
    after = await shop.api.ok("GET", f"/order/{order['id']}")
    assert (after["status"], after["refundedTotal"]) == ("cancelled", 6718)
    assert complaints == []


async def test_a_partial_refund_is_what_its_preview_showed_while_it_was_filled_in(shop: Desk) -> None:
    order = await shop.api.paid()
    page = await shop.sit("agent")
    await page.goto(f"/console/orders/{number(order)}/refund")
    await page.get_by_label("Premium T-Shirt").fill("1")
    await page.get_by_label("Put these units back on the shelf").check()
    await expect(page.locator(".moves")).to_have_text("Give back 33.59 USD visa •••• 4242")
    await expect(page.locator(".will .stock")).to_contain_text("-1 reserved")
    await page.get_by_role("button", name="Refund · 33.59 USD back").click()
    await expect(page.locator(".notice.good")).to_contain_text("Refunded 33.59 USD")
    after = await shop.api.ok("GET", f"/order/{order['id']}")
    assert (after["refundedTotal"], after["items"][0]["cancelledQuantity"]) == (3359, 1)


async def test_three_returns_are_approved_received_and_settled_by_keyboard_alone(shop: Desk) -> None:
    orders = [await returned(shop.api, name) for name in ("ann", "bob", "cy")]
    page = await shop.sit("agent")
    for _ in range(6):
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile(r"/console/orders/\d+/(approve|receive)-return"))
        await expect(page.locator("[data-do]")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile(r"/console\?did="))
    await expect(page.locator(".empty")).to_contain_text("Nothing is to be done")
    for order in orders:
        after = await shop.api.ok("GET", f"/order/{order['id']}")
        assert (after["returns"][0]["status"], after["refundedTotal"]) == ("refunded", 3359)


async def test_twenty_orders_are_shipped_from_pasted_lines(shop: Desk) -> None:
    orders = [await shop.api.paid(email=f"c{n}@example.com") for n in range(20)]
    page = await shop.sit("warehouse")
    await page.goto("/console/orders?view=to-ship")
    await page.get_by_role("link", name="Ship many").click()
    await page.get_by_label("One line per order").fill(
        "\n".join(f"{number(o)}, UPS, 1Z{n}" for n, o in enumerate(orders))
    )
    await page.get_by_role("button", name="Show what this does").click()
    await page.get_by_role("button", name="Ship 20 orders").click()
    await expect(page.get_by_role("status")).to_have_text("20 orders shipped.")
    for n, order in enumerate(orders):
        after = await shop.api.ok("GET", f"/order/{order['id']}")
        assert [f["tracking"]["number"] for f in after["fulfillments"]] == [f"1Z{n}"]


async def test_one_page_says_why_an_order_waits_where_a_hold_is_lifted_and_a_window_moved(shop: Desk) -> None:
    order = await shop.api.order()
    await shop.api.ok("POST", f"/order/{order['id']}/confirm")
    await shop.api.ok("POST", f"/order/{order['id']}/holds", {"kind": "address", "reason": "The street is missing"})
    page = await shop.sit("agent")
    await page.goto(f"/console/orders/{number(order)}")
    waits = page.locator(".waits")
    for words in ("somebody to lift a hold", "the customer to pay", "then the order is cancelled"):
        await expect(waits).to_contain_text(words)
    await waits.get_by_role("link", name="Lift the hold").click()
    await page.get_by_role("button", name="Lift the hold").click()
    await expect(page.locator(".waits")).not_to_contain_text("lift a hold")
    window = page.locator(".strip li").filter(has_text="payment window")
    await window.get_by_role("link", name="Move").click()
    await page.get_by_label("It ends").fill("2030-01-01T12:00")
    await page.get_by_role("button", name="Move a window").click()
    await expect(page.locator(".notice.good")).to_contain_text("Moved the payment window")
    await expect(page.locator(".waits")).to_contain_text("1 Jan 2030, 12:00")


async def test_a_double_click_and_the_back_button_do_nothing_twice(shop: Desk) -> None:
    order = await shop.api.paid()
    page = await shop.sit("agent")
    await page.goto(f"/console/orders/{number(order)}/refund?amount=5.00")
    await page.locator("[data-do]").dblclick()
    await expect(page.locator(".notice.good")).to_contain_text("Refunded 5.00 USD")
    await page.go_back(wait_until="commit")
    await page.locator("[data-do]").click()
    await page.wait_for_url(re.compile(r"version=3"))
    after = await shop.api.ok("GET", f"/order/{order['id']}")
    assert after["refundedTotal"] == 500


async def test_of_two_people_the_second_is_told_what_changed(shop: Desk) -> None:
    order = await shop.api.paid()
    one, other = await shop.sit("agent", "one@example.com"), await shop.sit("agent", "other@example.com")
    path = f"/console/orders/{number(order)}"
    await one.goto(f"{path}/ship")
    await other.goto(f"{path}/cancel")
    await one.locator("[data-do]").click()
    await expect(one.locator(".notice.good")).to_contain_text("Shipped: 2 × Premium T-Shirt")
    await other.locator("[data-do]").click()
    await expect(other.get_by_role("alert")).to_contain_text("The order has changed since you opened this page")
    await expect(other.get_by_label("What happened meanwhile")).to_contain_text("Shipped: 2 × Premium T-Shirt")
    await expect(other.get_by_label("What happened meanwhile")).to_contain_text("one@example.com")


async def test_the_inbox_and_an_order_show_by_themselves_what_others_do(shop: Desk) -> None:
    order = await shop.api.delivered(email="ann@example.com")
    inbox, shown = await shop.sit("agent"), await shop.sit("viewer")
    await shown.goto(f"/console/orders/{number(order)}")
    await expect(inbox.locator(".empty")).to_be_visible()
    await inbox.wait_for_timeout(500)
    items = [{"itemId": order["items"][0]["id"], "quantity": 1}]
    await shop.api.ok("POST", f"/order/{order['id']}/return", {"items": items})
    await expect(inbox.locator("[data-row]")).to_contain_text("Decide about a requested return", timeout=10_000)
    await expect(shown.locator(".waits")).to_contain_text("a requested return to be approved", timeout=10_000)


async def test_everything_works_without_scripts(shop: Desk) -> None:
    order = await shop.api.paid()
    page = await shop.sit("agent", scripts=False)
    await page.get_by_label("Find orders").fill(number(order))
    await page.get_by_label("Find orders").press("Enter")
    await page.get_by_role("link", name="Refund").click()
    await page.get_by_label("Amount in USD").fill("7.00")
    await page.get_by_role("button", name="Show what this does").click()
    await page.get_by_role("button", name="Refund · 7.00 USD back").click()
    await expect(page.locator(".notice.good")).to_contain_text("Refunded 7.00 USD")


async def pages(shop: Desk) -> list[str]:
    """Every page of the first three screens, in the states that look different."""
    order = await returned(shop.api, "ann")
    paid = await shop.api.paid(email="jane@example.com", metadata={"channel": "shop"}, notes="Ring twice")
    path = f"/order/{paid['id']}"
    await shop.api.ok("POST", f"{path}/holds", {"kind": "address", "reason": "The street is missing"})
    unpaid = await shop.api.order(email="x@example.com")
    await shop.api.ok("POST", f"/order/{unpaid['id']}/confirm")
    return [
        "/console", "/console?kind=hold", "/console/orders", "/console/orders?q=ann", "/console/orders?q=nobody",
        "/console/ship", f"/console/orders/{number(order)}", f"/console/orders/{number(paid)}",
        f"/console/orders/{number(unpaid)}", f"/console/orders/{number(paid)}/refund?amount=1.00",
        f"/console/orders/{number(unpaid)}/pay", f"/console/orders/{number(paid)}/address",
        f"/console/orders/{number(unpaid)}/refund", "/console/me", "/console/nothing",
    ]  # fmt: skip


@pytest.mark.parametrize("look", [{}, {"dark": True}, {"phone": True}], ids=["light", "dark", "phone"])
async def test_no_page_violates_wcag_22_aa_or_scrolls_sideways(shop: Desk, look: dict[str, Any]) -> None:
    page = await shop.sit("owner", **look)
    complaints = listen(page)
    found: list[str] = []
    for path in await pages(shop):
        await page.goto(path)
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{path} scrolls sideways")
        results = await Axe().run(page, options=WCAG)
        for violation in results.response["violations"]:
            nodes = "; ".join(str(node["target"]) + " " + node["failureSummary"] for node in violation["nodes"][:3])
            found.append(f"{path}: {violation['id']}: {nodes}")
    await page.context.clear_cookies()
    await page.goto("/console/sign-in")
    results = await Axe().run(page, options=WCAG)
    found += [f"sign-in: {violation['id']}" for violation in results.response["violations"]]
    assert found == []
    assert [text for text in complaints if not re.search(r"404|409", text)] == []
