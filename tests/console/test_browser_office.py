"""The shop's pages in a real browser: lost webhooks by keyboard alone, a count, plots, mails, keys; and WCAG 2.2 AA."""

import re
import time
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from store.outgoing import deliveries
from tests.console.chromium import Desk, needs_chromium
from tests.console.test_office import hears, mail

pytestmark = [needs_chromium, pytest.mark.timeout(240)]
expect.set_options(timeout=30_000)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PAGES = (
    "/agenda", "/stock", "/stock/item?id=var_xyz789", "/customers", "/customers/one?id=cust_jane", "/webhooks",
    "/webhooks/lost?customer=cust_jane", "/mails", "/mails/templates", "/reports?days=7", "/policy", "/keys", "/people", "/audit",
)  # fmt: skip


def listen(page: Page) -> list[str]:
    """What the browser complains about: a script that breaks, something the content policy refused."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    return said


async def test_one_customers_lost_webhooks_are_sent_again_by_keyboard_alone(shop: Desk) -> None:
    endpoint, order = await hears(shop.api)
    page = await shop.sit("agent")
    complaints = listen(page)
    for key in ("g", "w"):
        await page.keyboard.press(key)
    await expect(page.get_by_role("heading", name="Webhooks")).to_be_visible()
    await page.keyboard.press("/")
    await page.keyboard.type("cust_jane")
    await page.keyboard.press("Enter")
    await expect(page.locator("tbody tr").first).to_contain_text(f"#{order['displayId'][1:]}")
    send = page.locator("[data-do]")
    await send.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("on the way again")
    assert {one.status for one, _ in await deliveries.page(shop.api.db, endpoint.id, limit=100)} == {"pending"}
    assert complaints == []


async def test_a_count_shows_what_it_makes_while_it_is_typed(shop: Desk) -> None:
    page = await shop.sit("warehouse")
    complaints = listen(page)
    await page.goto("/console/stock")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.get_by_label("Units").fill("-3")
    await page.get_by_label("Why").fill("broken")
    await expect(page.locator("[data-part=preview]")).to_contain_text("1,000→997")
    await page.get_by_role("button", name="Write down -3").dblclick()
    await expect(page.get_by_role("status")).to_contain_text("The count is written down")
    await expect(page.locator(".facts")).to_contain_text("On hand997")
    assert complaints == []


async def test_plots_are_drawn_beside_their_tables_and_without_scripts_the_tables_stand(shop: Desk) -> None:
    await shop.api.delivered(email="jane@example.com")
    page = await shop.sit("viewer")
    complaints = listen(page)
    await page.goto("/console/reports?days=7")
    await expect(page.locator(".drawn canvas")).to_have_count(3)
    await page.locator("[data-plot] summary").first.click()
    today = time.strftime("%Y-%m-%d", time.gmtime())
    await expect(page.locator("[data-plot]").first.locator("tr", has_text=today)).to_contain_text(f"{today}12")
    assert complaints == [], "nothing that is drawn breaks the content policy"
    bare = await shop.sit("viewer", scripts=False)
    await bare.goto("/console/reports?days=7")
    await bare.locator("[data-plot] summary").first.click()
    await expect(bare.locator("[data-plot]").first).to_contain_text(today)


async def test_a_mail_is_shown_as_it_looks_and_runs_nothing(shop: Desk) -> None:
    ident, order = await mail(shop.api)
    page = await shop.sit("agent")
    complaints = listen(page)
    await page.goto(f"/console/mails/{ident}")
    inside = page.frame_locator("iframe.letter")
    await expect(inside.get_by_role("heading")).to_have_text("Your order was cancelled")
    await page.get_by_role("button", name="Send now").click()
    await expect(page.get_by_role("status")).to_contain_text("It is being sent now")
    assert shop.api.door.posted.sent == [ident]
    assert [line for line in complaints if "sandbox" not in line] == []
    assert order["id"]


async def test_a_new_key_is_shown_once_even_after_going_back(shop: Desk) -> None:
    page = await shop.sit("owner")
    await page.goto("/console/keys")
    await page.get_by_label("What it is for").fill("scanner")
    await page.get_by_role("button", name="Make the key").click()
    await expect(page.locator(".secret")).to_have_text(re.compile(r"^rk_test_[\w-]{43}$"))
    await page.goto("/console/keys")
    await expect(page.locator(".secret")).to_have_count(0)
    await expect(page.locator("tbody")).to_contain_text("scanner")


@pytest.mark.parametrize("look", [{}, {"dark": True}, {"phone": True}], ids=["light", "dark", "phone"])
async def test_no_page_of_the_shop_violates_wcag_22_aa_or_scrolls_sideways(shop: Desk, look: dict[str, Any]) -> None:
    endpoint, _ = await hears(shop.api)
    ident, _ = await mail(shop.api)
    order = await shop.api.order()
    await shop.api.ok("POST", f"/order/{order['id']}/confirm", {})
    page = await shop.sit("owner", **look)
    for path in (*PAGES, f"/webhooks/{endpoint.id}", f"/mails/{ident}"):
        await page.goto(f"/console{path}")
        found = await Axe().run(page, options=WCAG)
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found.response["violations"]] == [], path
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
