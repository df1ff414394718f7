"""One order's page leads on: to its customer, its mails, what its webhooks lost, and where its goods stand."""

import re
from typing import Any

from tests.api.client import Api
from tests.console.browse import browser, text


def number(order: dict[str, Any]) -> str:
    return str(order["displayId"][1:])


async def test_every_link_of_an_order_opens(api: Api) -> None:
    hook = {"url": "https://hooks.example.com/o", "events": ["*"]}
    await api.ok("POST", "/webhook", hook)
    order = await api.paid(email="jane@example.com", customerId="cus_1")
    await api.ok("POST", f"/order/{order['id']}/fulfill", {"notifyCustomer": True})
    async with browser(api, "owner") as one:
        page = await one.see(f"/console/orders/{number(order)}")
        links = {href.replace("&amp;", "&") for href in re.findall(r'<a[^>]+href="(/console[^"#]*)"', page)}
        assert {"/console/customers/one?id=cus_1", "/console/stock/item?id=var_xyz789"} <= links
        assert [href for href in links if href.startswith("/console/mails/")]
        for href in links:
            assert (await one.get(href, follow_redirects=True)).status_code == 200, href


async def test_the_mail_of_a_command_stands_with_it_also_among_others_of_that_second(api: Api) -> None:
    order = await api.paid(email="jane@example.com")
    await api.ok("POST", f"/order/{order['id']}/fulfill", {"notifyCustomer": True})
    await api.ok("PATCH", f"/order/{order['id']}", {"notes": "later in the same second"})
    async with browser(api, "viewer") as one:
        page = await one.see(f"/console/orders/{number(order)}")
        entries = re.findall(r"<li(?: class=\"fresh\")?>\s*<p class=\"history-when\">.*?</li>", page, re.DOTALL)
        mailed = [text(entry) for entry in entries if "order shipped" in text(entry)]
        assert len(mailed) == 1
        assert "Shipped: 2 × Premium T-Shirt" in mailed[0]


async def test_another_mode_has_no_such_order_and_an_id_that_is_none_is_not_found(api: Api) -> None:
    order = await api.order()
    async with browser(api, "viewer") as one:
        for spelled in (order["id"], order["displayId"][1:], order["id"].removeprefix("order_").lower()):
            assert (await one.get(f"/console/orders/{spelled}")).status_code == 200, spelled
        for wrong in ("0", "999999", "order_x", "x" * 500, "%00", "..%2f..", "1e3"):
            assert (await one.get(f"/console/orders/{wrong}")).status_code == 404, wrong
