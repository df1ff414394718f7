"""Rounds in turns, medians of rounds, ratios round by round; a run of refusals is no run."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from benchmarks import __main__ as command
from benchmarks.peers import rounds
from benchmarks.peers.rounds import Found, Rounds, measure, ratio
from benchmarks.peers.system import Case, System, insist
from benchmarks.peers.table import table


def system(name: str, *cases: Case) -> System:
    return System(name, "http://127.0.0.1:1", {}, {"app": os.getpid()}, cases, {})


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(rounds, "REST_SECONDS", 0.01)


async def test_cases_take_turns_and_every_other_round_runs_backwards() -> None:
    done: list[str] = []

    def case(name: str) -> Case:
        async def order(_http: aiohttp.ClientSession) -> None:
            done.append(name)

        return Case(name, "nothing", 4, order)

    found = await measure([system("A", case("a")), system("B", case("b"))], 2)
    burst, singles = 4, 2
    turn = burst + singles
    assert done == [*"a" * burst, *"b" * burst, *"a" * turn, *"b" * turn, *"b" * turn, *"a" * turn]
    assert [len(one.per_second) for one in found.rounds] == [2, 2]
    assert set(found.idle) == {"A", "B"}


async def test_no_more_than_sixteen_orders_run_at_once() -> None:
    now, most = 0, 0

    async def order(_http: aiohttp.ClientSession) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.002)
        now -= 1

    case = Case("a", "nothing", 64, order)
    await rounds.burst(system("A", case), case, 64)
    assert most == 16


async def test_an_order_that_is_not_paid_ends_the_run() -> None:
    async def order(_http: aiohttp.ClientSession) -> None:
        insist(False, {"status": "declined"})

    with pytest.raises(ExceptionGroup) as failed:
        await measure([system("A", Case("a", "nothing", 2, order))], 1)
    assert "the order is not paid: {'status': 'declined'}" in str(failed.value.exceptions[0])


async def nothing(_http: aiohttp.ClientSession) -> None:
    return


def filled(name: str, cpu: list[float], per_second: list[float]) -> Rounds:
    case = Case(name, f"what {name} does", 4, nothing)
    return Rounds(case, system(name, case), [{"app": one} for one in cpu], per_second, [2.0, 4.0, 3.0])


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    # The second round ran on a slow machine: both cost twice, and their ratio is what it was.
    assert ratio([10, 20, 12], [20, 40, 20]) == 0.5


def test_the_table_has_a_row_per_case_and_says_what_is_missing_and_why() -> None:
    ours = filled("Ordermill", [80, 100, 60], [8, 9, 7])
    theirs = filled("Peer", [160, 100, 240], [4, 5, 3])
    found = Found([ours, theirs], {"Ordermill": 20.4, "Peer": 7.0})
    rows = table(found, {"Absent": "needs Node.js"}, "Load average afterwards: 1.0 on 2 cores.").splitlines()
    assert rows[2] == "| Ordermill | 80.0 | 1.00 | app 80.0 | 8.0 | 3.0 | 20 | what Ordermill does |"
    assert rows[3] == "| Peer | 160.0 | 2.00 | app 160.0 | 4.0 | 3.0 | 7 | what Peer does |"
    assert "**Ordermill**, CPU ÷ theirs: Peer: 0.50." in rows
    assert "Not measured: Absent: needs Node.js." in rows
    assert rows[-1] == "3 rounds. Load average afterwards: 1.0 on 2 cores."


def test_peers_are_measured_only_when_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def noted(name: str) -> Callable[[Path], None]:
        return lambda _folder: ran.append(name)

    for name in command.PARTS:
        monkeypatch.setitem(command.PARTS, name, noted(name))
    command.main([])
    assert ran == ["cost", "speed", "lists", "people", "console"]
    command.main(["peers"])
    assert ran[-1] == "peers"
