"""A small command drill. The large one is a command: `python -m tests.faults.drill --commands 5000`."""

from pathlib import Path

import pytest

from tests.faults.drill.lives import draw
from tests.faults.drill.run import Options, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SMALL = Options(commands=80, seed=1, kills=4, resets=2, window_seconds=8)


def test_a_seed_always_draws_the_same_lives() -> None:
    assert draw(217, 3) == draw(217, 3)
    assert len({draw(217, number).steps for number in range(50)}) > 40


def test_a_few_kills_and_resets_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    verdict = run(SMALL, tmp_path, None)
    assert verdict.differences == []
    assert set(verdict.breaks) >= {"worker", "temporal", "both", "api"}
    assert verdict.commands >= SMALL.commands
    assert verdict.replayed == verdict.commands
