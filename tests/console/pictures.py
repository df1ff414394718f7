"""The pictures of docs/console.md, taken anew: `python -m tests.console.pictures`. Needs chromium.

The shop in them is made here, over a fake workflow; people and addresses are nobody's.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page

from api.faces import AXES
from store.database import migrate
from store.lists import facets
from store.outgoing import outbox
from tests.api.client import Api
from tests.console.browse import console
from tests.console.chromium import Desk, chromium, desk
from tests.console.test_office import hears

FOLDER: Final = Path(__file__).parents[2] / "docs" / "images"
PLACE: Final = {"line1": "456 Oak Ave", "city": "Portland", "state": "OR", "postalCode": "97201", "country": "US"}
OFFICE: Final[dict[str, str]] = {
    "agenda": "/console/agenda",
    "reports": "/console/reports?days=7",
    "webhook": "/console/webhooks/{endpoint}?only=failed",
    "mail": "/console/mails/{mail}",
    "stock": "/console/stock/item?id=var_xyz789",
    "customers": "/console/customers",
    "policy": "/console/policy",
    "keys": "/console/keys",
    "people": "/console/people",
    "audit": "/console/audit",
}
"""Pages about the shop."""
LOOKS: Final[dict[str, dict[str, Any]]] = {"": {}, "-dark": {"dark": True}, "-phone": {"phone": True}}
"""What follows a picture's name, and how the page is looked at."""
PEOPLE: Final = ("Ann Lee", "Bob Okafor", "Cy Martin", "Dee Novak", "Eve Sorensen", "Finn Abara", "Gia Rossi")


def _to(name: str) -> dict[str, Any]:
    first, last = name.split()
    place = PLACE | {"firstName": first, "lastName": last}
    return {
        "email": f"{first}.{last}@example.com".lower(),
        "shippingAddress": place,
        "shippingMethodId": "ship_standard",
    }


async def _shop(api: Api) -> str:
    """A shop in the middle of its day; the number of the order that has most to show."""
    ann, bob, cy, dee, eve, finn, gia = PEOPLE
    unpaid = await api.order(**_to(ann))
    await api.ok("POST", f"/order/{unpaid['id']}/confirm")
    held = await api.paid(**_to(bob))
    hold = {"kind": "address", "reason": "The street number is missing; asked by mail"}
    await api.ok("POST", f"/order/{held['id']}/holds", hold)
    await _returned(api, cy)
    made, asked = await _returned(api, dee)
    await api.ok("POST", f"/order/{made}/return/{asked}/approve", {})
    for name in (eve, finn):
        await api.paid(**_to(name))
    goods = [
        {"variantId": "var_xyz789", "quantity": 4, "unitPrice": 2999},
        {"title": "Mug, large, blue", "unitPrice": 1250, "quantity": 2},
    ]
    part = await api.paid(items=goods, notes="Leave it with the porter", **_to(gia))
    path, line = f"/order/{part['id']}", part["items"][0]["id"]
    parcel = {"trackingNumber": "1Z999AA10123456784", "trackingCompany": "UPS", "notifyCustomer": True}
    await api.ok("POST", f"{path}/fulfill", {"items": [{"itemId": line, "quantity": 3}], **parcel})
    await api.ok("POST", f"{path}/deliver", {})
    await api.ok("POST", f"{path}/refund", {"amount": 500, "reason": "Arrived a day late"})
    await api.ok("POST", f"{path}/return", {"items": [{"itemId": line, "quantity": 1, "reason": "wrong_size"}]})
    return str(part["displayId"][1:])


async def _returned(api: Api, name: str) -> tuple[str, str]:
    """(order, return)."""
    made = await api.delivered(**_to(name))
    items = [{"itemId": made["items"][0]["id"], "quantity": 1, "reason": "wrong_size"}]
    asked = await api.ok("POST", f"/order/{made['id']}/return", {"items": items, "note": "Too small, sorry"})
    return str(made["id"]), str(asked["id"])


async def _take(page: Page, path: str, name: str) -> None:
    await page.goto(path)
    await page.wait_for_timeout(300)
    await page.screenshot(path=str(FOLDER / f"console-{name}.png"), full_page=True)


async def _pictures(shop: Desk, pages: dict[str, str], number: str) -> None:
    for suffix, look in LOOKS.items():
        page = await shop.sit("owner", "jo@example.com", **look)
        for name, path in pages.items():
            await _take(page, path, name + suffix)
        await page.goto("/console/ship")
        numbers = [int(number) - n for n in (1, 2, 6)]
        await page.get_by_label("One line per order").fill("\n".join(f"{n}, UPS, 1Z99{n}" for n in numbers))
        await page.get_by_role("button", name="Show what this does").click()
        await page.get_by_role("button", name="Ship ").wait_for()
        await page.screenshot(path=str(FOLDER / f"console-ship{suffix}.png"), full_page=True)
    await _take(await (await shop.context()).new_page(), "/console/sign-in", "sign-in")


async def _pages(shop: Desk, number: str) -> dict[str, str]:
    """Picture -> its page."""
    endpoint, _ = await hears(shop.api)
    waiting = await outbox.waiting(shop.api.db, "mail")
    about_orders = {
        "inbox": "/console",
        "orders": "/console/orders",
        "order": f"/console/orders/{number}",
        "refund": f"/console/orders/{number}/refund?amount=12.50",
        "cancel": f"/console/orders/{int(number) - 1}/cancel",
    }
    about_the_shop = {name: path.format(endpoint=endpoint.id, mail=waiting[0].id) for name, path in OFFICE.items()}
    return about_orders | about_the_shop


async def _main() -> None:
    facets.register(AXES)
    with tempfile.TemporaryDirectory() as folder, chromium() as address:
        url = f"sqlite+aiosqlite:///{folder}/shop.sqlite"
        await asyncio.to_thread(migrate.upgrade, url)
        async with console(url) as api, desk(api, address) as shop:
            number = await _shop(api)
            await _pictures(shop, await _pages(shop, number), number)


if __name__ == "__main__":
    asyncio.run(_main())
    sys.stdout.write(f"pictures are in {FOLDER}\n")
