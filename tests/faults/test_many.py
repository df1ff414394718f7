"""Two APIs and three workers on one PostgreSQL, all at the same few orders: each command is done once, in turn, to the cent."""

import asyncio
import itertools
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from temporalio.client import Client

from tests.databases import Postgres, postgres, postgres_url
from tests.faults.engine import until
from tests.faults.many import Many

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
__all__ = ["postgres", "postgres_url"]
ORDERS, COMMANDS = 4, 24
UNITS = 50
ORDER = {"currency": "USD", "items": [{"variantId": "var_xyz789", "quantity": UNITS}]}


@pytest.fixture
def many(tmp_path: Path, postgres: Postgres, postgres_url: str) -> Iterator[Many]:
    engine = Many(tmp_path, postgres_url, {"ORDERMILL_RATE_LIMIT__PER_MINUTE": "0"})
    try:
        engine.up()
        yield engine
    except BaseException:
        for log in sorted(tmp_path.glob("*.log")):
            sys.stderr.write(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}\n")
        raise
    finally:
        engine.stop()


class Hammer:
    """Everybody's commands at once, each sent to every API under one key until it is answered for good."""

    def __init__(self, clients: list[httpx2.AsyncClient]) -> None:
        self.clients = clients
        self.done: Counter[tuple[str, str]] = Counter()
        """(order, verb) -> acknowledged."""
        self._keys = itertools.count()

    async def insist(self, path: str, body: dict[str, Any], key: str, start: int) -> httpx2.Response:
        for attempt in range(200):
            client = self.clients[(start + attempt) % len(self.clients)]
            try:
                answer = await client.post(path, json=body, headers={"Idempotency-Key": key})
            except httpx2.HTTPError:
                continue
            if answer.status_code < 500 and answer.status_code != 202 and "idempotency_key_in_use" not in answer.text:
                return answer
            await asyncio.sleep(0.2)
        raise AssertionError(f"{path}: no final answer")

    async def command(self, order: str, verb: str, body: dict[str, Any]) -> None:
        n, base = next(self._keys), "/api/v1/orders" if verb == "notes" else "/order"
        told = await asyncio.gather(*(self.insist(f"{base}/{order}/{verb}", body, f"k{n}", n + i) for i in range(2)))
        assert {one.status_code for one in told} <= {200, 201}, told[0].text
        assert told[0].json() == told[1].json(), "one key, one answer, whichever API gives it"
        self.done[order, verb] += 1

    async def order(self) -> str:
        n = next(self._keys)
        made = (await self.insist("/order", ORDER, f"o{n}", n)).json()["id"]
        await self.command(made, "confirm", {})
        await self.command(made, "pay", {"paymentMethod": "pm_card_visa"})
        return str(made)

    async def at_once(self, order: str) -> None:
        lines = (await self.clients[0].get(f"/order/{order}")).json()["items"]
        one = [{"itemId": lines[0]["id"], "quantity": 1}]
        kinds: list[tuple[str, dict[str, Any]]] = [
            ("refund", {"amount": 7}), ("fulfill", {"items": one}), ("notes", {"body": "x"}),
        ]  # fmt: skip
        await asyncio.gather(*(self.command(order, *kinds[n % 3]) for n in range(COMMANDS)))


def _kill_a_worker(many: Many) -> None:
    """One of the three, in the middle of it."""
    names = [str(row[0]) for row in many.rows("SELECT worker_id FROM worker_heartbeats ORDER BY at DESC")]
    os.kill(int(names[0].rpartition(":")[2]), signal.SIGKILL)


async def _hammered(many: Many) -> Hammer:
    hammer = Hammer(many.clients())
    orders = [await hammer.order() for _ in range(ORDERS)]
    work = [asyncio.create_task(hammer.at_once(order)) for order in orders]
    await asyncio.sleep(1)
    await asyncio.to_thread(_kill_a_worker, many)
    await asyncio.gather(*work)
    for client in hammer.clients:
        await client.aclose()
    return hammer


async def _schedules(address: str) -> list[str]:
    client = await Client.connect(address)
    return [schedule.id async for schedule in await client.list_schedules()]


def _book(many: Many, hammer: Hammer) -> None:
    for order in {name for name, _ in hammer.done}:
        bare = order.removeprefix("order_")
        shown = many.call("GET", f"/order/{order}").json()
        assert shown["refundedTotal"] == 7 * hammer.done[order, "refund"]
        assert sum(f["items"][0]["quantity"] for f in shown["fulfillments"]) == hammer.done[order, "fulfill"]
        notes = many.rows("SELECT count(*) FROM commands WHERE order_id = ? AND verb = 'add_note'", bare)
        assert notes == [(hammer.done[order, "notes"],)]
        versions = many.rows("SELECT version FROM commands WHERE order_id = ? AND outcome = 'applied'", bare)
        assert sorted(v for (v,) in versions) == list(range(1, len(versions) + 1)), "a version is one command's"
        sequences = many.rows("SELECT sequence FROM events WHERE order_id = ? ORDER BY sequence", bare)
        assert [s for (s,) in sequences] == list(range(1, len(sequences) + 1))
    sent = sum(n for (_, verb), n in hammer.done.items() if verb == "fulfill")
    stock = many.rows("SELECT on_hand, reserved FROM inventory WHERE variant_id = 'var_xyz789' AND NOT livemode")
    assert stock == [(1000 - sent, ORDERS * UNITS - sent)]


def test_many_processes_at_few_orders_do_each_command_once(many: Many) -> None:
    hammer = asyncio.run(_hammered(many))
    assert sum(hammer.done.values()) == ORDERS * (COMMANDS + 2)
    _book(many, hammer)
    now = int(time.time())
    until(
        lambda: many.rows("SELECT count(*) FROM worker_heartbeats WHERE at >= ?", now) == [(3,)] or None, 60,
        "three workers, the one that was killed started again",
    )  # fmt: skip
    found = asyncio.run(_schedules(many.server.address))
    kinds = ("sandbox-test", "store_credit-live", "store_credit-test")
    wanted = [*(f"ordermill-reconcile-{kind}" for kind in kinds), "ordermill-sweep"]
    assert sorted(found) == wanted, "one set, whoever makes it"
