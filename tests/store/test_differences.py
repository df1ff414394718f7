"""Ledgers that differ are a task until a reconciliation finds them agreed."""

from sqlalchemy.ext.asyncio import AsyncEngine

from store.lists.tasks import open_tasks
from store.money import differences

NOW = 1_800_000_000


async def listed(engine: AsyncEngine, livemode: bool = False) -> list[tuple[str | None, int, str | None]]:
    tasks = await open_tasks(engine, livemode, NOW, kinds=["ledger_difference"])
    return [(task.ref, task.since, task.about) for task in tasks]


async def test_what_a_reconciliation_leaves_is_listed_since_it_was_first_found(engine: AsyncEngine) -> None:
    await differences.found(engine, "stripe", False, {"pi_1", "pi_2"}, {"pi_1": (None, "no order knows it")}, NOW)
    await differences.found(engine, "stripe", False, {"pi_1"}, {"pi_1": ("order", "still")}, NOW + 60)
    assert await listed(engine) == [("pi_1", NOW, "stripe pi_1: still")]
    assert await listed(engine, livemode=True) == []
    assert await differences.standing(engine, "stripe", False) == {"pi_1": "order"}


async def test_only_what_was_compared_leaves_the_list(engine: AsyncEngine) -> None:
    left = {"pi_1": (None, "a"), "pi_2": (None, "b")}
    await differences.found(engine, "stripe", False, set(left), left, NOW)
    await differences.found(engine, "sandbox", False, {"pi_1"}, {}, NOW)
    await differences.found(engine, "stripe", True, {"pi_1"}, {}, NOW)
    await differences.found(engine, "stripe", False, {"pi_2"}, {}, NOW)
    assert [ref for ref, _, _ in await listed(engine)] == ["pi_1"]
