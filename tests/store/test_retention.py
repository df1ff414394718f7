"""What is done with is forgotten when the policy says, in bounded batches; what waits stays however old it is."""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.upkeep import retention
from activities.upkeep.housekeeping import GRACE_SECONDS, Housekeeping
from domain.ids import ulid_at
from domain.policy import Retention
from store.access import claims, heartbeats
from store.access.claims import Claim, StoredAnswer
from store.database.engine import StoreUnavailable, fetch, reading, transact, writing
from store.money import parked
from store.money.parked import Parked
from store.order import records
from store.order.records import Record
from store.outgoing import deliveries, outbox, webhooks
from store.tables import claims as claims_table
from store.tables import outbox as outbox_table
from store.tables import provider_events, webhook_attempts, webhook_deliveries, worker_heartbeats
from workflows.messages import Swept

NOW = 1_800_000_000
OLD = NOW - 30 * retention.DAY - 1
YOUNG = NOW - retention.DAY + 60
KEPT = Retention()


async def count(engine: AsyncEngine, table: Table) -> int:
    async with reading(engine) as conn:
        return (await conn.execute(select(func.count()).select_from(table))).scalar_one()


async def provider_event(engine: AsyncEngine, id: str, delivered_at: int | None) -> None:
    await parked.receive(engine, Parked("stripe", id, False, "pi_1", OLD, None, {}))
    if delivered_at is not None:
        await parked.delivered(engine, "stripe", id, at=delivered_at)


async def outgoing(engine: AsyncEngine, *drained_at: int | None, kind: str = "mail") -> None:
    rows: list[dict[str, Any]] = [
        {"livemode": False, "kind": kind, "order_id": "o", "payload": {}, "created_at": OLD, "drained_at": at}
        for at in drained_at
    ]
    async with writing(engine) as conn:
        await conn.execute(insert(outbox_table), rows)


async def sent(engine: AsyncEngine, *states: tuple[str, int]) -> None:
    """Deliveries made long ago, in this state since then, each with an attempt."""
    found = await webhooks.register(
        engine, face="hanzo", livemode=False, url="http://127.0.0.1/", events=["*"], now=OLD - 10
    )
    ids: Sequence[str] = [ulid_at((OLD - 10) * 1000, bytes([n]) * 10) for n in range(len(states))]
    rows: list[dict[str, Any]] = [
        {
            "id": id, "endpoint_id": found.id, "livemode": False, "order_id": "o", "sequence": n, "position": n * 100,
            "event_id": f"evt_{n}", "event_type": "order.paid", "body": "{}", "status": status, "attempts": 1,
            "failures": 0, "created_at": OLD - 10, "updated_at": at,
        }
        for n, (id, (status, at)) in enumerate(zip(ids, states, strict=True))
    ]  # fmt: skip
    async with writing(engine) as conn:
        await conn.execute(insert(webhook_deliveries), rows)
        tries = [{"delivery_id": id, "attempt": 1, "at": OLD, "duration_ms": 1} for id in ids]
        await conn.execute(insert(webhook_attempts), tries)


async def asked(engine: AsyncEngine, id: str, at: int, *, answered: bool = True) -> None:
    answer = StoredAnswer(200, {}, b"{}") if answered else None
    assert await claims.take(engine, Claim(id, id, "secret", False, "f", "o", at, "{}", answer))


async def recorded(engine: AsyncEngine, request_id: str, at: int) -> None:
    record = Record("o", request_id, "pay", "applied", at, version=1, snapshot="{}")
    assert await transact(engine, lambda conn: records.insert(conn, record))


async def test_what_is_done_and_old_is_forgotten_and_nothing_else(engine: AsyncEngine) -> None:
    await provider_event(engine, "evt_old", OLD)
    await provider_event(engine, "evt_young", YOUNG)
    await provider_event(engine, "evt_parked", None)
    await outgoing(engine, OLD, YOUNG, None)
    await outgoing(engine, NOW - retention.DAY - 1, YOUNG, None, kind="event")
    await heartbeats.beat(engine, "gone", OLD)
    await heartbeats.beat(engine, "here", YOUNG)
    await sent(engine, ("delivered", OLD), ("failed", OLD), ("delivered", YOUNG), ("pending", OLD))
    await asked(engine, "old", OLD)
    await asked(engine, "young", YOUNG)
    await asked(engine, "unsettled", OLD, answered=False)
    await recorded(engine, "old", OLD)
    await recorded(engine, "young", YOUNG)
    forgotten = await retention.forget(engine, NOW, KEPT)
    assert forgotten == {
        "provider_events": 1,
        "outbox": 1,
        "mails": 1,
        "deliveries": 2,
        "claims": 1,
        "empty_counts": 0,
        "rate_windows": 0,
        "snapshots": 1,
        "workers": 1,
    }
    left = [
        await count(engine, table)
        for table in (provider_events, outbox_table, webhook_deliveries, webhook_attempts, claims_table)
    ]
    assert left == [2, 4, 2, 2, 2]
    assert await heartbeats.alive(engine, 0) == 1
    kept = [await records.get(engine, "o", name) for name in ("old", "young")]
    assert [record and record.snapshot for record in kept] == [None, "{}"]
    assert set((await retention.forget(engine, NOW, KEPT)).values()) == {0}


async def test_one_sweep_is_bounded_and_the_next_goes_on(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "ROUNDS", 2)
    await outgoing(engine, *[OLD] * 7)
    assert [(await retention.forget(engine, NOW, KEPT))["mails"] for _ in range(3)] == [4, 3, 0]


async def test_the_oldest_go_first(engine: AsyncEngine) -> None:
    await outgoing(engine, OLD, OLD - 5)
    await sent(engine, ("delivered", OLD), ("delivered", OLD))
    await provider_event(engine, "evt_b", OLD)
    await provider_event(engine, "evt_a", OLD - 5)
    assert await outbox.sweep(engine, NOW, limit=1) == 1
    assert await deliveries.sweep(engine, NOW, limit=1) == 1
    assert await parked.sweep(engine, NOW, limit=1) == 1
    async with reading(engine) as conn:
        assert (await conn.execute(select(outbox_table.c.drained_at))).scalars().all() == [OLD]
        assert (await conn.execute(select(provider_events.c.id))).scalars().all() == ["evt_b"]


async def test_the_database_being_away_only_delays_it(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object, **__: object) -> int:
        raise StoreUnavailable("busy")

    await provider_event(engine, "evt_old", OLD)
    monkeypatch.setattr(outbox, "sweep", away)
    assert (await retention.forget(engine, NOW, KEPT))["provider_events"] == 1


async def test_the_sweep_of_every_half_minute_does_it(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    await outgoing(engine, 1)  # the sweep looks at the wall clock
    nobody: Any = None  # nothing is late, so nobody is asked and nothing is reached
    house = Housekeeping(engine, nobody, nobody, nobody)
    assert await house.sweep() == Swept(), "a worker that has just started sweeps nothing"
    assert await count(engine, outbox_table) == 1
    started = time.monotonic() - GRACE_SECONDS - 1
    monkeypatch.setattr(house, "_started", started)
    await house.sweep()
    assert await count(engine, outbox_table) == 0


def test_days_are_the_policy_s_and_answers_are_kept_for_at_least_one() -> None:
    with pytest.raises(ValidationError, match="answers"):
        Retention(answers=0.9)
    assert retention.before(NOW, 0.5) == NOW - 12 * 3600


def test_old_mail_files_go_and_nothing_beside_them_does(tmp_path: Path) -> None:
    for name, at in (("old.eml", OLD), ("young.eml", YOUNG), ("old.txt", OLD)):
        (tmp_path / name).write_text("mail")
        os.utime(tmp_path / name, (at, at))
    assert asyncio.run(retention.forget_mail_files(tmp_path, NOW, KEPT)) == 1
    assert {file.name for file in tmp_path.iterdir()} == {"young.eml", "old.txt"}
    assert asyncio.run(retention.forget_mail_files(tmp_path / "not there", NOW, KEPT)) == 0


EVERY_DAY = 40
"""Rows of each kind that a simulated day leaves."""


async def a_day(engine: AsyncEngine, day: int, at: int) -> None:
    """What a day's orders leave behind that is done with by its end, as large as it is in a shop."""
    body = {"text": "x" * 2000}
    names = [f"{day}-{n}" for n in range(EVERY_DAY)]
    answer = StoredAnswer(200, {}, b"x" * 2000)
    for name in names:
        await claims.take(engine, Claim(name, name, "secret", False, "f", "o", at, "{}", answer))
        await parked.receive(engine, Parked("stripe", name, False, "pi_1", at, None, body))
        await parked.delivered(engine, "stripe", name, at=at)
    await heartbeats.beat(engine, f"worker of day {day}", at)
    rows: list[dict[str, Any]] = [
        {"livemode": False, "kind": kind, "order_id": "o", "payload": body, "created_at": at, "drained_at": at}
        for kind in ("mail", "event")
        for _ in names
    ]
    async with writing(engine) as conn:
        await conn.execute(insert(outbox_table), rows)


async def size(engine: AsyncEngine) -> dict[str, int]:
    tables = (outbox_table, claims_table, provider_events, worker_heartbeats)
    return {table.name: await count(engine, table) for table in tables}


async def test_weeks_of_days_reach_a_plateau(engine: AsyncEngine) -> None:
    """After as many days as the longest is kept, every further day leaves as much as it found; SQLite's file too."""
    kept = Retention(mails=5, parked_events=5)
    sizes: list[dict[str, int]] = []
    for day in range(14):
        at = NOW + day * retention.DAY
        await a_day(engine, day, at)
        await retention.forget(engine, at + retention.DAY - 1, kept)
        if engine.dialect.name == "sqlite":
            pages = await fetch(engine, text("PRAGMA page_count"))
            sizes.append(await size(engine) | {"pages": int(pages[0][0])})
        else:
            sizes.append(await size(engine))
    assert sizes[0]["claims"] == EVERY_DAY, "a day's rows outlive the day"
    assert sizes[1]["claims"] > sizes[0]["claims"], "and are more on the next"
    in_file = [found.pop("pages", 0) for found in sizes]
    assert sizes[6] == sizes[7] == sizes[13], sizes
    assert in_file[13] <= in_file[6] * 1.05, in_file
