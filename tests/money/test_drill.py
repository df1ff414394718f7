"""A small, fixed drill: the lives of three seeds, with a worker killed among them. The large one is a command (drill.py)."""

from pathlib import Path

import pytest

from tests.money import drill
from tests.money.life import draw

SEEDS = [10, 22, 49]
"""A hold captured several times and units cancelled; part payments where it is captured once; edits. A worker dies in each."""


def test_a_seed_always_draws_the_same_life() -> None:
    assert draw(217) == draw(217)
    assert len({draw(seed).steps for seed in range(50)}) == 50


@pytest.mark.slow
async def test_three_fixed_lives_end_with_both_ledgers_equal_and_nothing_stuck(tmp_path: Path) -> None:
    tally = await drill.run(SEEDS, parallel=3, kills=0.06, folder=tmp_path)
    assert tally.differences == []
    assert (tally.runs, tally.kills > 0, tally.faults.total() > 5) == (3, True, True)
