"""The inbox says of every kind of task what is to be done, and where."""

import time

from console.screens.inbox import TITLES
from store.lists import tasks
from store.money import differences
from tests.api.client import Api
from tests.console.browse import browser, text


def test_every_kind_of_task_has_its_words() -> None:
    assert set(TITLES) == set(tasks.KINDS)


async def test_a_kind_that_is_none_is_not_found_and_one_that_is_filters(api: Api) -> None:
    order = await api.paid(email="jane@example.com")
    await api.ok("POST", f"/order/{order['id']}/holds", {"kind": "address", "reason": "The street is missing"})
    async with browser(api, "viewer") as one:
        assert (await one.get("/console?kind=laundry")).status_code == 404
        assert "The street is missing" in text(await one.see("/console?kind=hold"))
        assert "Nothing is to be done of this kind" in text(await one.see("/console?kind=surplus"))


async def test_a_difference_of_ledgers_is_told_whether_it_has_an_order_or_not(api: Api) -> None:
    """A payment that no order of ours knows leads nowhere in the console, and breaks no page."""
    order = await api.paid(email="jane@example.com")
    known = order["id"].removeprefix("order_")
    left = {"pi_known": (known, "captured 100, ours 0"), "pi_nobodys": (None, "captured 100, ours none")}
    await differences.found(api.db, "stripe", False, [], left, int(time.time()))
    async with browser(api, "owner") as one:
        page = await one.see("/console")
        assert "pi_nobodys: captured 100, ours none" in text(page)
        assert page.count("Look at the order") == 1
