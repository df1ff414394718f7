"""Time at the console: an order's clock runs ahead in test mode on the development server, and nowhere else."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.commands import EndPaymentWindow, Request
from domain.order import Actor, Order
from domain.policy import Console
from store.order import orders
from tests.api.client import USUAL, Api
from tests.console.browse import browser, console, forms, text


class Skipped:
    """Where an order's clock was let run to."""

    def __init__(self) -> None:
        self.to: list[datetime] = []

    async def skip(self, order: Order, to: datetime) -> None:
        self.to.append(to)


async def _order(api: Api, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], Skipped]:
    seen = Skipped()
    monkeypatch.setattr(api.door, "skip", seen.skip)
    order = await api.order()
    return await api.ok("POST", f"/order/{order['id']}/confirm"), seen


async def test_a_window_is_skipped_to(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    order, seen = await _order(api, monkeypatch)
    path = f"/console/orders/{order['displayId'][1:]}"
    async with browser(api, "agent") as one, browser(api, "viewer") as viewer:
        found = [form for form in forms(await one.see(path)) if form.action == f"{path}/skip"]
        assert len(found) == 2
        assert (await one.post(found[-1].action, found[-1].fields)).status_code == 303
        assert [to.isoformat() for to in seen.to] == [found[-1].fields["to"]]
        for wrong in ("2031-01-01T00:00:00+00:00", "2031-01-01T00:00:00"):
            assert (await one.post(f"{path}/skip", found[-1].fields | {"to": wrong})).status_code == 303
        assert (await one.post(f"{path}/skip", found[-1].fields | {"to": "soon"})).status_code == 400
        assert len(seen.to) == 1, "only to a window of the order's"
        assert "Skip to then" not in text(await viewer.see(path))


async def test_what_a_window_did_stays_on_the_strip(api: Api) -> None:
    """Past, now and coming: a payment window that was left to itself cancelled the order."""
    order = await api.order()
    await api.ok("POST", f"/order/{order['id']}/confirm")
    path = f"/console/orders/{order['displayId'][1:]}"
    async with browser(api, "viewer") as one:
        assert "Cancelled" not in text(await one.see(path))
        stored = await orders.load(api.db, order["id"].removeprefix("order_"))
        assert stored is not None
        api.door.later = timedelta(days=2)
        actor = Actor(kind="timer", id="window")
        request = Request(id="window", actor=actor)
        await api.door.send(await api.door.prepare(stored, EndPaymentWindow(), request))
        strip = re.search(r'<ol class="strip">.*?</ol>', await one.see(path), re.DOTALL)
        assert strip is not None
        assert "Cancelled" in text(strip[0])


async def test_time_runs_ahead_nowhere_else(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(sqlite_url, temporal_address="temporal.example:7233") as api:
        order, seen = await _order(api, monkeypatch)
        path = f"/console/orders/{order['displayId'][1:]}"
        async with browser(api, "owner") as one:
            page = await one.see(path)
            assert "Skip to then" not in text(page)
            assert "In Temporal" not in text(page)
            csrf = forms(page)[1].fields["csrf"]
            answer = await one.post(f"{path}/skip", {"csrf": csrf, "to": "2031-01-01T00:00:00+00:00"})
            assert answer.status_code == 409
        assert seen.to == []


async def test_without_the_policy_there_is_no_console(sqlite_url: str) -> None:
    config = USUAL.model_copy(update={"console": Console(enabled=False)})
    async with console(sqlite_url, config=config) as api, browser(api) as one:
        for path in ("/console", "/console/sign-in", "/console/static/x/console.css"):
            assert (await one.get(path)).status_code in (401, 404)
